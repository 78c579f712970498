/** What every AWS reader is given. */
import type { AccessAnalyzerClient } from '@aws-sdk/client-accessanalyzer';
import type { AccountClient } from '@aws-sdk/client-account';
import type { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { EKSClient } from '@aws-sdk/client-eks';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { STSClient } from '@aws-sdk/client-sts';
import type { AwsFacts, Gap, Reading } from '../../observation.ts';
import type { OpenedClusters } from '../kubernetes/open-clusters.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Clients for one account. Regional ones are made on demand and kept. */
export interface AwsClients {
  eks(region: string): EKSClient;
  cloudTrail(region: string): CloudTrailClient;
  /** Loaded when it is first asked for: it is larger than all others together. */
  ec2(region: string): Promise<EC2Client>;
  accessAnalyzer(region: string): Promise<AccessAnalyzerClient>;
  iam: IAMClient;
  sts: STSClient;
  account: AccountClient;
}

/** The facts that have a reader. */
export type AwsFactName = keyof AwsFacts;

/** How far the reading has come. */
export type Progress =
  | { kind: 'region'; region: string; state: 'started' | 'done' }
  | { kind: 'clusters'; region: string; clusters: number }
  | {
      kind: 'events';
      region: string;
      /** Events read in this region so far. */
      events: number;
      /** Slices of the window that were read to their end, and slices there are by now. */
      slices: { done: number; total: number };
      /** Share of the window that has been read, 0 to 1. */
      covered: number;
      /** The time spent on reading events, and the time there is for it; null where there is no deadline. */
      budget: { spentMs: number; totalMs: number } | null;
    };

/** The clusters of the organization's other accounts: a role may trust the issuer of any of them. */
export interface OtherAccounts {
  /** Issuers (`https://…`) of their clusters. */
  issuers: readonly string[];
  /** Whether the clusters of every account were read. */
  allRead: boolean;
}

export interface AwsSource {
  clients: AwsClients;
  account: string;
  partition: string;
  /** Whose credentials these are: ARN of a user, or of a role's session. */
  callerArn: string;
  /** Regions to read, those that the account has. */
  regions: readonly string[];
  /** Why regions that should have been read are not among `regions`. */
  regionGaps: readonly Gap[];
  window: { from: Date; to: Date };
  now: Date;
  /** Names or ARNs of clusters that were asked for. */
  onlyClusters?: readonly string[];
  /** When to stop reading events. */
  deadline?: Date;
  /** The quota of LookupEvents in a region: every reader that looks up events takes its turns from the same one. */
  lookups(region: string): TokenBucket;
  discoveryBaseUrl?: string;
  otherAccounts?: OtherAccounts;
  /** How long an answer of a cluster's own API server, and one list of it, may take. */
  kubernetes: { timeoutMs: number; budgetMs: number };
  /** The clusters' own API servers, each of them tried once; null where the clusters could not be read. */
  openedClusters(): Promise<OpenedClusters | null>;
  /** Ends all requests. */
  signal: AbortSignal;
  report(progress: Progress): void;
  /** Another fact of the same account; each is read at most once. */
  reading<Name extends AwsFactName>(name: Name): Promise<Reading<AwsFacts[Name]>>;
}
