/** What a simulated AWS holds when it starts: plain data, written by `world-builder.ts`. */
import type { Cluster } from '../../shared/domain/web-identity.ts';
import type { EksParts } from './eks-parts.ts';
import type { EventSeries } from './event-series.ts';
import type { SimulatedPolicy } from './policy-simulation.ts';
import type { ClusterContents } from './kubernetes/cluster-contents.ts';

export interface World {
  /** The moment for which it was built: CloudTrail forgets what is 90 days older. */
  now: Date;
  accounts: Account[];
  /** Issuers (`https://…`) whose public discovery document answers. */
  liveIssuers: Set<string>;
  /** How the cloud behaves; `startCloud` may override each of them. */
  behaviour: Behaviour;
  /** The organization that some accounts belong to; absent where there is none. */
  organization?: Organization;
}

export interface Organization {
  /** `o-exampleorg1`. */
  id: string;
  managementAccount: string;
  root: OrganizationalUnit;
}

/** A root or an organizational unit, with what lies directly in it. */
export interface OrganizationalUnit {
  /** `r-examp` or `ou-examp-shop1234`. */
  id: string;
  name: string;
  units: OrganizationalUnit[];
  accounts: { id: string; name: string; status?: string; tags?: Record<string, string> }[];
}

export interface Behaviour {
  /** LookupEvents requests a second for each account and region; AWS allows 2. */
  lookupsPerSecond: number;
  /** Milliseconds before LookupEvents answers. */
  lookupLatencyMs: number;
  /** The most items in one page of any list but LookupEvents, whose pages hold 50 as in AWS. */
  pageSize: number;
}

export interface Account {
  id: string;
  partition: string;
  regions: { name: string; status: RegionStatus }[];
  clusters: Cluster[];
  /** What EKS and EC2 hold of each cluster besides, by its ARN. */
  eksParts: Map<string, EksParts>;
  /** What runs in each cluster, by its ARN. */
  contents: Map<string, ClusterContents>;
  providers: Provider[];
  roles: StoredRole[];
  /** What CloudTrail recorded, by region. */
  history: { region: string; series: EventSeries }[];
  refusals: Refusal[];
  /** ARNs of SNS topics. */
  topics: string[];
  /** Addresses and domains that SES may send from. */
  mailIdentities: string[];
  buckets: string[];
  /** What the organization lets the account's roles do at most; everything where absent. */
  serviceControlPolicy?: SimulatedPolicy;
  /** CloudTrail's trails; none where absent. */
  trails?: Trail[];
}

export interface Trail {
  name: string;
  /** Where it was made. */
  region: string;
  isMultiRegion: boolean;
  isLogging: boolean;
}

export type RegionStatus = 'ENABLED' | 'ENABLED_BY_DEFAULT' | 'DISABLED' | 'ENABLING' | 'DISABLING';

/** An IAM OIDC provider as IAM holds it. */
export interface Provider {
  arn: string;
  /** Issuer without `https://`. */
  url: string;
  clientIds: string[];
  thumbprints: string[];
  createdAt: Date;
}

/** An IAM role as IAM holds it. */
export interface StoredRole {
  arn: string;
  id: string;
  name: string;
  path: string;
  /** The document's text; IAM keeps it as it was written. */
  trustPolicy: string;
  /** Seconds. */
  maxSessionDuration: number;
  createdAt: Date;
  description?: string;
  /** Identity policies by name, inline ones and attached ones alike. */
  policies?: Record<string, SimulatedPolicy>;
  /** Its permissions boundary. */
  boundary?: SimulatedPolicy;
}

/** An IAM action that callers of an account may not call. */
export interface Refusal {
  /** `eks:ListClusters`; `eks:*` refuses the whole service. */
  action: string;
  /** Only in this region; everywhere where absent. */
  region?: string;
  /** How the message ends; by default that no identity-based policy allows it. */
  because?: string;
}
