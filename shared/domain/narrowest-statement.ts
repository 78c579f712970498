/** The smallest grant that lets a refused call through: its action on the resource that it called, and nothing more. */

export interface GrantStatement {
  Effect: 'Allow';
  Action: string[];
  Resource: string[];
}

export interface GrantPolicy {
  Version: '2012-10-17';
  Statement: GrantStatement[];
}

export interface RefusedCall {
  /** `s3:PutObject`. */
  action: string;
  /** As the service named it; `*` for an action that knows no resources, null where it named none. */
  resource: string | null;
}

/**
 * Actions that know no resources: IAM grants them on `*` or not at all, and their refusals often name none. Only those
 * that workloads on Kubernetes are known to call (Service Authorization Reference).
 */
const withoutResources: readonly RegExp[] = [
  /^ec2:Describe(?!VpcEndpointServicePermissions$)\w+$/,
  /^(autoscaling|elasticloadbalancing|acm|ecs|elasticache|rds):DescribeAccount\w+$/,
  /^(autoscaling|elasticloadbalancing):Describe\w+$/,
  /^cloudwatch:(PutMetricData|ListMetrics|GetMetricData|GetMetricStatistics)$/,
  /^ecr:GetAuthorizationToken$/,
  /^ecr-public:GetAuthorizationToken$/,
  /^(eks:ListClusters|tag:GetResources|pricing:\w+|s3:ListAllMyBuckets|sqs:ListQueues|secretsmanager:ListSecrets)$/,
  /^(acm:ListCertificates|kms:ListKeys|kms:ListAliases|route53:List(HostedZones|HostedZonesByName))$/,
  /^xray:(PutTraceSegments|PutTelemetryRecords|GetSampling\w+)$/,
];

/** The narrowest `Resource`; null where the refusal names none and the action takes one. */
export function narrowestResource({ action, resource }: RefusedCall): string | null {
  if (resource === '*' || (resource === null && withoutResources.some((pattern) => pattern.test(action))))
    return '*';
  if (resource === null || !/^arn:[^:\s]+:[^:\s]+:[^:]*:[^:]*:\S/.test(resource)) return null;
  return escapePattern(resource);
}

/** The text as IAM matches it literally: a caller who names an object `*` must not be granted all of them. */
function escapePattern(text: string): string {
  return text.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}

/** One policy for some calls; null where one of them names no resource that could be granted. */
export function narrowestPolicy(calls: readonly RefusedCall[]): GrantPolicy | null {
  const byResource = new Map<string, Set<string>>();
  for (const call of calls) {
    const resource = narrowestResource(call);
    if (resource === null) return null;
    byResource.set(resource, (byResource.get(resource) ?? new Set()).add(call.action));
  }
  const statements = mergeByActions(
    [...byResource].map(([resource, actions]) => [[...actions].sort(), resource]),
  );
  return { Version: '2012-10-17', Statement: statements };
}

/** Resources with the same actions share a statement, so that a policy of many objects stays short. */
function mergeByActions(grants: [actions: string[], resource: string][]): GrantStatement[] {
  const statements = new Map<string, GrantStatement>();
  for (const [actions, resource] of grants) {
    const key = actions.join();
    const known = statements.get(key);
    if (known) known.Resource.push(resource);
    else statements.set(key, { Effect: 'Allow', Action: actions, Resource: [resource] });
  }
  return [...statements.values()]
    .map((statement) => ({ ...statement, Resource: statement.Resource.sort() }))
    .sort((a, b) => (a.Action.join() < b.Action.join() ? -1 : 1));
}

/** Actions with which a caller can give itself more, or take over what others own: a person grants them, or nobody. */
const escalating: readonly RegExp[] = [
  /^(iam|organizations|account|sso|sso-directory|identitystore|access-analyzer|controltower):(?!Get|List)/i,
  /^sts:(AssumeRole|AssumeRoot|GetFederationToken|TagSession|SetSourceIdentity)/i,
  /^[\w-]+:(Put|Set|Add|Attach|Create|Modify|Delete)\w*(Policy|Permission|Permissions|Acl|AclV2)\w*$/i,
  /^kms:(CreateGrant|ScheduleKeyDeletion|DisableKey)$/i,
  /^cloudtrail:(?!Get|List|Describe|Lookup)/i,
  /^(lambda:(Create|Update)Function\w*|ecs:RunTask|ssm:(SendCommand|StartSession)|eks:(Create|Update|Associate)\w+)$/i,
  /^\S*\*/,
];

/** Whether an action may change what others, or the caller itself, are allowed to do. */
export function isEscalating(action: string): boolean {
  return escalating.some((pattern) => pattern.test(action));
}
