/** What a cloud told about one place at one time: plain JSON, the only thing that a rule sees. */
import type { AccessDenial, AdminActivity } from './domain/google-audit.ts';
import type { GkeCluster, GkeOperation, PoolNodes, SeenCluster } from './domain/google-cluster.ts';
import type { ConnectionAttempt } from './domain/google-connection.ts';
import type { IamPolicy, Lookup, PolicyLevel, RoleDefinition } from './domain/google-policy.ts';
import type { ClusterNetwork } from './domain/cluster-network.ts';
import type {
  Addon,
  ClusterDns,
  Insight,
  KubernetesNode,
  KubernetesServiceAccount,
  Nodegroup,
  PodGroup,
  PodIdentityAssociation,
  PodWebhook,
} from './domain/kubernetes.ts';
import type {
  NodeRoleCall,
  PermissionCheck,
  PodIdentityDenial,
  ServiceDenial,
} from './domain/service-denial.ts';
import type { Caller, Cluster, Denial, OidcProvider, Role } from './domain/web-identity.ts';
import type { Localized } from './words.ts';

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
  why: Localized;
  /** The permission that the cloud refused, where that is the reason (`eks:ListClusters`). */
  missingPermission?: string;
  /** The part of the window that was not covered, ISO 8601. */
  from?: string;
  to?: string;
}

/** A fact that was read wholly, partly, or not at all, and why. */
export type Reading<T> =
  | {
      state: 'whole';
      value: T;
      /** Where it was read, where that is not the usual place. */ note?: Localized;
    }
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
    { state: 'exists'; role: Role } | { state: 'missing' } | { state: 'unread'; why: Localized }
  >;
  /** AssumeRoleWithWebIdentity in CloudTrail over the window, grouped. */
  denials: {
    denials: Denial[];
    callers: Caller[];
    /** How many events were read. */
    events: number;
    /** How many events could not be parsed; they are counted, never dropped in silence. */
    unparsed: number;
    /** When trust policies were last changed since they refused, by role name, ISO 8601; absent where that was not read. */
    trustChanges?: Record<string, string>;
  };
  /** Whether the public discovery document of an EKS issuer answers, by issuer (`https://…`). */
  issuerDiscovery: Record<string, { state: 'answers' | 'gone' } | { state: 'unknown'; why: Localized }>;
  /** Kubernetes service accounts of the clusters that could be read, by cluster ARN. */
  serviceAccounts: Record<string, KubernetesServiceAccount[]>;
  /** Their pods, grouped; by cluster ARN. */
  podGroups: Record<string, PodGroup[]>;
  /** Their nodes; by cluster ARN. */
  kubernetesNodes: Record<string, KubernetesNode[]>;
  /** Their CoreDNS; by cluster ARN. */
  clusterDns: Record<string, ClusterDns>;
  /** Their mutating webhooks for pods; by cluster ARN. */
  podWebhooks: Record<string, PodWebhook[]>;
  /**
   * eks:ListPodIdentityAssociations and DescribePodIdentityAssociation, by cluster ARN; a cluster whose associations were
   * not read to the end is left out.
   */
  podIdentityAssociations: Record<string, PodIdentityAssociation[]>;
  /** eks:ListAddons and DescribeAddon, by cluster ARN. */
  addons: Record<string, Addon[]>;
  /** eks:ListNodegroups and DescribeNodegroup, by cluster ARN. */
  nodegroups: Record<string, Nodegroup[]>;
  /** eks:ListInsights, those that are not passing, by cluster ARN. */
  insights: Record<string, Insight[]>;
  /** EC2: the network of each cluster's VPC, by cluster ARN. */
  networks: Record<string, ClusterNetwork>;
  /** Refused calls of workloads' roles to AWS services over the window, grouped. */
  serviceDenials: { denials: ServiceDenial[]; events: number; unparsed: number };
  /** What IAM says of those refusals, by `<roleArn> <action> <resource or *>`. */
  permissionChecks: Record<string, PermissionCheck>;
  /** Refused AssumeRoleForPodIdentity calls over the window, grouped. */
  podIdentityDenials: { denials: PodIdentityDenial[]; events: number; unparsed: number };
  /** Calls with the nodes' roles that look like a workload's: of a few nodes of each region, over the last hours. */
  nodeRoleCalls: NodeRoleCall[];
}

/** The facts about a Google Cloud project. */
export interface GcpFacts {
  /** resourcemanager v3 projects.get: `projectId`, the number in `name`, `state`, `parent` (`folders/…`, `organizations/…`). */
  project: { id: string; number: string; state: string; parent: string | null };
  /** serviceusage v1 services.batchGet: `state` by API name (`container.googleapis.com`), `ENABLED` or `DISABLED`. */
  services: Record<string, string>;
  /**
   * container v1 clusters.list with parent `projects/P/locations/-`; partial where `missingZones` is not empty. Empty where
   * the API is off and no node, log entry or earlier run shows that there is a cluster; unread where one does.
   */
  gkeClusters: GkeCluster[];
  /** container v1 operations.list with parent `projects/P/locations/-`: those that run, and those that ended in the window. */
  operations: GkeOperation[];
  /** resourcemanager v3 projects.getIamPolicy, version 3: the project's own policy. */
  iamPolicy: IamPolicy;
  /**
   * The same of every ancestor, nearest first; an ancestor that could not be read, or whose own parent could not,
   * is a level that says so (and makes the reading partial). Empty for a project without a parent.
   */
  inheritedPolicies: PolicyLevel[];
  /** iam v1 roles.get by role name: every role of a policy that was read, and those that GKE's identities need. */
  roleDefinitions: Record<string, Lookup<RoleDefinition>>;
  /**
   * iam v1 projects.serviceAccounts by email: the project's own, the Compute Engine default account, and every account
   * that a node pool or a Kubernetes annotation names. Never a Google-managed agent, whose answer says nothing.
   */
  gcpServiceAccounts: Record<string, Lookup<{ uniqueId: string; disabled: boolean }>>;
  /** iam v1 serviceAccounts.getIamPolicy by email: accounts of other projects that nodes use, and those that workloads use. */
  serviceAccountPolicies: Record<string, Lookup<IamPolicy>>;
  /** Admin Activity logs over the window and 30 days back from its end: changes to IAM, accounts, APIs and clusters, newest first. */
  adminActivity: AdminActivity[];
  /** Refused calls to container.googleapis.com and k8s.io over the window, grouped. */
  accessDenials: { denials: AccessDenial[]; events: number; unparsed: number };
  /**
   * compute v1 instances of the clusters whose credentials are being rotated; of every cluster where the API is off, so
   * that only its nodes show that there is one.
   */
  poolNodes: PoolNodes[];
  /** The projects that own the networks of clusters here (Shared VPC), by project id. */
  hostProjects: Record<
    string,
    {
      /** serviceusage v1, as `services`; null where it could not be read. */
      services: Record<string, string> | null;
      /** The host project's policy and its ancestors', nearest first. */
      policies: PolicyLevel[];
      /** compute v1 subnetworks.getIamPolicy, by `projects/…/regions/…/subnetworks/…`. */
      subnetworks: Record<string, Lookup<IamPolicy>>;
    }
  >;
  /** cloudkms v1 of every key that a cluster or pool names, by `projects/…/cryptoKeys/…`. */
  kmsKeys: Record<
    string,
    {
      /** cryptoKeys.get: `primary.state` (`ENABLED`, `DISABLED`, `DESTROYED`, `DESTROY_SCHEDULED` …); null where there is none. */
      primary: Lookup<{ state: string | null; version: string | null }>;
      /** The policies of key, key ring, project and ancestors, nearest first. */
      policies: PolicyLevel[];
    }
  >;
  /** Kubernetes service accounts of the clusters that could be read, by the cluster's `resource`. */
  gkeServiceAccounts: Record<
    string,
    { namespace: string; name: string; annotations: Record<string, string> }[]
  >;
  /** Clusters that earlier runs saw here, with what they saw last; empty at the first run. */
  clusterHistory: SeenCluster[];
  /** Configured principals that must reach a cluster; `location` null where the name is unique. */
  canaries: { principal: string; cluster: string; location: string | null; permissions: string[] }[];
  /** Attempts to reach the clusters' endpoints; unread unless asked for. */
  connections: ConnectionAttempt[];
}

/** Every fact there is. A cloud's own facts are unread in the places of the other. */
export type Facts = AwsFacts & GcpFacts;
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
