import cmekKey from '../../../shared/rules/gke/cmek-key.ts';
import type { GcpFacts } from '../../../shared/observation.ts';
import { testRule } from '../rule-tester.ts';
import {
  account,
  agents,
  bind,
  cluster,
  observe,
  pool,
  problemsOf,
  role,
  roleDefinitions,
} from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const key = 'projects/keys-prod/locations/europe-west1/keyRings/gke/cryptoKeys/secrets';
const keyRole = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';
const secrets = cluster({
  databaseEncryption: {
    state: 'ENCRYPTED',
    currentState: 'CURRENT_STATE_ENCRYPTED',
    keyName: key,
    errors: [],
  },
});
const disks = cluster({ nodePools: [pool({ bootDiskKmsKey: key })] });
const gke = account(agents.gkeAgent);

type Key = NonNullable<GcpFacts['kmsKeys'][string]>;

function keys(
  state: string | null,
  bindings: ReturnType<typeof bind>[],
  changes: Partial<Key> = {},
): GcpFacts['kmsKeys'] {
  return {
    [key]: {
      primary: { state: 'exists', value: { state, version: `${key}/cryptoKeyVersions/3` } },
      policies: [{ resource: key, state: 'read', policy: { bindings, auditConfigs: [] } }],
      ...changes,
    },
  };
}

const failing = cluster({
  conditions: [{ code: 'CLOUD_KMS_KEY_ERROR', canonicalCode: null, message: 'key cannot be used' }],
  nodePools: [pool({ bootDiskKmsKey: key })],
});

testRule(cmekKey, {
  healthy: observe({ gkeClusters: [secrets], kmsKeys: keys('ENABLED', [bind(keyRole, gke)]) }),
  passes: {
    'secrets are not encrypted with a key': observe({ kmsKeys: {} }),
    'a key that is left over from an encryption that was turned off': observe({
      gkeClusters: [
        cluster({ databaseEncryption: { state: 'DECRYPTED', currentState: null, keyName: key, errors: [] } }),
      ],
      kmsKeys: keys('DISABLED', []),
    }),
    'the role on the key ring': observe({
      gkeClusters: [secrets],
      kmsKeys: keys('ENABLED', [], {
        policies: [
          { resource: key, state: 'read', policy: { bindings: [], auditConfigs: [] } },
          {
            resource: 'projects/keys-prod/locations/europe-west1/keyRings/gke',
            state: 'read',
            policy: { bindings: [bind(keyRole, gke)], auditConfigs: [] },
          },
        ],
      }),
    }),
    'a custom role with the two permissions alone': observe({
      gkeClusters: [secrets],
      kmsKeys: keys('ENABLED', [bind('projects/keys-prod/roles/k', gke)]),
      roleDefinitions: {
        ...roleDefinitions,
        'projects/keys-prod/roles/k': role(
          'cloudkms.cryptoKeyVersions.useToDecrypt',
          'cloudkms.cryptoKeyVersions.useToEncrypt',
        ),
      },
    }),
    'an error of the past that is over': observe({
      gkeClusters: [
        cluster({
          databaseEncryption: {
            state: 'ENCRYPTED',
            currentState: 'CURRENT_STATE_ENCRYPTED',
            keyName: key,
            errors: [{ keyName: key, message: 'was disabled', time: null }],
          },
        }),
      ],
      kmsKeys: keys('ENABLED', [bind(keyRole, gke)]),
    }),
  },
  fails: {
    'the primary version is disabled': {
      given: observe({ gkeClusters: [secrets], kmsKeys: keys('DISABLED', [bind(keyRole, gke)]) }),
      finds: {
        [key]: {
          cause: /which shop \(europe-west1\) depends on, has a primary version that is DISABLED/,
          restsOn: ['kmsKeys'],
        },
      },
    },
    'the key is gone': {
      given: observe({ gkeClusters: [secrets], kmsKeys: keys(null, [], { primary: { state: 'missing' } }) }),
      finds: { [key]: { cause: /does not exist/, restsOn: ['kmsKeys'] } },
    },
    'there is no primary version': {
      given: observe({ gkeClusters: [secrets], kmsKeys: keys(null, [bind(keyRole, gke)]) }),
      finds: { [key]: { cause: /not there/, restsOn: ['kmsKeys'] } },
    },
    'the GKE agent may not use it for secrets': {
      given: observe({
        gkeClusters: [secrets],
        kmsKeys: keys('ENABLED', [bind(keyRole, account(agents.computeAgent))]),
      }),
      finds: {
        [`${key} for ${agents.gkeAgent}`]: {
          cause: /^The GKE service agent may not use the key .* for secrets of shop/,
          restsOn: ['kmsKeys'],
        },
      },
    },
    'the Compute agent may not use it for disks': {
      given: observe({ gkeClusters: [disks], kmsKeys: keys('ENABLED', [bind(keyRole, gke)]) }),
      finds: {
        [`${key} for ${agents.computeAgent}`]: {
          cause: /for disks of pool "pool-1" of shop/,
          restsOn: ['kmsKeys'],
        },
      },
    },
    'all looks right, and GKE itself reports an error': {
      given: observe({
        gkeClusters: [failing],
        kmsKeys: keys('ENABLED', [bind(keyRole, account(agents.computeAgent))]),
      }),
      finds: { [key]: { cause: /fails by what GKE reports/, restsOn: ['kmsKeys'] } },
    },
  },
  unknowns: {
    'the key was not read': {
      given: observe({ gkeClusters: [secrets], kmsKeys: {} }),
      why: /it was not asked for/,
    },
    'only its policy was read': {
      given: observe({
        gkeClusters: [secrets],
        kmsKeys: keys(null, [bind(keyRole, gke)], {
          primary: { state: 'unread', why: quoted('cloudkms.cryptoKeys.get was denied') },
        }),
      }),
      why: /cloudkms\.cryptoKeys\.get was denied/,
    },
    'the key project was not read': {
      given: observe({
        gkeClusters: [secrets],
        kmsKeys: keys('ENABLED', [], {
          policies: [
            { resource: key, state: 'read', policy: { bindings: [], auditConfigs: [] } },
            { resource: 'projects/keys-prod', state: 'unread', why: quoted('denied') },
          ],
        }),
      }),
      why: /projects\/keys-prod could not be read/,
    },
  },
});

describe('the fix', () => {
  const fixOf = (kmsKeys: GcpFacts['kmsKeys'], sick = secrets) =>
    problemsOf(cmekKey, observe({ gkeClusters: [sick], kmsKeys }))[0]?.fix;
  const at = '--key=secrets --keyring=gke --location=europe-west1 --project=keys-prod';

  it('enables a disabled version', () => {
    expect(fixOf(keys('DISABLED', []))?.commands).toEqual([`gcloud kms keys versions enable 3 ${at}`]);
  });

  it('restores one that is scheduled for destruction, then enables it', () => {
    expect(fixOf(keys('DESTROY_SCHEDULED', []))?.commands).toEqual([
      `gcloud kms keys versions restore 3 ${at}`,
      `gcloud kms keys versions enable 3 ${at}`,
    ]);
  });

  it('is advice for one that is destroyed', () => {
    expect(fixOf(keys('DESTROYED', []))).toMatchObject({ commands: [], verified: false });
  });

  it('is a proven grant on the key for secrets', () => {
    expect(fixOf(keys('ENABLED', []))).toMatchObject({
      verified: true,
      commands: [
        `gcloud kms keys add-iam-policy-binding secrets --keyring=gke --location=europe-west1 --member=${gke} --role=${keyRole} --condition=None --project=keys-prod`,
      ],
    });
  });

  it('is advice for disks until GKE reports an error', () => {
    expect(fixOf(keys('ENABLED', []), disks)).toMatchObject({ commands: [], verified: false });
    expect(fixOf(keys('ENABLED', []), failing)).toMatchObject({ verified: true });
  });
});
