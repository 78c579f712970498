/** The issuers of all clusters of an organization: a cluster's issuer may be a provider in any of its accounts. */
import { quoted, type Localized } from '../../../words.ts';
import { readEach } from '../../read-each.ts';
import { readAccountClusters } from '../account.ts';
import { messageOf } from '../refusal.ts';
import type { AwsClients } from '../source.ts';

export interface OrganizationIssuers {
  /** `https://…`, sorted. */
  issuers: string[];
  /** Accounts whose clusters were not read to the end, and why. */
  unread: { account: string; why: Localized }[];
}

export interface ReadIssuersOptions {
  accounts: readonly string[];
  clientsFor: (account: string) => AwsClients;
  /** All that are enabled where absent. */
  regions?: string[];
  now: Date;
  /** Accounts read side by side. */
  atATime: number;
  /** Ends the reading; accounts that were not read by then are told as unread. */
  signal: AbortSignal;
}

/** Never throws for one account: what was not read is in the answer. */
export async function readIssuers(options: ReadIssuersOptions): Promise<OrganizationIssuers> {
  const read = await readEach(options.accounts, options.atATime, (account) => readAccount(account, options));
  return {
    issuers: [...new Set(read.flatMap(({ issuers }) => issuers))].sort(),
    unread: read.flatMap(({ account, why }) => (why === null ? [] : [{ account, why }])),
  };
}

interface AccountIssuers {
  account: string;
  issuers: string[];
  why: Localized | null;
}

async function readAccount(
  account: string,
  { clientsFor, regions, now, signal }: ReadIssuersOptions,
): Promise<AccountIssuers> {
  try {
    signal.throwIfAborted();
    const options = { clients: clientsFor(account), now, ...(regions && { regions }) };
    const { reading } = await readAccountClusters(options, signal);
    const clusters = 'value' in reading ? reading.value.clusters : [];
    return {
      account,
      issuers: clusters.flatMap(({ issuer }) => issuer ?? []),
      why: 'gaps' in reading ? (reading.gaps[0]?.why ?? notToTheEnd) : null,
    };
  } catch (error) {
    return { account, issuers: [], why: signal.aborted ? outOfTime : quoted(messageOf(error)) };
  }
}

const outOfTime = {
  en: 'The time for reading the clusters of all accounts ended before it was read',
  ja: 'このアカウントを読み取る前に、全アカウントのクラスターを読み取る時間が終わりました',
};
const notToTheEnd = {
  en: 'its clusters were not read to the end',
  ja: 'クラスターを最後まで読み取れませんでした',
};
