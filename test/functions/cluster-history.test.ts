/** What is kept of clusters from run to run, in a file and in a bucket. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import {
  bucketHistory,
  clusterHistoryKey,
  fileHistory,
  readHistory,
  type HistoryStore,
} from '../../functions/cluster-history.ts';
import { openBucket } from '../../shared/deliver/bucket.ts';
import type { Observation } from '../../shared/observation.ts';
import { startCloud, type RunningCloud } from '../cloud/start.ts';
import { healthyWorld } from '../cloud/worlds/healthy.ts';
import { cluster, observe } from '../rules/gke/gke-observation.ts';

const account = '111122223333';
const bucket = 'clusterwhy-reports';

let folder: string;
let path: string;
let cloud: RunningCloud;
let client: S3Client;
beforeAll(async () => {
  cloud = await startCloud(healthyWorld());
  cloud.account(account).refusals.push({ action: 's3:ListBucket' });
  client = new S3Client({ ...cloud.clientOptions(account), forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await cloud.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cluster-history-'));
  path = join(folder, 'state', 'clusters.json');
  cloud.s3.get(bucket)?.clear();
});
afterEach(() => rmSync(folder, { recursive: true }));

const stores: [string, () => HistoryStore, (text: string) => void][] = [
  ['a file', () => fileHistory(path), (text) => writeFileSync(path, text)],
  [
    'a bucket that may not be listed',
    () => bucketHistory(openBucket(client, bucket)),
    (text) => {
      const body = Buffer.from(text);
      const object = { body, etag: '"x"', contentType: '', lastModified: new Date(), metadata: {} };
      cloud.s3.get(bucket)?.set(clusterHistoryKey, object);
    },
  ],
];

function observed(project: string, names: string[] | null): Observation {
  const clusters = (names ?? []).map((name) => cluster({ name }));
  const observation = observe({ gkeClusters: clusters });
  const unread = { gkeClusters: { state: 'unread' as const, gaps: [] } };
  return {
    ...observation,
    place: { cloud: 'gcp', account: project },
    readings: { ...observation.readings, ...(names ? {} : unread) },
  };
}

async function names(store: HistoryStore): Promise<Record<string, string[]>> {
  const known = await store.read();
  return Object.fromEntries([...known].map(([project, seen]) => [project, seen.map(({ name }) => name)]));
}

describe.each(stores)('%s', (_, open, put) => {
  it('is empty before the first run, and holds what the runs saw', async () => {
    expect(await names(open())).toEqual({});
    await open().add([observed('shop-prod', ['shop']), observed('web-prod', ['web', 'old'])]);
    await open().add([observed('web-prod', ['web'])]);
    expect(await names(open())).toEqual({ 'shop-prod': ['shop'], 'web-prod': ['web', 'old'] });
  });

  it('keeps what it knows of a project whose clusters were not read', async () => {
    await open().add([observed('shop-prod', ['shop'])]);
    await open().add([observed('shop-prod', null)]);
    expect(await names(open())).toEqual({ 'shop-prod': ['shop'] });
  });

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"shop-prod":[{}]}',
    '{"shop-prod":[{"name":"a","location":"b","id":null,"endpoint":null,"caSha256":null,"lastSeen":"never"}]}',
  ])('that is none is not read, and is begun anew: %s', async (text) => {
    await open().add([]);
    put(text);
    await expect(open().read()).rejects.toThrow(
      /it is not what this version writes; the next run begins it anew/,
    );
    expect(await readHistory(open())).toMatchObject({ state: 'unread', gaps: [{ location: null }] });
    await open().add([observed('shop-prod', ['shop'])]);
    expect(await names(open())).toEqual({ 'shop-prod': ['shop'] });
  });
});

it('in a bucket, loses nothing where runs end at the same time', async () => {
  const projects = ['shop-prod', 'web-prod', 'mail-prod'];
  await Promise.all(
    projects.map((id) => bucketHistory(openBucket(client, bucket)).add([observed(id, [id])])),
  );
  expect(Object.keys(await names(bucketHistory(openBucket(client, bucket)))).sort()).toEqual(
    [...projects].sort(),
  );
});

it('in a file, is for its owner alone, and leaves nothing beside it', async () => {
  await fileHistory(path).add([observed('shop-prod', ['shop'])]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(folder, 'state'))).toEqual(['clusters.json']);
});

it('says what to do where the file cannot be read or written', async () => {
  const below = fileHistory(join(folder, 'file', 'clusters.json'));
  writeFileSync(join(folder, 'file'), '');
  await expect(below.read()).rejects.toThrow(/^Cannot read .*clusters\.json: ENOTDIR.*; make it readable$/);
  await expect(below.add([])).rejects.toThrow(/^Cannot read .*; make it readable$/);
  await expect(fileHistory(folder).add([])).rejects.toThrow(/^Cannot read/);
});
