/** What a cloud told about one place at one time: plain JSON, the only thing that a rule sees. */
import type { Caller, Cluster, Denial, OidcProvider, Role } from './domain/web-identity.ts';

export type Cloud = 'aws' | 'gcp';

/** What is audited as one: an AWS account or a Google Cloud project. */
export interface Place {
  cloud: Cloud;
  /** AWS account id (12 digits) or Google Cloud project id. */
  account: string;
  /** `aws`, `aws-cn`, `aws-us-gov` …; absent for Google Cloud. */
  partition?: string;
}

/** Why something was not read. */
export interface Gap {
  /** Region, zone or location; null for what has none. */
  location: string | null;
  /** One sentence: action, state, remedy. */
  why: string;
  /** The permission that the cloud refused, where that is the reason (`eks:ListClusters`). */
  missingPermission?: string;
  /** The part of the window that was not covered, ISO 8601. */
  from?: string;
  to?: string;
}

/** A fact that was read wholly, partly, or not at all, and why. */
export type Reading<T> =
  | { state: 'whole'; value: T }
  | { state: 'partial'; value: T; gaps: Gap[] }
  | { state: 'unread'; gaps: Gap[] };

/** The facts about an AWS account. */
export interface AwsFacts {
  /** EKS clusters, and the regions whose clusters were read to the end. */
  clusters: {
    clusters: Cluster[];
    regionsRead: string[];
    /** Issuers of clusters in other accounts, where those were read too (an organization's audit). */
    otherAccountsIssuers: string[];
    /** Whether the clusters of every account that may use this one's roles were read. */
    allAccountsRead: boolean;
  };
  oidcProviders: OidcProvider[];
  roles: Role[];
  /** Roles that a denial names and `roles` lacks, by ARN: found after all, or known to be missing. */
  namedRoles: Record<
    string,
    { state: 'exists'; role: Role } | { state: 'missing' } | { state: 'unread'; why: string }
  >;
  /** AssumeRoleWithWebIdentity in CloudTrail over the window, grouped. */
  denials: {
    denials: Denial[];
    callers: Caller[];
    /** How many events were read. */
    events: number;
    /** How many events could not be parsed; they are counted, never dropped in silence. */
    unparsed: number;
  };
  /** Whether the public discovery document of an EKS issuer answers, by issuer (`https://…`). */
  issuerDiscovery: Record<string, { state: 'answers' | 'gone' } | { state: 'unknown'; why: string }>;
  /** Kubernetes service accounts of the clusters that could be read, by cluster ARN. */
  serviceAccounts: Record<
    string,
    { namespace: string; name: string; annotations: Record<string, string>; createdAt: string | null }[]
  >;
}

/** Every fact there is. A cloud's own facts are unread in the places of the other. */
export type Facts = AwsFacts;
export type FactName = keyof Facts;

/** A place, a time, and its readings. */
export interface Observation {
  place: Place;
  /** When the reading began, ISO 8601 UTC: the only clock a rule has. */
  time: string;
  /** The span of time whose events were asked for, ISO 8601 UTC. */
  window: { from: string; to: string };
  /** AWS regions that were asked for; empty for Google Cloud. */
  regions: string[];
  readings: { [K in FactName]?: Reading<Facts[K]> };
}
