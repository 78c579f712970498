/** Starts a simulated AWS on this machine. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  openState,
  type CloudState,
  type LiveAccount,
  type LoggedCall,
  type PublishedMessage,
  type SentMail,
  type StoredObject,
} from './cloud-state.ts';
import { startSmtp, type RunningSmtp, type SmtpOptions } from './smtp.ts';
import { credentialsOf, environmentOf, type FakeCredentials } from './credentials.ts';
import { discoveryPath } from './discovery.ts';
import type { Fault } from './fault-switch.ts';
import { startApiServer, stopApiServer, type LiveCluster } from './kubernetes/api-server.ts';
import { makeServer } from './server.ts';
import { accessAnalyzer } from './services/access-analyzer.ts';
import { account } from './services/account.ts';
import { cloudformation } from './services/cloudformation.ts';
import { cloudtrail } from './services/cloudtrail.ts';
import { dynamodb } from './services/dynamodb.ts';
import { ec2 } from './services/ec2.ts';
import { eks } from './services/eks.ts';
import { iam } from './services/iam.ts';
import { lambda } from './services/lambda.ts';
import { organizations } from './services/organizations.ts';
import { s3 } from './services/s3.ts';
import { ses } from './services/ses.ts';
import { sns } from './services/sns.ts';
import { states } from './services/states.ts';
import { sts } from './services/sts.ts';
import type { Behaviour, World } from './world.ts';

const services = [
  accessAnalyzer,
  account,
  cloudformation,
  cloudtrail,
  dynamodb,
  ec2,
  eks,
  iam,
  lambda,
  organizations,
  s3,
  ses,
  sns,
  states,
  sts,
];

export interface RunningCloud {
  /** `http://127.0.0.1:<port>`: the endpoint of every service. */
  endpoint: string;
  /** Where issuers' public discovery documents are, each under `/<host>/<path>`. */
  discoveryBaseUrl: string;
  /** Every call so far, in the order of arrival. */
  calls: LoggedCall[];
  /** The content of an account as it is now. */
  account(id: string): LiveAccount;
  /** A cluster whose API server runs, by name. */
  cluster(name: string): LiveCluster;
  credentials(account: string): FakeCredentials;
  /** What an SDK client needs to talk to this cloud; S3 clients need `forcePathStyle` besides. */
  clientOptions(
    account: string,
    region?: string,
  ): { endpoint: string; region: string; credentials: FakeCredentials };
  /** Environment for a child process that shall talk to this cloud. */
  environment(account: string, region?: string): Record<string, string>;
  /** Makes the next calls of an action fail, `fail('sns:Publish', { times: 2, hangUp: 'after' })`. */
  fail(action: string, fault: Partial<Fault>): void;
  /** May be changed while the cloud runs. */
  behaviour: Behaviour;
  /** What was published to SNS topics. */
  sns: PublishedMessage[];
  /** What was sent by SES. */
  ses: SentMail[];
  /** Objects by bucket and key; setting a bucket creates it. */
  s3: Map<string, Map<string, StoredObject>>;
  /** A mail server beside the cloud. */
  smtp: RunningSmtp;
  state: CloudState;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. The world is copied: the cloud changes only its copy. */
export async function startCloud(
  world: World,
  options: Partial<Behaviour> & { smtp?: SmtpOptions } = {},
): Promise<RunningCloud> {
  const { smtp: smtpOptions, ...behaviour } = options;
  const state = openState(world, behaviour);
  const smtp = await startSmtp(smtpOptions);
  const server = makeServer(state, services);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await startClusters(state, endpoint);
  return {
    endpoint,
    discoveryBaseUrl: endpoint + discoveryPath,
    calls: state.calls,
    account: (id) => accountOf(state, id),
    cluster: (name) => clusterOf(state, name),
    credentials: credentialsOf,
    clientOptions: (id, region = 'eu-west-1') => ({ endpoint, region, credentials: credentialsOf(id) }),
    environment: (id, region) => ({
      ...environmentOf(id, endpoint, region),
      // Whoever asks waits as little as the cloud makes him.
      ...(state.behaviour.lookupsPerSecond > 2 && { CLUSTERWHY_LOOKUP_RATE: '1000' }),
    }),
    fail: (action, fault) => state.faults.fail(action, fault),
    behaviour: state.behaviour,
    sns: state.published,
    ses: state.mails,
    s3: state.buckets,
    smtp,
    state,
    close: async () => {
      server.closeAllConnections();
      server.close();
      const clusters = [...state.kubernetes.values()].map(stopApiServer);
      await Promise.all([once(server, 'close'), smtp.close(), ...clusters]);
    },
  };
}

/** Every cluster has an API server of its own, unless it is not made yet. */
async function startClusters(cloud: CloudState, endpoint: string): Promise<void> {
  for (const { clusters, contents } of cloud.accounts.values())
    for (const cluster of clusters) {
      const own = contents.get(cluster.arn);
      if (!own || /^(CREATING|PENDING)$/.test(cluster.status)) continue;
      cloud.kubernetes.set(cluster.arn, await startApiServer({ cloud, endpoint, cluster, contents: own }));
    }
}

function clusterOf({ kubernetes }: CloudState, name: string): LiveCluster {
  const cluster = [...kubernetes.values()].find((one) => one.name === name);
  if (!cluster) throw new Error(`Cannot find cluster ${name}: the world does not have it`);
  return cluster;
}

function accountOf(state: CloudState, id: string): LiveAccount {
  const account = state.accounts.get(id);
  if (!account) throw new Error(`Cannot find account ${id}: the world does not have it`);
  return account;
}
