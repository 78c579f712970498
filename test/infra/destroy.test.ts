import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { S3Client } from '@aws-sdk/client-s3';
import { readDestroyArguments } from '../../scripts/destroy/arguments.ts';
import { destroyStack } from '../../scripts/destroy/destroy-stack.ts';

/** Answers as CloudFormation (Query, XML) and S3 (REST, XML) do, for one stack and its buckets. */
interface Account {
  stack: string | null;
  /** Versions by bucket, `key#version`. */
  buckets: Record<string, string[]>;
  /** Versions that S3 refuses to delete. */
  locked: Set<string>;
  /** Logs that come into a bucket just before it is deleted. */
  late: string[];
}

const pageSize = 3;
let account: Account;
let server: Server;
let means: { cloudFormation: CloudFormationClient; s3: S3Client };

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const [status, body] = answer(request.method ?? '', url, Buffer.concat(chunks).toString());
      response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const config = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
  };
  means = {
    cloudFormation: new CloudFormationClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
  };
});

afterAll(async () => {
  means.cloudFormation.destroy();
  means.s3.destroy();
  server.close();
  await once(server, 'close');
});

beforeEach(() => {
  const versions = Array.from(
    { length: 7 },
    (_, index) => `reports/2026/01/0${index + 1}/report.json#v${index}`,
  );
  account = {
    stack: 'clusterwhy',
    buckets: { logs: ['log#v0'], reports: versions },
    locked: new Set(),
    late: [],
  };
});

function answer(method: string, url: URL, body: string): [status: number, body: string] {
  const [, bucket = '', ...key] = url.pathname.split('/');
  if (bucket === '') return cloudFormation(new URLSearchParams(body));
  const versions = account.buckets[bucket];
  if (!versions || key.join('')) return [404, '<Error><Code>NoSuchBucket</Code></Error>'];
  if (method === 'GET' && url.searchParams.has('versions')) return [200, listVersions(versions, url)];
  if (method === 'POST' && url.searchParams.has('delete')) return [200, deleteVersions(bucket, body)];
  if (method !== 'DELETE') return [405, '<Error><Code>MethodNotAllowed</Code></Error>'];
  if (bucket === 'logs') versions.push(...account.late.splice(0, 1));
  if (versions.length > 0) return [409, '<Error><Code>BucketNotEmpty</Code></Error>'];
  delete account.buckets[bucket];
  return [204, ''];
}

function cloudFormation(query: URLSearchParams): [status: number, body: string] {
  const name = query.get('StackName') ?? '';
  if (name !== account.stack)
    return [
      400,
      `<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id ${name} does not exist</Message></Error></ErrorResponse>`,
    ];
  if (query.get('Action') === 'DescribeStacks')
    return [
      200,
      `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
    ];
  const isFirst = query.get('NextToken') === null;
  const resource = (type: string, id: string, physical: string) =>
    `<member><ResourceType>${type}</ResourceType><LogicalResourceId>${id}</LogicalResourceId><PhysicalResourceId>${physical}</PhysicalResourceId></member>`;
  const members = isFirst
    ? resource('AWS::S3::Bucket', 'ReportsBucketAccessLogs1', 'logs') +
      resource('AWS::SQS::Queue', 'DeadLetters1', 'queue')
    : resource('AWS::S3::Bucket', 'ReportsBucketReports1', 'reports');
  const token = isFirst ? '<NextToken>2</NextToken>' : '';
  return [
    200,
    `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${members}</StackResourceSummaries>${token}</ListStackResourcesResult></ListStackResourcesResponse>`,
  ];
}

function listVersions(versions: string[], { searchParams }: URL): string {
  const marker = searchParams.get('version-id-marker');
  const left = marker === null ? versions : versions.filter((one) => (one.split('#')[1] ?? '') > marker);
  const page = left.slice(0, pageSize);
  const [key = '', version = ''] = page.at(-1)?.split('#') ?? [];
  const next = `<NextKeyMarker>${key}</NextKeyMarker><NextVersionIdMarker>${version}</NextVersionIdMarker>`;
  const element = (one: string, index: number) => {
    const name = index === 0 ? 'DeleteMarker' : 'Version';
    return `<${name}><Key>${one.split('#')[0]}</Key><VersionId>${one.split('#')[1]}</VersionId></${name}>`;
  };
  const isTruncated = left.length > page.length;
  return `<ListVersionsResult><IsTruncated>${isTruncated}</IsTruncated>${isTruncated ? next : ''}${page.map(element).join('')}</ListVersionsResult>`;
}

function deleteVersions(bucket: string, body: string): string {
  const asked = [...body.matchAll(/<Key>([^<]+)<\/Key><VersionId>([^<]+)<\/VersionId>/g)].map(
    ([, key, id]) => `${key}#${id}`,
  );
  const refused = asked.filter((one) => account.locked.has(one));
  account.buckets[bucket] = (account.buckets[bucket] ?? []).filter(
    (one) => !asked.includes(one) || refused.includes(one),
  );
  const errors = refused.map(
    (one) =>
      `<Error><Key>${one.split('#')[0]}</Key><Code>AccessDenied</Code><Message>Access Denied because object protected by object lock.</Message></Error>`,
  );
  return `<DeleteResult>${errors.join('')}</DeleteResult>`;
}

describe('npm run destroy', () => {
  /** Runs it where `cdk destroy` ends with a code, and has removed the stack or not. */
  async function destroy(args: string[], code = 0, removes = code === 0) {
    const said: string[] = [];
    const ran: (readonly string[])[] = [];
    const runCdk = (given: readonly string[]) => {
      ran.push(given);
      if (removes) account.stack = null;
      return code;
    };
    const say = (line: string) => void said.push(line);
    const exitCode = await destroyStack(readDestroyArguments(args, 'none.json'), { ...means, runCdk, say });
    return { exitCode, said, ran };
  }

  it('removes the stack, and keeps the reports', async () => {
    expect(await destroy(['--force', '--profile', 'prod'])).toEqual({
      exitCode: 0,
      said: ['Kept s3://reports', 'Kept s3://logs'],
      ran: [['destroy', '--all', '--force', '--profile', 'prod']],
    });
    expect(account.buckets['reports']).toHaveLength(7);
  });

  it('deletes the reports with all their versions where it is told to', async () => {
    expect(await destroy(['--delete-reports'])).toEqual({
      exitCode: 0,
      said: [
        'Deleted s3://reports with 7 versions of objects',
        'Deleted s3://logs with 1 versions of objects',
      ],
      ran: [['destroy', '--all']],
    });
    expect(account.buckets).toEqual({});
  });

  it('deletes the logs that come late', async () => {
    account.late = ['late#v1', 'later#v2'];
    const { said } = await destroy(['--delete-reports']);
    expect(said.at(-1)).toBe('Deleted s3://logs with 3 versions of objects');
    expect(account.buckets).toEqual({});
  });

  it('says what is locked, and deletes the rest', async () => {
    account.locked.add('reports/2026/01/03/report.json#v2');
    await expect(destroy(['--delete-reports'])).rejects.toThrow(
      /^Cannot delete reports: S3 keeps 1 of its objects \(reports\/2026\/01\/03\/report\.json: .* object lock/,
    );
    expect(account.buckets['reports']).toEqual(['reports/2026/01/03/report.json#v2']);
  });

  it('deletes no report while the stack is there', async () => {
    const refused = await destroy(['--delete-reports'], 0, false);
    expect(refused).toMatchObject({ exitCode: 1, said: [expect.stringContaining('still there')] });
    expect(await destroy(['--delete-reports'], 3)).toMatchObject({ exitCode: 3, said: [] });
    expect(account.buckets['reports']).toHaveLength(7);
  });

  it('says where it looked for a stack that is not there', async () => {
    await expect(destroy(['-c', 'stackName=other'])).rejects.toThrow(
      /^Cannot destroy other: there is no such stack in eu-west-1; .*AWS_REGION.*stackName/,
    );
  });
});

it('says what to check where CloudFormation does not answer', async () => {
  const nobody = new CloudFormationClient({
    region: 'eu-west-1',
    endpoint: 'http://127.0.0.1:1',
    maxAttempts: 1,
  });
  const quiet = { ...means, cloudFormation: nobody, runCdk: () => 0, say: () => undefined };
  await expect(destroyStack(readDestroyArguments([], 'none.json'), quiet)).rejects.toThrow(
    /^Cannot look for the stack clusterwhy: .*; check the credentials \(--profile\) and the region/,
  );
  nobody.destroy();
});

describe('the arguments of npm run destroy', () => {
  it.each([
    [[], { stackName: 'clusterwhy', deleteReports: false }],
    [['-c', 'stackName=a', '--context', 'stackName=b'], { stackName: 'b' }],
    [['--context=stackName=c', '-c', 'email=d@example.com'], { stackName: 'c' }],
    [['--profile=prod'], { profile: 'prod', forCdk: ['--profile=prod'] }],
    [['--delete-reports', '--force'], { deleteReports: true, forCdk: ['--force'] }],
  ])('of %j are %j', (args, expected) => {
    expect(readDestroyArguments(args, 'none.json')).toMatchObject(expected);
  });

  it('take the name of the stack from where the CDK keeps settings', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clusterwhy-context-'));
    try {
      writeFileSync(join(folder, 'cdk.context.json'), '{"stackName": "kept"}');
      const file = join(folder, 'cdk.context.json');
      expect(readDestroyArguments([], file).stackName).toBe('kept');
      expect(readDestroyArguments(['-c', 'stackName=given'], file).stackName).toBe('given');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
