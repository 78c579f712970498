import { fileURLToPath } from 'node:url';
import { RemovalPolicy, Stack, type Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime, type CfnFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  NodejsFunction,
  OutputFormat,
  type BundlingOptions,
  type NodejsFunctionProps,
} from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { metricsNamespace } from '../../shared/deployment.ts';
import { environment } from '../../shared/settings.ts';
import type { StackSettings } from '../settings.ts';
import { allow } from './allow.ts';
import { allowNetwork } from './allow-network.ts';

interface AuditorFunctionProps {
  settings: StackSettings;
  /** File in `functions/`, without its ending. */
  name: 'plan' | 'audit' | 'digest' | 'capture';
  description: string;
  memoryMb: number;
  timeout: Duration;
  environment?: Record<string, string>;
  reservedConcurrency?: number | null;
  /** Where it is to be in a VPC. */
  network?: { subnetIds: string[]; securityGroupIds: string[] } | null;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The SDK's modules instead of its CommonJS build make the bundle 40 % smaller and halve the time to load it; CommonJS
 * as the result loads faster than modules do. Names are kept: a stack trace should say which function failed.
 */
const bundling: BundlingOptions = {
  format: OutputFormat.CJS,
  mainFields: ['module', 'main'],
  target: 'node24',
  bundleAwsSDK: true,
  esbuildArgs: { '--minify-whitespace': true, '--minify-syntax': true },
};

/** A Lambda function with a role of its own, which at first may do nothing but write its log. */
export class AuditorFunction extends Construct {
  readonly role: Role;
  readonly function: IFunction;
  readonly #own: NodejsFunction;

  constructor(scope: Construct, id: string, props: AuditorFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.settings.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = this.#makeRole(props, logGroup);
    this.#own = new NodejsFunction(this, 'Function', {
      ...code(props.name),
      role: this.role,
      logGroup,
      description: props.description,
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: { ...common(Stack.of(this).stackName, props.settings), ...props.environment },
      ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
    this.function = this.#own;
    if (props.network) this.#joinVpc(props.network);
  }

  /** Tells the function what is only known once others are there. */
  addEnvironment(name: string, value: string): void {
    this.#own.addEnvironment(name, value);
  }

  /** By ids alone: the CDK's own way looks the VPC up in the account that it deploys to. */
  #joinVpc(network: NonNullable<AuditorFunctionProps['network']>): void {
    (this.#own.node.defaultChild as CfnFunction).vpcConfig = network;
    allowNetwork(this.role);
  }

  #makeRole({ settings, description }: AuditorFunctionProps, logGroup: LogGroup): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `${settings.stackName}: ${description}`,
    });
    const actions = ['logs:CreateLogStream', 'logs:PutLogEvents'];
    allow(role, { sid: 'WriteLog', actions, resources: [logGroup.logGroupArn] });
    return role;
  }
}

function code(name: string): NodejsFunctionProps {
  return {
    entry: `${root}functions/${name}.ts`,
    projectRoot: root,
    depsLockFilePath: `${root}package-lock.json`,
    bundling,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
  };
}

function common(stackName: string, { logLevel }: StackSettings): Record<string, string> {
  return {
    [environment.serviceName]: stackName,
    [environment.metricsNamespace]: metricsNamespace,
    [environment.logLevel]: logLevel,
  };
}
