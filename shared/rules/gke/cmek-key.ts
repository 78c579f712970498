import { holdsPermissions, type Access, type Verdict } from '../../domain/google-access.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { gkeIdentities } from '../../domain/google-identity.ts';
import { keysOf, parseKey, type KeyUse } from '../../domain/google-key.ts';
import type { Lookup } from '../../domain/google-policy.ts';
import { accountMember } from '../../domain/google-project.ts';
import { ownEntry } from '../../domain/own-entry.ts';
import { rule, type Evidence, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { grantFix, unproven } from './telling/grant-fix.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence, reasonFor } from './telling/verdict-reason.ts';
import { inLanguage } from '../../words.ts';

const keyRole = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';

export default rule({
  id: 'gke/cmek-key',
  title: 'A key that a cluster depends on cannot be used',
  severity: 'critical',
  why: 'Without its key the control plane cannot read secrets, and nodes with encrypted boot disks do not start.',
  references: [
    'https://cloud.google.com/kubernetes-engine/docs/how-to/encrypting-secrets',
    'https://cloud.google.com/kubernetes-engine/docs/how-to/using-cmek',
    'https://cloud.google.com/kms/docs/enable-disable',
  ],
  needs: {
    project: 'whole',
    gkeClusters: 'partial',
    kmsKeys: 'supporting',
    roleDefinitions: 'supporting',
  },
  check({ facts, time }): (Problem | Unknown)[] {
    const uses = facts.gkeClusters.flatMap(keysOf);
    const names = [...new Set(uses.map(({ key }) => key))].sort();
    return names.flatMap((key): (Problem | Unknown)[] => {
      const found = ownEntry(facts.kmsKeys, key);
      const access: Access = {
        policies: found?.policies ?? [{ resource: key, state: 'unread', why: 'it was not asked for' }],
        roles: facts.roleDefinitions,
        time,
      };
      const primary = found?.primary ?? { state: 'unread' as const, why: 'it was not asked for' };
      const own = uses.filter((use) => use.key === key);
      return judgeKey({ key, uses: own, primary, access, projectNumber: facts.project.number });
    });
  },
});

interface Key {
  key: string;
  uses: KeyUse[];
  primary: Lookup<{ state: string | null; version: string | null }>;
  access: Access;
  projectNumber: string;
}

/** A key that is off, missing, or refused to the agent: in that order, for each explains the next. */
function judgeKey(key: Key): (Problem | Unknown)[] {
  const { primary } = key;
  if (primary.state === 'missing') return [stateProblem(key, 'does not exist', gone)];
  if (primary.state === 'exists' && primary.value.state !== 'ENABLED')
    return [
      stateProblem(
        key,
        `has a primary version that is ${primary.value.state ?? 'not there'}`,
        restoreFix(key.key, primary.value),
      ),
    ];
  const found = [...agentOutcome(key, 'secrets'), ...agentOutcome(key, 'disks')];
  if (found.length > 0) return found;
  if (primary.state === 'unread') return [{ unknown: `whether ${key.key} is enabled: ${primary.why}` }];
  const says = reports(key.uses);
  return says.length > 0 ? [stateProblem(key, 'fails by what GKE reports', reported)] : [];
}

function stateProblem({ key, uses }: Key, what: string, fix: Fix): Problem {
  return {
    location: null,
    cluster: null,
    subject: { kind: 'key', name: parseKey(key)?.key ?? key, id: key },
    cause: `The key ${key}, which ${listNames(uses.map(describeUse), 3)} depend${uses.length === 1 ? 's' : ''} on, ${what}.`,
    evidence: [{ label: 'Used by', value: listNames(uses.map(describeUse), 20) }, ...reports(uses)],
    fix,
  };
}

function agentOutcome(key: Key, purpose: KeyUse['purpose']): (Problem | Unknown)[] {
  const uses = key.uses.filter((use) => use.purpose === purpose);
  if (uses.length === 0) return [];
  const { gkeAgent, computeAgent } = gkeIdentities(key.projectNumber);
  const email = purpose === 'secrets' ? gkeAgent : computeAgent;
  const verdict = judgeUse(key.access, accountMember(email));
  const name = purpose === 'secrets' ? 'GKE service agent' : 'Compute Engine service agent';
  if (verdict.state === 'allowed') return [];
  if (verdict.state === 'unknown')
    return [{ unknown: `whether the ${name} may use ${key.key}: ${listNames(verdict.why, 2)}` }];
  // For boot disks GKE documents the agent, not when it is asked: until GKE reports an error, it is advice.
  const isCertain = purpose === 'secrets' || reports(uses).length > 0;
  const fix = grantOnKey(key, email, name);
  return [
    {
      location: null,
      cluster: null,
      ...(isCertain ? {} : { severity: 'medium' as const }),
      subject: { kind: 'key', name: parseKey(key.key)?.key ?? key.key, id: `${key.key} for ${email}` },
      cause: `The ${name} may not use the key ${key.key} for ${purpose} of ${listNames(uses.map(describeUse), 3)}: ${reasonFor(verdict, keyRole, key.key)}.`,
      evidence: [
        { label: 'Principal', value: accountMember(email) },
        ...nearEvidence(verdict),
        ...reports(uses),
      ],
      fix: isCertain
        ? fix
        : {
            summary: `Advice: ${inLanguage(fix.summary, 'en').replace(/^Advice: /, '')}`,
            commands: [],
            verified: false,
          },
    },
  ];
}

/** A custom role may well hold no more than these two. */
function judgeUse(access: Access, principal: string): Verdict {
  const permissions = ['cloudkms.cryptoKeyVersions.useToDecrypt', 'cloudkms.cryptoKeyVersions.useToEncrypt'];
  return holdsPermissions(access, principal, permissions, [keyRole]);
}

function grantOnKey({ key, access }: Key, email: string, name: string): Fix {
  const member = accountMember(email);
  const parts = parseKey(key);
  const summary = `Grant the ${name} ${keyRole} on the key.`;
  if (!parts) return unproven(summary);
  return grantFix({
    binding: { resource: key, role: keyRole, member },
    command: sh`gcloud kms keys add-iam-policy-binding ${parts.key} --keyring=${parts.keyRing} --location=${parts.location} --member=${member} --role=${keyRole} --condition=None --project=${parts.project}`,
    access,
    judge: judgeUse,
    summary,
  });
}

/** A disabled version is enabled; one that is scheduled for destruction is restored first; a destroyed one is lost. */
function restoreFix(key: string, { state, version }: { state: string | null; version: string | null }): Fix {
  const parts = parseKey(key);
  const number = version?.split('/').at(-1);
  if (!parts || !number || (state !== 'DISABLED' && state !== 'DESTROY_SCHEDULED')) return gone;
  const at = sh`--key=${parts.key} --keyring=${parts.keyRing} --location=${parts.location} --project=${parts.project}`;
  const enable = `${sh`gcloud kms keys versions enable ${number}`} ${at}`;
  const restore = `${sh`gcloud kms keys versions restore ${number}`} ${at}`;
  return {
    summary: 'Make the primary version usable again, unless it was turned off on purpose.',
    commands: state === 'DISABLED' ? [enable] : [restore, enable],
    verified: false,
  };
}

const gone: Fix = {
  summary:
    'Advice: what was encrypted with a key that is destroyed cannot be read again. Point the cluster or the pools at another key, and restore what is lost from backups.',
  commands: [],
  verified: false,
};

const reported: Fix = {
  summary:
    'Advice: state and policy of the key look right by now; GKE repeats its check. If the message stays, look at the audit log of Cloud KMS.',
  commands: [],
  verified: false,
};

function describeUse({ cluster, nodePool }: KeyUse): string {
  const name = `${cluster.name} (${cluster.location})`;
  return nodePool === null ? name : `pool "${nodePool}" of ${name}`;
}

/** GKE's own verdicts on keys: conditions, and errors of the last encryption. */
function reports(uses: KeyUse[]): Evidence[] {
  const clusters = [...new Set(uses.map(({ cluster }) => cluster))];
  return clusters.flatMap((cluster) => [...conditionReports(cluster), ...encryptionReports(cluster, uses)]);
}

function conditionReports({ name, conditions, nodePools }: GkeCluster): Evidence[] {
  const all = [...conditions, ...nodePools.flatMap((pool) => pool.conditions)];
  return all
    .filter(({ code }) => code === 'CLOUD_KMS_KEY_ERROR' || code === 'CLOUD_KMS_KEY_DESTROYED')
    .map(({ code, message }) => ({
      label: 'GKE itself reports',
      value: `${name}: ${code ?? ''} ${message ?? ''}`.trim(),
    }));
}

/** Errors stay in the list after they are over; they count while the current state is an error. */
function encryptionReports({ name, databaseEncryption }: GkeCluster, uses: KeyUse[]): Evidence[] {
  if (!databaseEncryption?.currentState?.endsWith('_ERROR')) return [];
  const keys = uses.map(({ key }) => key);
  return databaseEncryption.errors
    .filter(({ keyName }) => keyName === null || keys.some((key) => keyName.startsWith(key)))
    .map(({ message, time }) => ({
      label: 'GKE itself reports',
      value: `${name}: ${message}${time === null ? '' : ` (${time})`}`,
    }));
}
