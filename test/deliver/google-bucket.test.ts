/** Texts in a bucket of Cloud Storage, with the real client against the simulated API. */
import { makeGoogleClients } from '../../functions/google-auth.ts';
import { changeText, type Bucket } from '../../shared/deliver/bucket.ts';
import { googleBucketPermissions, openGoogleBucket } from '../../shared/deliver/google-bucket.ts';
import { readGoogleSettings } from '../../shared/google-settings.ts';
import { unavailable } from '../cloud/google/google-error.ts';
import { startGoogleCloud, type GoogleCloud } from '../cloud/google/start-google-cloud.ts';
import { AUDITOR_TOKEN, GoogleWorld } from '../cloud/google/world.ts';

const name = 'ops-audit-clusterwhy';

let cloud: GoogleCloud;
let bucket: Bucket;
beforeAll(async () => {
  cloud = await startGoogleCloud(new GoogleWorld(new Date()));
  const settings = readGoogleSettings(cloud.environment());
  const auth = async () => (await makeGoogleClients(settings)).auth;
  bucket = openGoogleBucket({ auth, endpoint: settings.storage }, name);
});
afterAll(() => cloud.close());
beforeEach(() => {
  cloud.world.buckets.clear();
  cloud.world.bucket(name, googleBucketPermissions);
});

it.each([
  ['plain text', 'reports/google/runs/1/plan.json', 'a-token, no JSON'],
  ['JSON', 'reports/google/runs/1/batch-0001.json', '{\n  "a": "ü 🔑"\n}\n'],
  ['nothing', 'empty', ''],
  ['a name that has to be encoded', 'reports/a b/ü?#&=%2F+', '[]'],
])('keeps %s as it is', async (_, key, text) => {
  expect(await bucket.read(key)).toBeNull();
  expect(await bucket.create(key, text)).toBe(true);
  const stored = await bucket.read(key);
  expect(stored?.text).toBe(text);
  expect(Math.abs((stored?.writtenMs ?? 0) - Date.now())).toBeLessThan(60_000);
  expect([...(cloud.world.buckets.get(name)?.keys() ?? [])]).toEqual([key]);
});

it('creates once, and replaces only what is as it was', async () => {
  expect([await bucket.create('key', '1'), await bucket.create('key', '2')]).toEqual([true, false]);
  const { etag = '' } = (await bucket.read('key')) ?? {};
  expect([await bucket.replace('key', '3', etag), await bucket.replace('key', '4', etag)]).toEqual([
    true,
    false,
  ]);
  await bucket.write('key', '5');
  expect((await bucket.read('key'))?.text).toBe('5');
});

it('loses nothing where two change it at the same time', async () => {
  const add = (item: string) => changeText(bucket, 'list', (text) => `${text ?? ''}${item}`);
  await Promise.all(['a', 'b', 'c', 'd'].map(add));
  expect([...((await bucket.read('list'))?.text ?? '')].sort()).toEqual(['a', 'b', 'c', 'd']);
});

it('asks again where the service is not available', async () => {
  cloud.fail({ api: 'STORAGE', path: /upload/, times: 2, answer: unavailable() });
  expect(await bucket.create('key', '1')).toBe(true);
  cloud.fail({ api: 'STORAGE', times: 1, answer: unavailable() });
  expect((await bucket.read('key'))?.text).toBe('1');
});

it.each<[string, () => Promise<unknown>]>([
  ['read', () => bucket.read('key')],
  ['write', () => bucket.create('key', '1')],
])('says what is missing where it may not %s', async (action, act) => {
  cloud.world.tokens.get(AUDITOR_TOKEN)!.also = [];
  await expect(act()).rejects.toThrow(
    new RegExp(
      `Cannot ${action} gs://${name}/key: .*denied.*grant storage.objects.create, .* on this bucket`,
    ),
  );
});

it('uses no other permission than those that it tells', async () => {
  cloud.access.uses.length = 0;
  await bucket.create('key', '1');
  await bucket.write('key', '2');
  await bucket.read('key');
  await bucket.read('no-such-key');
  expect(cloud.access.permissionsUsed()).toEqual([...googleBucketPermissions].sort());
});
