import type { GkeCluster } from '../../domain/google-cluster.ts';
import type { PolicyLevel } from '../../domain/google-policy.ts';
import type { GcpFacts } from '../../observation.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { encodePath } from './google-api.ts';
import { ancestorPermissions, levelGap, policyPermission } from './iam-policies.ts';
import { fewGaps } from './look-up-each.ts';
import { lookupGap } from './lookup-gap.ts';
import { parsePolicy, type PolicyAnswer } from './parse-policy.ts';
import { isMissing, whyNot } from './refusal.ts';
import { projectLevels, type GcpRun } from './run.ts';
import { unreadFor, type GcpSource } from './source.ts';

type KmsKey = GcpFacts['kmsKeys'][string];

const keyPermission = 'cloudkms.cryptoKeys.get';

/** The keys that clusters and pools name, and who may use them: on the key, its ring, its project and above. */
export const kmsKeysReader: Reader<GcpSource, GcpFacts['kmsKeys']> = {
  permissions: [
    keyPermission,
    'cloudkms.cryptoKeys.getIamPolicy',
    'cloudkms.keyRings.getIamPolicy',
    'resourcemanager.projects.get',
    policyPermission,
    ...ancestorPermissions,
  ],
  async read(source) {
    const clusters = await source.reading('gkeClusters');
    if (!('value' in clusters)) return unreadFor(keysUsed, clusters);
    const names = [...new Set(clusters.value.flatMap(keysOf))].filter((name) => keyName.test(name)).sort();
    const keys = await readEach(names, 4, async (name) => [name, await readKey(source.run, name)] as const);
    const gaps = keys.flatMap(([, { primary, policies }]) => [
      ...lookupGap(primary),
      ...policies.flatMap(levelGap),
    ]);
    return readingOf(Object.fromEntries(keys), fewGaps(gaps));
  },
};

const keysUsed = { en: 'Which keys the clusters use', ja: 'クラスターがどの鍵を使うか' };

const keyName = /^(projects\/([^/]+)\/locations\/[^/]+\/keyRings\/[^/]+)\/cryptoKeys\/[^/]+$/;

function keysOf({ databaseEncryption, autoprovisioning, nodePools }: GkeCluster): string[] {
  const names = [
    databaseEncryption?.state === 'ENCRYPTED' ? databaseEncryption.keyName : null,
    autoprovisioning?.bootDiskKmsKey,
    ...nodePools.map(({ bootDiskKmsKey }) => bootDiskKmsKey),
  ];
  return names.flatMap((name) => name ?? []);
}

async function readKey(run: GcpRun, name: string): Promise<KmsKey> {
  const [, ring = '', project = ''] = keyName.exec(name) ?? [];
  return {
    primary: await readPrimary(run, name),
    policies: [
      await readLevel(run, name, 'cryptoKeys'),
      await readLevel(run, ring, 'keyRings'),
      ...(await projectLevels(run, project)),
    ],
  };
}

async function readPrimary({ api }: GcpRun, name: string): Promise<KmsKey['primary']> {
  try {
    const key = await api.call<{ primary?: { name?: string; state?: string } }>({
      api: 'cloudkms',
      path: `v1/${encodePath(name)}`,
    });
    const { state = null, name: version = null } = key.primary ?? {};
    return { state: 'exists', value: { state, version } };
  } catch (error) {
    if (isMissing(error)) return { state: 'missing' };
    return {
      state: 'unread',
      why: whyNot(error, {
        action: { en: `read the key ${name}`, ja: `鍵 ${name} を取得` },
        permission: keyPermission,
      }),
    };
  }
}

async function readLevel(
  { api }: GcpRun,
  resource: string,
  kind: 'cryptoKeys' | 'keyRings',
): Promise<PolicyLevel> {
  try {
    const policy = await api.call<PolicyAnswer>({
      api: 'cloudkms',
      path: `v1/${encodePath(resource)}:getIamPolicy`,
      query: { 'options.requestedPolicyVersion': 3 },
    });
    return { resource, state: 'read', policy: parsePolicy(policy) };
  } catch (error) {
    const permission = `cloudkms.${kind}.getIamPolicy`;
    return {
      resource,
      state: 'unread',
      why: whyNot(error, {
        action: { en: `read the IAM policy of ${resource}`, ja: `${resource} の IAM ポリシーを取得` },
        permission,
      }),
    };
  }
}
