import { holdsPermissions, type Access, type Verdict } from '../../domain/google-access.ts';
import type { GkeCluster } from '../../domain/google-cluster.ts';
import { agentNames, gkeIdentities } from '../../domain/google-identity.ts';
import { keysOf, parseKey, type KeyUse } from '../../domain/google-key.ts';
import { unreadBecause, type Lookup } from '../../domain/google-policy.ts';
import { accountMember } from '../../domain/google-project.ts';
import { ownEntry } from '../../domain/own-entry.ts';
import { rule, type Evidence, type Fix, type Problem, type Unknown } from '../../rule.ts';
import { sh } from '../../shell.ts';
import { grantFix, unproven } from './telling/grant-fix.ts';
import { advice } from './telling/advice.ts';
import { listNames } from './telling/list-names.ts';
import { nearEvidence, reasonFor } from './telling/verdict-reason.ts';
import { en, ja, type Words } from '../../words.ts';

const keyRole = 'roles/cloudkms.cryptoKeyEncrypterDecrypter';

export default rule({
  id: 'gke/cmek-key',
  title: {
    en: 'A key that a cluster depends on cannot be used',
    ja: 'クラスターが依存する鍵を使用できません',
  },
  severity: 'critical',
  why: {
    en: 'Without its key the control plane cannot read secrets, and nodes with encrypted boot disks do not start.',
    ja: '鍵がないと、コントロールプレーンは Secret を読み取れず、ブートディスクを暗号化したノードは起動しません。',
  },
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
        policies: found?.policies ?? [{ resource: key, state: 'unread', why: unreadBecause.notAskedFor }],
        roles: facts.roleDefinitions,
        time,
      };
      const primary = found?.primary ?? { state: 'unread' as const, why: unreadBecause.notAskedFor };
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
  if (primary.state === 'missing') return [stateProblem(key, missing, gone)];
  if (primary.state === 'exists' && primary.value.state !== 'ENABLED')
    return [stateProblem(key, primaryIs(primary.value.state), restoreFix(key.key, primary.value))];
  const found = [...agentOutcome(key, 'secrets'), ...agentOutcome(key, 'disks')];
  if (found.length > 0) return found;
  if (primary.state === 'unread')
    return [
      {
        unknown: {
          en: en`whether ${key.key} is enabled: ${primary.why}`,
          ja: ja`${key.key} が有効かどうかは不明です: ${primary.why}`,
        },
      },
    ];
  const says = reports(key.uses);
  return says.length > 0 ? [stateProblem(key, failing, reported)] : [];
}

const missing = { en: 'does not exist', ja: 'は存在しません' };
const failing = { en: 'fails by what GKE reports', ja: 'は、GKE の報告によると使用に失敗しています' };

function primaryIs(state: string | null): Words {
  return {
    en: `has a primary version that is ${state ?? 'not there'}`,
    ja: state === null ? 'にはプライマリバージョンがありません' : `のプライマリバージョンは ${state} です`,
  };
}

/** `what` goes on after the name of the key. */
function stateProblem({ key, uses }: Key, what: Words, fix: Fix): Problem {
  const users = listNames(uses.map(describeUse), 3);
  return {
    location: null,
    cluster: null,
    subject: { kind: 'key', name: parseKey(key)?.key ?? key, id: key },
    cause: {
      en: en`The key ${key}, which ${users} depend${uses.length === 1 ? 's' : ''} on, ${what}.`,
      ja: ja`${users} が依存する鍵 ${key} ${what}。`,
    },
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
  const name = purpose === 'secrets' ? agentNames.gkeAgent : agentNames.computeAgent;
  if (verdict.state === 'allowed') return [];
  if (verdict.state === 'unknown') return [{ unknown: undecided(name, key.key, listNames(verdict.why, 2)) }];
  // For boot disks GKE documents the agent, not when it is asked: until GKE reports an error, it is advice.
  const isCertain = purpose === 'secrets' || reports(uses).length > 0;
  const fix = grantOnKey(key, email, name);
  return [
    {
      location: null,
      cluster: null,
      ...(isCertain ? {} : { severity: 'medium' as const }),
      subject: { kind: 'key', name: parseKey(key.key)?.key ?? key.key, id: `${key.key} for ${email}` },
      cause: refusedCause(name, { key: key.key, purpose, uses, verdict }),
      evidence: [
        { label: 'Principal', value: accountMember(email) },
        ...nearEvidence(verdict),
        ...reports(uses),
      ],
      fix: isCertain ? fix : advice(fix.summary),
    },
  ];
}

function undecided(name: Words, key: string, why: Words): Words {
  return {
    en: en`whether the ${name} may use ${key}: ${why}`,
    ja: ja`${name} が ${key} を使用できるかどうかは不明です: ${why}`,
  };
}

interface Refused {
  key: string;
  purpose: KeyUse['purpose'];
  uses: KeyUse[];
  verdict: Verdict;
}

function refusedCause(name: Words, { key, purpose, uses, verdict }: Refused): Words {
  const users = listNames(uses.map(describeUse), 3);
  const reason = reasonFor(verdict, keyRole, key);
  const use = { en: purpose, ja: purpose === 'secrets' ? 'Secret の暗号化' : 'ディスクの暗号化' };
  return {
    en: en`The ${name} may not use the key ${key} for ${use} of ${users}: ${reason}.`,
    ja: ja`${name} は ${users} のために鍵 ${key} を使用できません (用途: ${use})。${reason}。`,
  };
}

/** A custom role may well hold no more than these two. */
function judgeUse(access: Access, principal: string): Verdict {
  const permissions = ['cloudkms.cryptoKeyVersions.useToDecrypt', 'cloudkms.cryptoKeyVersions.useToEncrypt'];
  return holdsPermissions(access, principal, permissions, [keyRole]);
}

function grantOnKey({ key, access }: Key, email: string, name: Words): Fix {
  const member = accountMember(email);
  const parts = parseKey(key);
  const summary = {
    en: en`Grant the ${name} ${keyRole} on the key.`,
    ja: ja`この鍵で ${name} に ${keyRole} を付与してください。`,
  };
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
    summary: {
      en: 'Make the primary version usable again, unless it was turned off on purpose.',
      ja: '意図的に無効にしたのでなければ、プライマリバージョンを再び使用できるようにしてください。',
    },
    commands: state === 'DISABLED' ? [enable] : [restore, enable],
    verified: false,
  };
}

const gone = advice({
  en: 'what was encrypted with a key that is destroyed cannot be read again. Point the cluster or the pools at another key, and restore what is lost from backups.',
  ja: '破棄された鍵で暗号化されたデータは二度と読み取れません。クラスターまたはノードプールに別の鍵を設定し、失われたデータをバックアップから復元してください。',
});

const reported = advice({
  en: 'state and policy of the key look right by now; GKE repeats its check. If the message stays, look at the audit log of Cloud KMS.',
  ja: '鍵の状態とポリシーは現時点では正しいようです。GKE は検査を繰り返します。メッセージが消えない場合は、Cloud KMS の監査ログを確認してください。',
});

function describeUse({ cluster, nodePool }: KeyUse): Words {
  const name = `${cluster.name} (${cluster.location})`;
  if (nodePool === null) return name;
  return { en: `pool "${nodePool}" of ${name}`, ja: `${name} のノードプール "${nodePool}"` };
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
