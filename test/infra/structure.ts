/** Looks at a template for what CloudFormation would refuse and a reviewer would not accept. */
import {
  at,
  resourcesOf,
  type CloudFormation,
  type Definition,
  type Resource,
  type State,
} from './synthesize.ts';

/** One line for each fault. */
export function faultsOf(template: CloudFormation): string[] {
  return [
    ...references(template),
    ...cycles(template),
    ...functions(template),
    ...asynchronousCalls(template),
    ...resourcesOf(template, 'AWS::Logs::LogGroup').flatMap(([id, { Properties }]) =>
      Properties['RetentionInDays'] ? [] : [`${id} keeps its log for ever`],
    ),
    ...encryption(template),
    ...tls(template),
    ...identityPolicies(template),
    ...resourcePolicies(template),
    ...resourcesOf(template, 'AWS::StepFunctions::StateMachine').flatMap(([id, { Properties }]) =>
      stateFaults(id, definitionFrom(Properties['DefinitionString'])),
    ),
  ];
}

/** What a value refers to: `[id, attribute]` for each Ref, GetAtt and variable of a Sub. */
function referencesIn(value: unknown): [id: string, attribute: string | null][] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]): [string, string | null][] => {
    if (key === 'Ref') return [[String(inner), null]];
    if (key === 'Fn::GetAtt') return [(inner as [string, string]).slice(0, 2) as [string, string]];
    if (key !== 'Fn::Sub') return referencesIn(inner);
    const [text, own = {}] = [inner].flat() as [string, Record<string, unknown>?];
    const names = [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => name);
    return [
      ...names
        .filter((name) => !(name in own))
        .map((name): [string, string | null] => [name.split('.')[0] ?? '', name.split('.')[1] ?? null]),
      ...referencesIn(own),
    ];
  });
}

function references(template: CloudFormation): string[] {
  const { Resources, Outputs, Parameters = {}, Mappings = {} } = template;
  const parts = { ...Resources, ...Outputs };
  const unresolved = Object.entries(parts).flatMap(([id, part]) => {
    const names = [
      ...referencesIn(part),
      ...((part as Resource).DependsOn?.map((one) => [one, null] as const) ?? []),
    ];
    return names
      .filter(([name]) => !name.startsWith('AWS::') && !(name in Resources) && !(name in Parameters))
      .map(([name]) => `${id} refers to ${name}, which is not there`);
  });
  const maps = findAll(parts, 'Fn::FindInMap').map((found) => String((found as unknown[])[0]));
  return [
    ...unresolved,
    ...maps.filter((name) => !(name in Mappings)).map((name) => `there is no mapping ${name}`),
  ];
}

function cycles({ Resources }: CloudFormation): string[] {
  const done = new Set<string>();
  const faults: string[] = [];
  const walk = (id: string, path: string[]): void => {
    if (path.includes(id)) {
      faults.push(`${[...path.slice(path.indexOf(id)), id].join(' → ')} is a circle`);
      return;
    }
    const resource = Resources[id];
    if (done.has(id) || !resource) return;
    const next = [...referencesIn(resource.Properties).map(([name]) => name), ...(resource.DependsOn ?? [])];
    for (const name of new Set(next)) walk(name, [...path, id]);
    done.add(id);
  };
  for (const id of Object.keys(Resources)) walk(id, []);
  return faults;
}

function functions(template: CloudFormation): string[] {
  const all = resourcesOf(template, 'AWS::Lambda::Function');
  const roles = all.map(([, { Properties }]) => JSON.stringify(Properties['Role']));
  return all.flatMap(([id, { Properties }]) => {
    const log = at(Properties, 'LoggingConfig', 'LogGroup', 'Ref');
    return [
      ...(template.Resources[String(log)]?.Type === 'AWS::Logs::LogGroup' ? [] : [`${id} has no log group`]),
      ...(/^nodejs24\.x$/.test(String(Properties['Runtime'])) ? [] : [`${id} has another runtime`]),
      ...(at(Properties, 'Architectures', 0) === 'arm64' ? [] : [`${id} is not for arm64`]),
      ...(roles.filter((role) => role === JSON.stringify(Properties['Role'])).length === 1
        ? []
        : [`${id} shares its role`]),
    ];
  });
}

/** Whatever is called without anybody who waits for the answer needs a place for what could not be delivered. */
function asynchronousCalls(template: CloudFormation): string[] {
  const schedules = resourcesOf(template, 'AWS::Scheduler::Schedule')
    .filter(([, { Properties }]) => !at(Properties, 'Target', 'DeadLetterConfig', 'Arn'))
    .map(([id]) => `${id} has no dead-letter queue`);
  const rules = resourcesOf(template, 'AWS::Events::Rule')
    .filter(([, { Properties }]) =>
      ((Properties['Targets'] ?? []) as unknown[]).some((target) => !at(target, 'DeadLetterConfig', 'Arn')),
    )
    .map(([id]) => `${id} has no dead-letter queue`);
  const called = resourcesOf(template, 'AWS::Lambda::Permission')
    .map(([, { Properties }]) => referencesIn(Properties['FunctionName'])[0]?.[0] ?? '')
    .filter((id) => !at(template.Resources[id], 'Properties', 'DeadLetterConfig', 'TargetArn'))
    .map((id) => `${id} may be called asynchronously, and has no dead-letter queue`);
  return [...schedules, ...rules, ...called];
}

function encryption(template: CloudFormation): string[] {
  const needs: [type: string, isEncrypted: (properties: Record<string, unknown>) => boolean][] = [
    ['AWS::S3::Bucket', ({ BucketEncryption }) => BucketEncryption !== undefined],
    ['AWS::SNS::Topic', ({ KmsMasterKeyId }) => KmsMasterKeyId !== undefined],
    ['AWS::SQS::Queue', (queue) => queue['SqsManagedSseEnabled'] === true || 'KmsMasterKeyId' in queue],
    ['AWS::KMS::Key', ({ EnableKeyRotation }) => EnableKeyRotation === true],
  ];
  return needs.flatMap(([type, isEncrypted]) =>
    resourcesOf(template, type)
      .filter(([, { Properties = {} }]) => !isEncrypted(Properties))
      .map(([id]) => `${id} is not encrypted, or its key is never rotated`),
  );
}

function tls(template: CloudFormation): string[] {
  const policies: [type: string, policy: string, property: string][] = [
    ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Bucket'],
    ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'Topics'],
    ['AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'Queues'],
  ];
  return policies.flatMap(([type, policy, property]) => {
    const denying = resourcesOf(template, policy)
      .filter(([, { Properties }]) =>
        /"Deny".*"aws:SecureTransport"|"aws:SecureTransport".*"Deny"/.test(JSON.stringify(Properties)),
      )
      .flatMap(([, { Properties }]) => referencesIn(Properties[property]).map(([id]) => id));
    return resourcesOf(template, type)
      .filter(([id]) => !denying.includes(id))
      .map(([id]) => `${id} may be reached without TLS`);
  });
}

/** Actions that IAM grants on everything or not at all; the last are those of the readers. */
const withoutResource =
  /^(logs:(\w+LogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)|xray:\w+|cloudtrail:(LookupEvents|DescribeTrails)|eks:ListClusters|iam:List\w+|sts:GetCallerIdentity|sts:DecodeAuthorizationMessage|ec2:Describe\w+|access-analyzer:ValidatePolicy|organizations:(Describe|List)\w+)$/;

function identityPolicies(template: CloudFormation): string[] {
  return resourcesOf(template, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) =>
    statementsIn(Properties['PolicyDocument']).flatMap((statement) => {
      const actions = [statement['Action']].flat().map(String);
      const isWide = [statement['Resource']].flat().includes('*');
      return [
        ...('NotAction' in statement || 'NotResource' in statement ? [`${id} grants all but something`] : []),
        ...actions.filter((action) => action.includes('*')).map((action) => `${id} grants ${action}`),
        ...actions
          .filter((action) => isWide && !withoutResource.test(action))
          .map((action) => `${id} grants ${action} on everything`),
      ];
    }),
  );
}

/** A service that is let in could act for any customer, unless a condition says for whom. */
function resourcePolicies({ Resources }: CloudFormation): string[] {
  return Object.entries(Resources).flatMap(([id, { Properties = {} }]) => {
    const documents = [
      Properties['PolicyDocument'],
      Properties['KeyPolicy'],
      Properties['AssumeRolePolicyDocument'],
    ];
    return documents.flatMap(statementsIn).flatMap((statement) => {
      if (statement['Effect'] !== 'Allow' || !('Principal' in statement)) return [];
      const principal = JSON.stringify(statement['Principal']);
      if (principal === '"*"' || principal === '{"AWS":"*"}') return [`${id} admits everybody`];
      const isService = principal.includes('.amazonaws.com');
      const isOwn = principal.includes('lambda.amazonaws.com'); // Lambda assumes a role only for its own function.
      return isService && !isOwn && !statement['Condition'] ? [`${id} admits ${principal} for anybody`] : [];
    });
  });
}

function statementsIn(document: unknown): Record<string, unknown>[] {
  const statements = at(document, 'Statement');
  return statements === undefined ? [] : ([statements].flat() as Record<string, unknown>[]);
}

function definitionFrom(value: unknown): Definition {
  const parts = at(value, 'Fn::Join', 1) as unknown[];
  return JSON.parse(
    parts.map((part) => (typeof part === 'string' ? part : 'reference')).join(''),
  ) as Definition;
}

function stateFaults(id: string, { StartAt, States }: Omit<Definition, 'TimeoutSeconds'>): string[] {
  const targets = Object.values(States).flatMap(({ Next, Catch = [] }) => [
    Next,
    ...Catch.map((one) => one.Next),
  ]);
  const used = new Set([StartAt, ...targets.filter((target) => target !== undefined)]);
  return [
    ...[...used]
      .filter((name) => !(name in States))
      .map((name) => `${id} goes on to ${name}, which is not there`),
    ...Object.keys(States)
      .filter((name) => !used.has(name))
      .map((name) => `${id} never gets to ${name}`),
    ...Object.entries(States).flatMap(([name, state]) => taskFaults(`${id}.${name}`, state)),
    ...Object.values(States).flatMap(({ ItemProcessor }) =>
      ItemProcessor ? stateFaults(id, ItemProcessor) : [],
    ),
  ];
}

function taskFaults(name: string, { Type, Next, End, Retry, Catch }: State): string[] {
  const isEnd = Type === 'Fail' || Type === 'Succeed' || End === true;
  return [
    ...(isEnd === (Next === undefined) ? [] : [`${name} neither ends nor goes on`]),
    ...(Type !== 'Task' || (Retry?.length && Catch?.length)
      ? []
      : [`${name} is not tried again, or not caught`]),
  ];
}

function findAll(value: unknown, key: string): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = key in value ? [(value as Record<string, unknown>)[key]] : [];
  return [...own, ...Object.values(value).flatMap((one) => findAll(one, key))];
}
