import type { iam_v1 } from '@googleapis/iam';
import {
  gkeIdentities,
  isGoogleManaged,
  nodeAccounts,
  projectOfAccount,
} from '../../domain/google-identity.ts';
import type { Lookup } from '../../domain/google-policy.ts';
import type { Gap, GcpFacts } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { encodeSegment } from './google-api.ts';
import { lookUpEach } from './look-up-each.ts';
import { gapOf, isMissing, whyNot } from './refusal.ts';
import { valueOf, type GcpSource } from './source.ts';

const listPermission = 'iam.serviceAccounts.list';
const getPermission = 'iam.serviceAccounts.get';

type AccountState = { uniqueId: string; disabled: boolean };

/**
 * The project's own accounts by one list, and by name what that cannot tell: accounts of other projects, and all that
 * are in use where listing is refused.
 */
export const serviceAccountsReader: Reader<GcpSource, GcpFacts['gcpServiceAccounts']> = {
  permissions: [listPermission, getPermission],
  async read(source) {
    const used = await usedAccounts(source);
    if (!(await mayHaveAccounts(source)) && used.length === 0) return { state: 'whole', value: {} };
    const { accounts, gaps } = await listOwn(source);
    const value: GcpFacts['gcpServiceAccounts'] = {};
    for (const account of accounts ?? [])
      if (account.email) value[account.email] = { state: 'exists', value: stateOf(account) };
    const others = used.filter((email) => !(email in value));
    const looked = await lookUpEach(accountsInWords, others, async (email) =>
      accounts !== null && (await isOwn(source, email)) ? { state: 'missing' } : lookUp(source, email),
    );
    if (accounts === null && others.length === 0) return { state: 'unread', gaps };
    return readingOf({ ...value, ...looked.found }, [...gaps, ...looked.gaps]);
  },
};

/** Emails that nodes, annotations or the documented names stand for; agents of Google's are not among them. */
async function usedAccounts(source: GcpSource): Promise<string[]> {
  const clusters = valueOf(await source.reading('gkeClusters')) ?? [];
  const number = valueOf(await source.reading('project'))?.number;
  const annotated = await annotatedAccounts(source);
  const ofNodes = nodeAccounts(clusters, number ?? '').map(({ email }) => email);
  const standard = number && clusters.length > 0 ? [gkeIdentities(number).defaultAccount] : [];
  // Those of nodes first: they are looked up in any case.
  return [...new Set([...standard, ...ofNodes, ...annotated])].filter(
    (email) => !isGoogleManaged(email) && projectOfAccount(email) !== null,
  );
}

/** Accounts that Kubernetes service accounts name in their annotation; empty where no cluster was read. */
export async function annotatedAccounts(source: GcpSource): Promise<string[]> {
  const byCluster = valueOf(await source.reading('gkeServiceAccounts')) ?? {};
  const names = Object.values(byCluster)
    .flat()
    .map(({ annotations }) => annotations['iam.gke.io/gcp-service-account'] ?? '');
  return [...new Set(names)].filter((email) => /^[a-z0-9-]+@[a-z0-9.-]+\.gserviceaccount\.com$/.test(email));
}

/** A project without Compute and GKE has no accounts that matter here. */
async function mayHaveAccounts(source: GcpSource): Promise<boolean> {
  const services = valueOf(await source.reading('services'));
  return ['compute', 'container'].some((name) => services?.[`${name}.googleapis.com`] !== 'DISABLED');
}

async function listOwn(
  source: GcpSource,
): Promise<{ accounts: iam_v1.Schema$ServiceAccount[] | null; gaps: Gap[] }> {
  const { run, project } = source;
  const accounts: iam_v1.Schema$ServiceAccount[] = [];
  try {
    const path = `v1/projects/${encodeSegment(project)}/serviceAccounts`;
    const pages = run.api.pages<iam_v1.Schema$ListServiceAccountsResponse>({
      api: 'iam',
      path,
      query: { pageSize: 100 },
    });
    for await (const page of pages) accounts.push(...(page.accounts ?? []));
    return { accounts, gaps: [] };
  } catch (error) {
    const attempt = {
      action: {
        en: `list the service accounts of ${project}`,
        ja: `${project} のサービスアカウントの一覧を取得`,
      },
      permission: listPermission,
    };
    return { accounts: null, gaps: [gapOf(error, attempt)] };
  }
}

/** Whether an account would be in the project's own list. */
export async function isOwn(source: GcpSource, email: string): Promise<boolean> {
  const owner = projectOfAccount(email);
  return owner === source.project || owner === valueOf(await source.reading('project'))?.number;
}

/** By its own project, never by `-`: with that a missing account is refused like one that may not be seen. */
async function lookUp({ run }: GcpSource, email: string): Promise<Lookup<AccountState>> {
  const owner = projectOfAccount(email) ?? '-';
  const path = `v1/projects/${encodeSegment(owner)}/serviceAccounts/${encodeSegment(email)}`;
  try {
    return { state: 'exists', value: stateOf(await run.api.call({ api: 'iam', path })) };
  } catch (error) {
    if (isMissing(error)) return { state: 'missing' };
    return {
      state: 'unread',
      why: whyNot(error, {
        action: { en: `look up ${email}`, ja: `${email} を照会` },
        permission: getPermission,
      }),
    };
  }
}

function stateOf({ uniqueId, disabled }: iam_v1.Schema$ServiceAccount): AccountState {
  return { uniqueId: uniqueId ?? '', disabled: disabled ?? false };
}

const accountsInWords = { en: 'service accounts', ja: 'サービスアカウント' };
