import { AccountClient, paginateListRegions } from '@aws-sdk/client-account';
import {
  DescribeClusterCommand,
  EKSClient,
  ListClustersCommand,
  paginateListClusters,
} from '@aws-sdk/client-eks';
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  ListRolesCommand,
  paginateListRoles,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
  type Role,
} from '@aws-sdk/client-iam';
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from '@aws-sdk/client-sts';
import { expiredCredentialsOf } from './credentials.ts';
import { eksIssuer, providerArn } from './identifiers.ts';
import { startCloud, type RunningCloud } from './start.ts';
import { trusts, type PolicyDocument } from './trust.ts';
import { world } from './world-builder.ts';
import { data, healthyWorld, prodIssuer, shop } from './worlds/healthy.ts';

let cloud: RunningCloud;
let clients: { eks: EKSClient; iam: IAMClient; sts: STSClient; account: AccountClient };
beforeEach(async () => {
  cloud = await startCloud(healthyWorld(), { pageSize: 2 });
  const options = { ...cloud.clientOptions(shop), maxAttempts: 1 };
  clients = {
    eks: new EKSClient(options),
    iam: new IAMClient(options),
    sts: new STSClient(options),
    account: new AccountClient(options),
  };
});
afterEach(async () => {
  for (const client of Object.values(clients)) client.destroy();
  await cloud.close();
});

describe('EKS', () => {
  it('lists the clusters of the region that signed, page by page', async () => {
    const busy = world().account(shop, { regions: ['eu-west-1', 'us-east-1'] });
    for (const name of ['a', 'b', 'c']) busy.cluster({ name, region: 'eu-west-1' });
    const other = await startCloud(busy.cluster({ name: 'd', region: 'us-east-1' }).build(), { pageSize: 2 });
    const client = new EKSClient(other.clientOptions(shop));
    const pages: unknown[] = [];
    for await (const { clusters } of paginateListClusters({ client }, {})) pages.push(clusters);
    expect(pages).toEqual([['a', 'b'], ['c']]);
    client.destroy();
    await other.close();
  });

  it('describes a cluster with times, issuer and health', async () => {
    const { cluster } = await clients.eks.send(new DescribeClusterCommand({ name: 'prod' }));
    expect(cluster).toMatchObject({
      arn: `arn:aws:eks:eu-west-1:${shop}:cluster/prod`,
      status: 'ACTIVE',
      identity: { oidc: { issuer: prodIssuer } },
      health: { issues: [] },
      tags: { team: 'shop' },
    });
    expect(cluster?.createdAt).toBeInstanceOf(Date);
  });

  it('answers a modelled error for a cluster that is not there', async () => {
    await expect(clients.eks.send(new DescribeClusterCommand({ name: 'a b/c' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      clusterName: 'a b/c',
      message: 'No cluster found for name: a b/c.',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('refuses a token that it did not give', async () => {
    const listed = clients.eks.send(new ListClustersCommand({ nextToken: 'made up' }));
    await expect(listed).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('Account', () => {
  it('lists regions with their status, and filters them', async () => {
    const enabled: unknown[] = [];
    for await (const { Regions } of paginateListRegions(
      { client: clients.account },
      { RegionOptStatusContains: ['ENABLED', 'ENABLED_BY_DEFAULT'] },
    ))
      enabled.push(...(Regions ?? []).map(({ RegionName }) => RegionName));
    expect(enabled).toEqual(['eu-west-1', 'us-east-1', 'eu-central-1']);
  });
});

describe('IAM', () => {
  it('lists roles page by page, with policies encoded', async () => {
    const roles: Role[] = [];
    let pages = 0;
    for await (const { Roles = [] } of paginateListRoles({ client: clients.iam }, {})) {
      pages++;
      roles.push(...Roles);
    }
    expect(pages).toBe(3);
    expect(roles[1]?.Arn).toBe(`arn:aws:iam::${shop}:role/eks/ebs-csi-controller`);
    const policy = roles[1]?.AssumeRolePolicyDocument;
    expect(policy).toMatch(/^%7B%22Version%22%3A/);
    expect(JSON.parse(decodeURIComponent(policy ?? ''))).toHaveProperty('Statement');
  });

  it('filters roles by path and refuses markers of others', async () => {
    const { Roles } = await clients.iam.send(new ListRolesCommand({ PathPrefix: '/eks/' }));
    expect(Roles?.map(({ RoleName }) => RoleName)).toEqual(['ebs-csi-controller']);
    await expect(clients.iam.send(new ListRolesCommand({ Marker: 'x' }))).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  it('gets a role, and says so where there is none', async () => {
    const { Role } = await clients.iam.send(new GetRoleCommand({ RoleName: 'external-dns' }));
    expect(Role).toMatchObject({ MaxSessionDuration: 3600, Path: '/' });
    expect(Role?.CreateDate).toBeInstanceOf(Date);
    await expect(clients.iam.send(new GetRoleCommand({ RoleName: 'nobody' }))).rejects.toMatchObject({
      name: 'NoSuchEntityException',
      message: 'The role with name nobody cannot be found.',
    });
    await expect(clients.iam.send(new GetRoleCommand({ RoleName: '<b>' }))).rejects.toMatchObject({
      name: 'ValidationError',
    });
  });

  it('creates, extends and deletes providers', async () => {
    const Url = 'https://oidc.eks.eu-west-1.amazonaws.com/id/NEW';
    const { OpenIDConnectProviderArn } = await clients.iam.send(
      new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['a'] }),
    );
    await clients.iam.send(
      new AddClientIDToOpenIDConnectProviderCommand({
        OpenIDConnectProviderArn,
        ClientID: 'sts.amazonaws.com',
      }),
    );
    const provider = await clients.iam.send(
      new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }),
    );
    expect(provider).toMatchObject({ Url: Url.slice(8), ClientIDList: ['a', 'sts.amazonaws.com'] });
    const twice = clients.iam.send(new CreateOpenIDConnectProviderCommand({ Url }));
    await expect(twice).rejects.toMatchObject({ name: 'EntityAlreadyExistsException' });
    await clients.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    const { OpenIDConnectProviderList } = await clients.iam.send(new ListOpenIDConnectProvidersCommand({}));
    expect(OpenIDConnectProviderList).toHaveLength(3);
  });

  it('creates and changes roles', async () => {
    const RoleName = 'made';
    const AssumeRolePolicyDocument = JSON.stringify(trusts(providerArn(shop, prodIssuer), 'a'));
    await clients.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    const PolicyDocument = JSON.stringify(trusts(providerArn(shop, prodIssuer), 'ü & <b>'));
    await clients.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    await clients.iam.send(new UpdateRoleCommand({ RoleName, MaxSessionDuration: 43_200 }));
    const { Role } = await clients.iam.send(new GetRoleCommand({ RoleName }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(PolicyDocument);
    expect(Role?.MaxSessionDuration).toBe(43_200);
  });

  it.each([
    ['that is no JSON', '{', 'MalformedPolicyDocumentException'],
    [
      'without a principal',
      '{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}',
      'MalformedPolicyDocumentException',
    ],
    [
      'with an action of another service',
      '{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}}',
      'MalformedPolicyDocumentException',
    ],
    [
      'that is too long',
      JSON.stringify(trusts(providerArn(shop, prodIssuer), 'x'.repeat(2048))),
      'LimitExceededException',
    ],
  ])('refuses a trust policy %s', async (_, PolicyDocument, name) => {
    const updated = clients.iam.send(
      new UpdateAssumeRolePolicyCommand({ RoleName: 'external-dns', PolicyDocument }),
    );
    await expect(updated).rejects.toMatchObject({ name });
  });
});

describe('STS', () => {
  const tokenOf = (claims: object) => `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
  const claims = {
    iss: prodIssuer,
    sub: 'system:serviceaccount:kube-system:external-dns',
    aud: ['sts.amazonaws.com'],
    exp: 4_102_444_800,
  };
  const RoleArn = `arn:aws:iam::${shop}:role/external-dns`;
  /** Without credentials: the call is not signed. */
  const assume = async (
    given: Partial<typeof claims>,
    more: { RoleArn?: string; DurationSeconds?: number } = {},
  ) => {
    const client = new STSClient({ endpoint: cloud.endpoint, region: 'eu-west-1', maxAttempts: 1 });
    const WebIdentityToken = tokenOf({ ...claims, ...given });
    const input = { RoleArn, RoleSessionName: 'pod', WebIdentityToken, ...more };
    return client.send(new AssumeRoleWithWebIdentityCommand(input)).finally(() => client.destroy());
  };

  it('tells who calls', async () => {
    const { Account, Arn } = await clients.sts.send(new GetCallerIdentityCommand({}));
    expect([Account, Arn]).toEqual([shop, `arn:aws:iam::${shop}:user/auditor`]);
  });

  it('lets a pod in, records it, and knows the session it gave', async () => {
    const { Credentials, SubjectFromWebIdentityToken } = await assume({});
    expect(SubjectFromWebIdentityToken).toBe(claims.sub);
    const session = new STSClient({
      endpoint: cloud.endpoint,
      region: 'eu-west-1',
      credentials: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    });
    const { Arn } = await session.send(new GetCallerIdentityCommand({}));
    expect(Arn).toBe(`arn:aws:sts::${shop}:assumed-role/external-dns/pod`);
    session.destroy();
    const record = cloud.account(shop).recorded.get('us-east-1')?.recordAt(0);
    expect(record).toMatchObject({
      eventName: 'AssumeRoleWithWebIdentity',
      userIdentity: { userName: claims.sub },
    });
    expect(record).not.toHaveProperty('errorCode');
  });

  it.each<[string, Parameters<typeof assume>, string, string]>([
    [
      'another subject',
      [{ sub: 'system:serviceaccount:a:b' }],
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'a role that is not there',
      [{}, { RoleArn: `${RoleArn}s` }],
      'AccessDenied',
      'Not authorized to perform sts:AssumeRoleWithWebIdentity',
    ],
    [
      'an impossible ARN',
      [{}, { RoleArn: 'arn:aws:iam::::1234567890:role/x' }],
      'ValidationError',
      'Request ARN is invalid',
    ],
    [
      'an issuer that is no provider',
      [{ iss: eksIssuer('eu-west-1', 'other') }],
      'InvalidIdentityTokenException',
      'No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.',
    ],
    ['another audience', [{ aud: ['other'] }], 'InvalidIdentityTokenException', 'Incorrect token audience'],
    [
      'an expired token',
      [{ exp: 1_704_574_064 }],
      'ExpiredTokenException',
      'must be before the expiration date/time 1704574064',
    ],
    [
      'a long session',
      [{}, { DurationSeconds: 43_200 }],
      'ValidationError',
      'exceeds the MaxSessionDuration',
    ],
  ])('refuses %s', async (_, call, name, message) => {
    await expect(assume(...call)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message) as string,
    });
  });

  it('lets in nobody whom a statement that it does not know might keep out', async () => {
    const [role] = cloud.account(shop).roles;
    if (!role) throw new Error('The world has no role');
    const { Statement, ...policy } = JSON.parse(role.trustPolicy) as PolicyDocument;
    const deny = { Effect: 'Deny', NotPrincipal: {}, Action: '*', Condition: { Bool: { 'aws:x': 'true' } } };
    role.trustPolicy = JSON.stringify({ ...policy, Statement: [...Statement, deny] });
    await expect(assume({})).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('records a denial without its reason', async () => {
    await expect(assume({ sub: 'system:serviceaccount:a:b' })).rejects.toThrow();
    expect(cloud.account(shop).recorded.get('us-east-1')?.recordAt(0)).toMatchObject({
      errorCode: 'AccessDenied',
      errorMessage: 'An unknown error occurred',
      requestParameters: { roleArn: RoleArn, roleSessionName: 'pod' },
      responseElements: null,
    });
  });

  it('opens a session in another account for roles that trust accounts', async () => {
    const trust = {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${shop}:root` },
      Action: 'sts:AssumeRole',
    };
    const reader = {
      ...cloud.account(data).roles[0],
      name: 'reader',
      arn: `arn:aws:iam::${data}:role/reader`,
    };
    cloud.account(data).roles.push({ ...reader, trustPolicy: JSON.stringify({ Statement: trust }) } as never);
    const assumed = await clients.sts.send(
      new AssumeRoleCommand({ RoleArn: reader.arn, RoleSessionName: 'audit' }),
    );
    expect(assumed.AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${data}:assumed-role/reader/audit`);
    const refused = new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${data}:role/lake-reader`,
      RoleSessionName: 'a',
    });
    await expect(clients.sts.send(refused)).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('whoever calls', () => {
  const list = async (options: Partial<ConstructorParameters<typeof EKSClient>[0]> & object) => {
    const client = new EKSClient({ ...cloud.clientOptions(shop), maxAttempts: 1, ...options });
    return client.send(new ListClustersCommand({})).finally(() => client.destroy());
  };

  it('belongs to the account of the access key', async () => {
    const client = new IAMClient(cloud.clientOptions(data));
    const { Roles } = await client.send(new ListRolesCommand({}));
    expect(Roles?.map(({ RoleName }) => RoleName)).toEqual(['lake-reader']);
    client.destroy();
  });

  it('is refused with a key that no account has', async () => {
    const credentials = { accessKeyId: 'AKIAOTHER', secretAccessKey: 'x' };
    await expect(list({ credentials })).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
    const iam = new IAMClient({ ...cloud.clientOptions(shop), credentials });
    await expect(iam.send(new ListRolesCommand({}))).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    iam.destroy();
  });

  it('is refused with a key that has expired', async () => {
    const credentials = expiredCredentialsOf(shop);
    await expect(list({ credentials })).rejects.toMatchObject({ name: 'ExpiredTokenException' });
  });

  it('is unknown in a region that the account has not enabled', async () => {
    await expect(list({ region: 'ap-east-1' })).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
    });
  });

  it('is told which action it may not call, on what, and why', async () => {
    cloud
      .account(shop)
      .refusals.push({ action: 'eks:ListClusters', region: 'eu-west-1' }, { action: 'iam:*' });
    await expect(list({})).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: arn:aws:iam::${shop}:user/auditor is not authorized to perform: eks:ListClusters on resource: arn:aws:eks:eu-west-1:${shop}:cluster/* because no identity-based policy allows the eks:ListClusters action`,
      $metadata: { httpStatusCode: 403 },
    });
    await expect(list({ region: 'us-east-1' })).resolves.toMatchObject({ clusters: ['staging'] });
    await expect(clients.iam.send(new ListRolesCommand({}))).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(cloud.calls.map(({ action, region, outcome }) => [action, region, outcome])).toEqual([
      ['eks:ListClusters', 'eu-west-1', 'AccessDeniedException'],
      ['eks:ListClusters', 'us-east-1', 'ok'],
      ['iam:ListRoles', 'us-east-1', 'AccessDenied'],
    ]);
  });

  it('meets the faults that were switched on, as often as was said', async () => {
    cloud.fail('eks:ListClusters', {
      times: 2,
      error: { code: 'ServerException', status: 500 },
      region: 'eu-west-1',
    });
    cloud.fail('eks:ListClusters', { hangUp: 'before' });
    await expect(list({ region: 'us-east-1' })).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(list({})).rejects.toMatchObject({ name: 'ServerException' });
    await expect(list({ maxAttempts: 2 })).resolves.toMatchObject({ $metadata: { attempts: 2 } });
  });

  it.each([
    ['/no/such/path', 404, 'UnknownOperationException'],
    ['/clusters/%zz', 400, 'SerializationException'],
    ['//', 404, 'UnknownOperationException'],
  ])('gets an answer of its service for %s', async (path, status, code) => {
    const answer = await fetch(cloud.endpoint + path, {
      headers: { authorization: `Credential=AKIASIMU${shop}/20260101/eu-west-1/eks/aws4_request` },
    });
    expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([status, code]);
  });

  it('must sign, but for what STS gives to all', async () => {
    const answer = await fetch(`${cloud.endpoint}/?Action=GetCallerIdentity`);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining('MissingAuthenticationToken'),
    ]);
    expect((await fetch(`${cloud.endpoint}/?Action=constructor`)).status).toBe(404);
  });
});

describe('discovery documents', () => {
  it('answer for issuers that live and for no others', async () => {
    const document = (issuer: string) =>
      fetch(`${cloud.discoveryBaseUrl}/${issuer.slice(8)}/.well-known/openid-configuration`);
    const live = await document(prodIssuer);
    expect(await live.json()).toMatchObject({ issuer: prodIssuer, jwks_uri: `${prodIssuer}/keys` });
    expect((await document(eksIssuer('eu-west-1', 'gone'))).status).toBe(404);
  });
});
