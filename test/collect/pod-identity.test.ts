/** Pod Identity's associations and refusals, and the calls of nodes' roles, read from the simulated AWS. */
import { uuids } from '../cloud/cloudtrail-record.ts';
import { instanceRecord, podIdentityRecord } from '../cloud/instance-record.ts';
import { world, type WorldBuilder } from '../cloud/world-builder.ts';
import { account, gapsOf, observe, reading, valueOf } from './observe.ts';

const region = 'eu-west-1';
const arn = (name: string) => `arn:aws:eks:${region}:${account}:cluster/${name}`;
const instanceId = 'i-00000000000000011';
const unauthorized = {
  code: 'AccessDenied',
  message: 'Unauthorized Exception! EKS does not have permissions to assume the associated role.',
};

function shop(): WorldBuilder {
  return world()
    .account(account, { regions: [region] })
    .cluster({ name: 'prod', region })
    .workload({ cluster: 'prod', namespace: 'shop', serviceAccount: 'web' })
    .cluster({ name: 'test', region });
}

function agentCalls(count: number, instance: string, error?: { code: string; message: string }) {
  return Array.from({ length: count }, (_, index) => ({
    ...podIdentityRecord({
      account,
      region,
      cluster: 'prod',
      role: 'eks-node',
      instanceId: instance,
      ...(error && { error }),
    }),
    eventID: uuids(`${instance} ${index} ${error?.message ?? ''}`)[0],
  }));
}

describe('podIdentityAssociations', () => {
  it('are read of every cluster, over several pages, each with its role', async () => {
    const builder = shop();
    for (const serviceAccount of ['a', 'b', 'c', 'd'])
      builder.association({ cluster: 'prod', namespace: 'shop', serviceAccount, role: serviceAccount });
    builder.association({
      cluster: 'test',
      namespace: 'shop',
      serviceAccount: 'a',
      role: 'a',
      disableSessionTags: true,
    });
    const observed = await observe(builder, { facts: ['podIdentityAssociations'] });
    const found = valueOf(observed, 'podIdentityAssociations');
    expect(found[arn('prod')]?.map(({ serviceAccount }) => serviceAccount)).toEqual(['a', 'b', 'c', 'd']);
    expect(found[arn('test')]).toMatchObject([
      {
        namespace: 'shop',
        serviceAccount: 'a',
        roleArn: `arn:aws:iam::${account}:role/a`,
        targetRoleArn: null,
        disableSessionTags: true,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      },
    ]);
  });

  it.each(['eks:ListPodIdentityAssociations', 'eks:DescribePodIdentityAssociation'])(
    'are a gap where %s is refused',
    async (action) => {
      const builder = shop()
        .association({ cluster: 'prod', namespace: 'shop', serviceAccount: 'a', role: 'a' })
        .refuse(action);
      const observed = await observe(builder, { facts: ['podIdentityAssociations'] });
      expect(gapsOf(observed, 'podIdentityAssociations')).toMatchObject([
        { location: region, missingPermission: action },
      ]);
      const { state } = reading(observed, 'podIdentityAssociations');
      expect(state).toBe(action.includes('List') ? 'unread' : 'partial');
    },
  );
});

describe('podIdentityDenials', () => {
  it('are the refused calls of the agents, alike whatever the node', async () => {
    const builder = shop().recorded(
      region,
      ...agentCalls(3, instanceId, unauthorized),
      ...agentCalls(2, 'i-00000000000000012', unauthorized),
      ...agentCalls(4, instanceId),
    );
    const observed = await observe(builder, { facts: ['podIdentityDenials'] });
    const { denials, events, unparsed } = valueOf(observed, 'podIdentityDenials');
    expect({ events, unparsed }).toEqual({ events: 9, unparsed: 0 });
    expect(denials).toMatchObject([
      { clusterName: 'prod', region, errorCode: 'AccessDenied', events: 5, namespace: null, roleArn: null },
    ]);
    expect(denials[0]?.nodes?.sort()).toEqual([instanceId, 'i-00000000000000012']);
    expect(denials[0]?.sampleEventIds).toHaveLength(5);
  });

  it('tells a node that may not ask from a role that may not be assumed', async () => {
    const mayNotAsk = {
      code: 'AccessDenied',
      message: `User: arn:aws:sts::${account}:assumed-role/eks-node/${instanceId} is not authorized to perform: eks-auth:AssumeRoleForPodIdentity on resource: ${arn('prod')}`,
    };
    const builder = shop().recorded(
      region,
      ...agentCalls(2, instanceId, unauthorized),
      ...agentCalls(2, instanceId, mayNotAsk),
    );
    const observed = await observe(builder, { facts: ['podIdentityDenials'] });
    expect(valueOf(observed, 'podIdentityDenials').denials).toHaveLength(2);
  });

  it('counts what it cannot understand', async () => {
    const odd = { eventName: 'AssumeRoleForPodIdentity', errorCode: 'AccessDenied', requestParameters: null };
    const observed = await observe(shop().recorded(region, odd), { facts: ['podIdentityDenials'] });
    expect(valueOf(observed, 'podIdentityDenials')).toMatchObject({ denials: [], unparsed: 1 });
    expect(gapsOf(observed, 'podIdentityDenials')[0]?.why.en).toMatch(/^1 AssumeRoleForPodIdentity events/);
  });
});

describe('nodeRoleCalls', () => {
  const call = (
    eventSource: string,
    eventName: string,
    userAgent = 'Boto3/1.26.0 m/0',
    node: string | null = instanceId,
  ) =>
    instanceRecord({
      account,
      region,
      role: 'eks-node',
      instanceId: node ?? '',
      eventSource,
      eventName,
      userAgent,
    });

  it("are an application's, and none of the node's own", async () => {
    const builder = shop().recorded(
      region,
      { ...call('sns.amazonaws.com', 'ListTopics'), eventID: uuids('1')[0] },
      { ...call('sns.amazonaws.com', 'ListTopics'), eventID: uuids('2')[0] },
      call('ec2.amazonaws.com', 'DescribeNetworkInterfaces', 'aws-sdk-go/1.45.1'),
      call('ssm.amazonaws.com', 'UpdateInstanceInformation', 'amazon-ssm-agent/3.2'),
      call('ecr.amazonaws.com', 'GetAuthorizationToken', 'aws-sdk-go-v2/1.36.3'),
      call('s3.amazonaws.com', 'ListBuckets', 'aws-node/1.19'),
    );
    const observed = await observe(builder, { facts: ['nodeRoleCalls'], kubernetes: true });
    expect(valueOf(observed, 'nodeRoleCalls')).toMatchObject([
      {
        roleArn: `arn:aws:iam::${account}:role/eks-node`,
        instanceId,
        eventSource: 'sns.amazonaws.com',
        eventName: 'ListTopics',
        errorCode: null,
        events: 2,
      },
    ]);
  });

  it('are not looked up where Kubernetes is not asked', async () => {
    const { observation, calls } = await observe(shop(), { facts: ['nodeRoleCalls'] });
    expect(observation.readings.nodeRoleCalls).toBeUndefined();
    expect(calls.filter(({ action }) => action === 'cloudtrail:LookupEvents')).toEqual([]);
  });

  it('are a gap where the events may not be looked up', async () => {
    const observed = await observe(shop().refuse('cloudtrail:LookupEvents'), {
      facts: ['nodeRoleCalls'],
      kubernetes: true,
    });
    expect(gapsOf(observed, 'nodeRoleCalls')).toMatchObject([
      { location: region, missingPermission: 'cloudtrail:LookupEvents' },
    ]);
  });

  it('look at a few nodes of a cluster only', async () => {
    const builder = shop();
    const contents = builder.current.contents.get(arn('prod'));
    const [first] = contents?.nodes ?? [];
    if (!first || !contents) throw new Error('Cannot add nodes: the cluster has none to copy');
    contents.nodes = Array.from({ length: 40 }, (_, index) => ({
      ...first,
      name: `node-${index}`,
      instanceId: `i-000000000000001${String(index).padStart(2, '0')}`,
    }));
    builder.workload({
      cluster: 'prod',
      namespace: 'shop',
      serviceAccount: 'everywhere',
      pods: contents.nodes.map(({ name }) => ({ node: name })),
    });
    builder.recorded(
      region,
      ...contents.nodes.map((node) => ({
        ...call('sns.amazonaws.com', 'ListTopics', 'Boto3/1.26.0', node.instanceId),
        eventID: uuids(node.name)[0],
      })),
    );
    const observed = await observe(builder, { facts: ['nodeRoleCalls'], kubernetes: true });
    expect(valueOf(observed, 'nodeRoleCalls')).toHaveLength(4);
  });
});
