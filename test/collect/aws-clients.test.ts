import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { ListRolesCommand } from '@aws-sdk/client-iam';
import { makeAwsClients, makeDeliveryClients } from '../../functions/aws-clients.ts';
import { awsReaders, collectAws } from '../../shared/collect/aws/account.ts';
import { startCloud } from '../cloud/start.ts';
import { healthyWorld, shop } from '../cloud/worlds/healthy.ts';

const names = [
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_PROFILE',
  'AWS_CONFIG_FILE',
  'AWS_SHARED_CREDENTIALS_FILE',
];
const before = new Map(names.map((name) => [name, process.env[name]]));

beforeEach(() => {
  for (const name of names) delete process.env[name];
  process.env['AWS_CONFIG_FILE'] = '/dev/null';
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null';
});

afterAll(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

describe('makeAwsClients()', () => {
  it('works from us-east-1 where no region is set, else from the one that is', async () => {
    await expect(makeAwsClients().sts.config.region()).resolves.toBe('us-east-1');
    process.env['AWS_REGION'] = 'eu-central-1';
    await expect(makeAwsClients().iam.config.region()).resolves.toBe('eu-central-1');
    await expect(makeAwsClients({ region: 'eu-west-3' }).sts.config.region()).resolves.toBe('eu-west-3');
  });

  it('keeps one client for each region', async () => {
    const clients = makeAwsClients();
    expect(clients.eks('eu-west-1')).toBe(clients.eks('eu-west-1'));
    expect(clients.eks('eu-west-1')).not.toBe(clients.eks('eu-west-2'));
    await expect(clients.cloudTrail('eu-west-2').config.region()).resolves.toBe('eu-west-2');
  });

  it('asks for credentials once, however many clients use them', async () => {
    const cloud = await startCloud(healthyWorld(), { lookupsPerSecond: Infinity });
    let asked = 0;
    const credentials = async () => {
      asked++;
      return { ...cloud.credentials(shop), expiration: new Date(Date.now() + 3600_000) };
    };
    const clients = makeAwsClients({ endpoint: cloud.endpoint, region: 'eu-west-1', credentials });
    const now = new Date();
    const window = { from: new Date(now.getTime() - 3600_000), to: now };
    const { discoveryBaseUrl } = cloud;
    const { readings } = await collectAws({ clients, now, window, discoveryBaseUrl, kubernetes: true });
    await cloud.close();
    expect(Object.values(readings).map(({ state }) => state)).toEqual(
      Object.keys(awsReaders).map(() => 'whole'),
    );
    expect(asked).toBe(1);
  });

  it('asks again where AWS throttles, but leaves LookupEvents to its reader', async () => {
    const cloud = await startCloud(healthyWorld());
    const error = { code: 'Throttling', status: 400 };
    const clients = makeAwsClients({
      endpoint: cloud.endpoint,
      region: 'eu-west-1',
      credentials: cloud.credentials(shop),
    });
    cloud.fail('iam:ListRoles', { times: 2, error });
    cloud.fail('cloudtrail:LookupEvents', { error });
    await expect(clients.iam.send(new ListRolesCommand({}))).resolves.toHaveProperty('Roles');
    const lookUp = clients.cloudTrail('eu-west-1').send(new LookupEventsCommand({}));
    await expect(lookUp).rejects.toMatchObject({ name: 'Throttling' });
    await cloud.close();
  });
});

describe('makeDeliveryClients()', () => {
  it('makes clients for the same endpoint', async () => {
    const { s3, sns, ses } = makeDeliveryClients({ endpoint: 'http://localhost:1', region: 'eu-west-1' });
    for (const { config } of [s3, sns, ses]) {
      expect(await config.endpoint?.()).toMatchObject({ hostname: 'localhost', port: 1 });
      expect(await config.region()).toBe('eu-west-1');
    }
    expect(s3.config.forcePathStyle).toBe(true);
  });
});
