/** Synthesizes the stack within the test, without bundling the functions. */
import { readFileSync, rmSync } from 'node:fs';
import { App, type Stack } from 'aws-cdk-lib';
import { readStackSettings } from '../../infra/settings.ts';
import { AuditorStack } from '../../infra/stack.ts';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
}

export interface CloudFormation {
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Value: unknown }>;
  Mappings?: Record<string, Record<string, Record<string, string>>>;
  Parameters?: Record<string, unknown>;
}

/** Everything that can be switched on at once. */
export const richContext = {
  email: 'ops@example.com,dev@example.com',
  alarmEmail: 'oncall@example.com',
  schedule: 'cron(0 6 ? * MON-FRI *)',
  timezone: 'Europe/Stockholm',
  regions: 'eu-west-1,us-east-1',
  clusters: 'prod',
  mailFrom: 'why@mail.example.com',
  mailTo: 'team@example.org',
  mailUnsubscribe: 'mailto:ops@example.com',
  lang: 'ja',
  mutes: 'settings/mutes.yaml',
  sesIdentity: 'example.com',
  sesConfigurationSet: 'reports',
  objectLockDays: 30,
  reservedConcurrency: 2,
  oidcDiscoveryUrl: 'https://mirror.example.com',
  lookupRate: '0.5',
  kubernetes: 'never',
  accessEntries: 'prod',
  googleServiceAccountId: '112233445566778899001',
  googleAudience: 'https://reports.example.com',
};

/** Refused calls are captured as they happen, in the stack's own region and in others. */
export const captureContext = { captureRegions: 'eu-west-1,eu-central-1' };

/** Every account of an organization, and what is refused in them. */
export const organizationContext = {
  organization: 'yes',
  organizationId: 'o-ab12cd34ef',
  externalId: '7f3ab2',
  memberRole: 'auditor-reads',
  ownerTag: 'team',
  units: '/Production,ou-ab12-cdefgh34',
  withoutAccounts: '444455556666',
  accountsAtATime: '40',
  captureRegions: 'eu-west-1',
};

/** Mail through a server that wants a password. */
export const smtpContext = {
  mailFrom: 'why@example.com',
  mailTo: 'team@example.com',
  smtpUrl: 'smtps://why@mail.example.com:465',
};

/**
 * The template of the stack; whoever is to be told is, unless the context says otherwise. The CDK's own look at the
 * template, which takes most of the time, is left to the tests of its structure.
 */
export function synthesize(context: Record<string, unknown> = {}): CloudFormation {
  process.env['CDK_VALIDATION'] = 'false';
  const app = makeApp();
  return templateOf(
    app,
    new AuditorStack(app, readStackSettings({ email: 'ops@example.com', ...context }, 'eu-west-1')),
  );
}

/** An app with the feature flags of the project, whose functions are not bundled. */
export function makeApp(): App {
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: Record<string, unknown> };
  return new App({ context: { ...context, 'aws:cdk:bundling-stacks': [] } });
}

/** Throws an error with all that the app's plugins find. */
export function templateOf(app: App, stack: Stack): CloudFormation {
  try {
    return app.synth().getStackArtifact(stack.artifactId).template as CloudFormation;
  } finally {
    rmSync(app.outdir, { recursive: true, force: true });
  }
}

export function resourcesOf(template: CloudFormation, type: string): [id: string, resource: Resource][] {
  return Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
}

/** The one resource of a type whose logical id begins with a name. */
export function resourceOf(
  template: CloudFormation,
  type: string,
  name = '',
): [id: string, resource: Resource] {
  const found = resourcesOf(template, type).filter(([id]) => id.startsWith(name));
  if (found.length !== 1 || !found[0])
    throw new Error(`There are ${found.length} resources of ${type} whose id begins with "${name}", not one`);
  return found[0];
}

export interface Statement {
  Sid?: string;
  Effect: string;
  Action: string[];
  Resource: unknown[];
  Condition?: Record<string, Record<string, unknown>>;
}

/** The statements of all policies of a role. */
export function statementsOf(template: CloudFormation, roleId: string): Statement[] {
  const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
    (Properties['Roles'] as { Ref: string }[]).some(({ Ref }) => Ref === roleId),
  );
  return policies.flatMap(([, { Properties }]) =>
    (at(Properties, 'PolicyDocument', 'Statement') as Statement[]).map((one) => ({
      ...one,
      Action: [one.Action].flat(),
      Resource: [one.Resource].flat(),
    })),
  );
}

export interface State {
  Type: string;
  Next?: string;
  End?: boolean;
  Resource?: string;
  TimeoutSeconds?: number;
  Parameters?: Record<string, unknown>;
  Retry?: {
    ErrorEquals: string[];
    MaxAttempts: number;
    MaxDelaySeconds?: number;
    BackoffRate?: number;
    JitterStrategy?: string;
  }[];
  Catch?: { ErrorEquals: string[]; Next: string }[];
  MaxConcurrency?: number;
  ItemProcessor?: Omit<Definition, 'TimeoutSeconds'>;
}

export interface Definition {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds: number;
}

/** The definition of the state machine, with `${Id}` and `${Id.Arn}` for references. */
export function definitionOf(template: CloudFormation): Definition {
  const [, { Properties }] = resourceOf(template, 'AWS::StepFunctions::StateMachine');
  return JSON.parse(textOf(Properties['DefinitionString'])) as Definition;
}

/** The value at a path of keys; undefined where there is none. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) =>
      typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined,
    value,
  );
}

/** A value with its references in the spelling of Fn::Sub. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', null]] = Object.entries(value as Record<string, unknown>);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(textOf).join(separator);
  }
  if (name === 'Fn::FindInMap') return '${map}';
  return `\${${[argument].flat().map(textOf).join('.')}}`;
}
