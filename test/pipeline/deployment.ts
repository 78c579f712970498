/** The deployed auditor on this machine: the app's own template and bundles, resolved against a simulated AWS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usualStackName } from '../../shared/deployment.ts';
import type { RunningCloud } from '../cloud/start.ts';
import { Lambda } from './lambda.ts';
import { execute, type Definition, type Execution } from './state-machine.ts';
import { TaskError } from './task-error.ts';

export const account = '111122223333';
export const region = 'eu-west-1';
export const bucket = 'clusterwhy-reports';
export const topicArn = `arn:aws:sns:${region}:${account}:clusterwhy`;
export const alarmTopicArn = `${topicArn}-alarms`;

interface Template {
  Resources: Record<string, { Type: string; Properties: Record<string, unknown> }>;
  Mappings: Record<string, Record<string, Record<string, string>>>;
}

/** What the state machine publishes to operators. */
export interface Notice {
  TopicArn: string;
  Subject: string;
  Message: string;
}

export type FunctionName = 'Plan' | 'Audit' | 'Digest';

/** What `cdk deploy` would upload: a folder, which `remove` takes away. */
export interface Assembly {
  folder: string;
  template: Template;
  remove(): void;
}

/** Runs the app as `cdk synth` does, bundling included, with settings such as `-c regions=…`. */
export function assemble(settings: Record<string, string> = {}): Assembly {
  const folder = mkdtempSync(join(tmpdir(), 'clusterwhy-assembly-'));
  const { context } = JSON.parse(readFileSync('cdk.json', 'utf8')) as { context: object };
  const mail = { email: 'ops@shop.example', mailFrom: 'clusterwhy@shop.example', mailTo: 'ops@shop.example' };
  execFileSync(process.execPath, ['--import', 'tsx', 'infra/app.ts'], {
    env: {
      ...process.env,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...mail, ...settings }),
    },
    stdio: 'pipe',
  });
  const text = readFileSync(join(folder, `${usualStackName}.template.json`), 'utf8');
  return {
    folder,
    template: JSON.parse(text) as Template,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export class Deployment {
  readonly functions: Record<FunctionName, Lambda>;
  readonly definition: Definition;
  readonly #template: Template;
  readonly #resolver: Resolver;
  /** What operators were told of failed runs. */
  readonly notices: Notice[] = [];
  /** The waits of the last run: state, error, seconds at most. */
  readonly retries: [state: string, error: string, seconds: number][] = [];
  /** Time that a function is given instead of its own, in milliseconds. */
  readonly timeouts: Partial<Record<FunctionName, number>> = {};

  /** The bucket as Step Functions itself reads and writes it. */
  readonly objects: NonNullable<Execution['objects']>;

  constructor(
    { folder, template }: Pick<Assembly, 'folder' | 'template'>,
    cloud: RunningCloud,
    more: Record<string, string> = {},
  ) {
    this.#template = template;
    this.objects = objectsOf(cloud);
    this.#resolver = new Resolver(template);
    const functions = Object.entries(template.Resources).filter(([, { Type }]) =>
      Type.endsWith('::Function'),
    );
    const find = (name: FunctionName) => {
      const [id, resource] = functions.find(([key]) => key.startsWith(`${name}Function`)) ?? [];
      if (!id || !resource) throw new Error(`The template has no function ${name}`);
      return new Lambda(
        this.#lambda(id, resource.Properties, folder, { ...cloud.environment(account), ...more }),
      );
    };
    this.functions = { Plan: find('Plan'), Audit: find('Audit'), Digest: find('Digest') };
    const machine = Object.values(template.Resources).find(({ Type }) => Type.endsWith('::StateMachine'));
    this.definition = JSON.parse(
      String(this.#resolver.resolve(machine?.Properties['DefinitionString'])),
    ) as Definition;
  }

  /** One execution of the state machine. */
  run(input: unknown, onEnter: (state: string) => void = () => undefined): Promise<unknown> {
    this.retries.length = 0;
    const execution: Execution = {
      task: (resource, given) => this.#task(resource, given),
      objects: this.objects,
      onEnter,
      onRetry: (...retry) => void this.retries.push(retry),
    };
    return execute(this.definition, input, execution);
  }

  /** Whether the template's policy of a function's role allows an action; conditions are not looked at. */
  allows(name: FunctionName, action: string, resource: string | null): boolean {
    const policy = Object.values(this.#template.Resources).find(
      ({ Type, Properties }) =>
        Type === 'AWS::IAM::Policy' && JSON.stringify(Properties['Roles']).includes(`"${name}Role`),
    );
    const { Statement = [] } = (policy?.Properties['PolicyDocument'] ?? {}) as { Statement?: Statement[] };
    return Statement.some(
      ({ Effect, Action, Resource }) =>
        Effect === 'Allow' &&
        [Action].flat().includes(action) &&
        [this.#resolver.resolve(Resource)].flat().some((pattern) => covers(String(pattern), resource)),
    );
  }

  close(): void {
    for (const one of Object.values(this.functions)) one.kill();
  }

  async #task(resource: string, input: unknown): Promise<unknown> {
    if (resource === 'arn:aws:states:::sns:publish') {
      this.notices.push(input as Notice);
      return { MessageId: 'notice' };
    }
    const name = /:function:(Plan|Audit|Digest)Function\w*$/.exec(resource)?.[1] as FunctionName | undefined;
    if (!name) throw new TaskError('States.Runtime', `${resource} is no task of this deployment`);
    return this.functions[name].invoke(input, this.timeouts[name]);
  }

  #lambda(
    id: string,
    { Code, Environment, Handler, Timeout }: Record<string, unknown>,
    folder: string,
    environment: Record<string, string>,
  ) {
    const [module = ''] = String(Handler).split('.');
    const asset = (Code as { S3Key: string }).S3Key.replace(/\.zip$/, '');
    const { Variables } = this.#resolver.resolve(Environment) as { Variables: Record<string, string> };
    return {
      file: join(folder, `asset.${asset}`, `${module}.js`),
      name: id,
      timeoutMs: Number(Timeout) * 1000,
      environment: { ...environment, ...Variables },
    };
  }
}

function objectsOf({ s3 }: RunningCloud): NonNullable<Execution['objects']> {
  return {
    read(bucket, key) {
      const object = s3.get(bucket)?.get(key);
      if (!object) throw new TaskError('States.ItemReaderFailed', `there is no s3://${bucket}/${key}`);
      return object.body.toString();
    },
    write(bucket, key, text) {
      const now = { contentType: 'application/json', lastModified: new Date(), metadata: {}, etag: '"map"' };
      s3.get(bucket)?.set(key, { body: Buffer.from(text), ...now });
    },
  };
}

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
}

/** An action without resources takes `*`. */
function covers(pattern: string, resource: string | null): boolean {
  if (resource === null) return pattern === '*';
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.?+^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(resource);
}

/** Gives references the values that CloudFormation would. */
class Resolver {
  readonly #template: Template;

  constructor(template: Template) {
    this.#template = template;
  }

  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [[name, argument] = ['', null]] = entries;
    if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::')))
      return this.#reference(name, argument);
    return Object.fromEntries(entries.map(([key, item]) => [key, this.resolve(item)]));
  }

  #reference(name: string, argument: unknown): unknown {
    if (name === 'Ref') return this.#ref(String(argument));
    const parts = this.resolve(argument) as unknown[];
    if (name === 'Fn::Join') return (parts[1] as string[]).join(String(parts[0]));
    if (name === 'Fn::FindInMap') {
      const [map, key, field] = parts.map(String) as [string, string, string];
      return this.#template.Mappings[map]?.[key]?.[field];
    }
    if (name === 'Fn::GetAtt' && parts[1] === 'Arn') return this.#arn(String(parts[0]));
    throw new Error(`Cannot resolve ${name} of ${JSON.stringify(argument)}`);
  }

  #arn(id: string): string {
    const type = this.#template.Resources[id]?.Type;
    if (type === 'AWS::S3::Bucket') return `arn:aws:s3:::${bucket}`;
    if (type === 'AWS::Lambda::Function') return `arn:aws:lambda:${region}:${account}:function:${id}`;
    return `arn:aws:logs:${region}:${account}:log-group:${id}:*`;
  }

  #ref(id: string): string {
    const pseudo: Record<string, string> = {
      'AWS::Region': region,
      'AWS::Partition': 'aws',
      'AWS::AccountId': account,
    };
    if (pseudo[id] !== undefined) return pseudo[id];
    const type = this.#template.Resources[id]?.Type;
    if (type === 'AWS::S3::Bucket') return bucket;
    if (type === 'AWS::SNS::Topic') return id.startsWith('Alarm') ? alarmTopicArn : topicArn;
    throw new Error(`Cannot resolve ${id}, which is ${type ?? 'nothing in the template'}`);
  }
}
