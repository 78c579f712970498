/** What an EKS cluster's own API server tells, reduced while it is read: a cluster of 50,000 pods must fit. */

export interface KubernetesServiceAccount {
  namespace: string;
  name: string;
  annotations: Record<string, string>;
  /** ISO 8601; null where the server gives none. */
  createdAt: string | null;
}

/** Running and pending pods that are alike in all that decides on their AWS credentials. */
export interface PodGroup {
  namespace: string;
  serviceAccount: string;
  /** The controller that people know: a ReplicaSet's Deployment, a Job's CronJob; null for a bare pod. */
  owner: { kind: string; name: string } | null;
  hostNetwork: boolean;
  /** `AWS_ROLE_ARN` of its containers, as the webhook wrote it at admission; null where no container has one. */
  roleArn: string | null;
  /** Whether a container has `AWS_WEB_IDENTITY_TOKEN_FILE`. */
  webIdentity: boolean;
  /** Audience of the projected token that `AWS_WEB_IDENTITY_TOKEN_FILE` lies in; null where there is none. */
  tokenAudience: string | null;
  /** Whether a container has `AWS_CONTAINER_CREDENTIALS_FULL_URI` (EKS Pod Identity). */
  containerCredentials: boolean;
  /** Whether a container has `AWS_ACCESS_KEY_ID` in its environment; the name is read, never the value. */
  staticKeys: boolean;
  /** Containers that the annotation `eks.amazonaws.com/skip-containers` leaves out. */
  skippedContainers: string[];
  /** How many pods. */
  pods: number;
  /** Creation times of the oldest and the newest, ISO 8601. */
  oldest: string | null;
  newest: string | null;
  /** A few of their names and of the nodes that they run on. */
  names: string[];
  nodes: string[];
}

export interface KubernetesNode {
  name: string;
  ready: boolean;
  /** Why it is not, in the words of its `Ready` condition; null where it is, or says nothing. */
  reason: string | null;
  unschedulable: boolean;
  /** EC2 instance id from `spec.providerID`; null for Fargate and hybrid nodes. */
  instanceId: string | null;
  /** Label `eks.amazonaws.com/nodegroup`. */
  nodegroup: string | null;
  /** Whether it is a Fargate, hybrid or EKS Auto Mode node, by its labels. */
  kind: 'ec2' | 'auto' | 'fargate' | 'hybrid';
  internalIp: string | null;
  createdAt: string | null;
}

/** CoreDNS as the cluster runs it. */
export interface ClusterDns {
  /** Deployment `kube-system/coredns`; null where there is none. */
  deployment: { desired: number; ready: number } | null;
  /** Ready addresses behind the service `kube-dns`. */
  readyAddresses: number;
  /** Reasons and messages of its pods that are not ready (`Unschedulable`, `ImagePullBackOff` …), a few. */
  troubles: string[];
}

/** A webhook of a MutatingWebhookConfiguration that is called for pods. */
export interface PodWebhook {
  /** Name of the configuration, and of the webhook in it. */
  configuration: string;
  name: string;
  /** `Ignore` or `Fail`. */
  failurePolicy: string;
  hasCaBundle: boolean;
  /** The URL, or `namespace/service`. */
  target: string;
}

/** EKS Pod Identity: what eks:DescribePodIdentityAssociation tells. */
export interface PodIdentityAssociation {
  id: string;
  arn: string;
  namespace: string;
  serviceAccount: string;
  roleArn: string;
  /** Role of another account that the first one assumes; null where there is none. */
  targetRoleArn: string | null;
  disableSessionTags: boolean;
  createdAt: string | null;
  modifiedAt: string | null;
}

/** An EKS add-on, from eks:DescribeAddon. */
export interface Addon {
  name: string;
  version: string | null;
  /** ACTIVE, DEGRADED, CREATE_FAILED … */
  status: string;
  issues: { code: string; message: string; resourceIds: string[] }[];
}

/** A managed node group, from eks:DescribeNodegroup. */
export interface Nodegroup {
  name: string;
  status: string;
  /** ARN of the instances' role. */
  nodeRole: string | null;
  desiredSize: number | null;
  subnetIds: string[];
  issues: { code: string; message: string; resourceIds: string[] }[];
  /** `HttpPutResponseHopLimit` of its launch template, where one is named and could be read; null otherwise. */
  hopLimit: number | null;
  /** Those that its launch template names; empty where the cluster's own applies, null or absent where that is not known. */
  securityGroupIds?: string[] | null;
}

/** An EKS insight that is not passing, from eks:ListInsights. */
export interface Insight {
  id: string;
  name: string;
  category: string;
  /** WARNING, ERROR or UNKNOWN. */
  status: string;
  reason: string | null;
}
