import { paginateListRegions, type Region } from '@aws-sdk/client-account';
import type { Gap } from '../../observation.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';
import { gapOf } from './refusal.ts';
import type { AwsClients } from './source.ts';

export const regionsPermissions = ['account:ListRegions'] as const;

export interface RegionChoice {
  /** Regions to read, sorted. */
  regions: string[];
  /** Why others that should be read are not among them. */
  gaps: Gap[];
}

/**
 * The regions to read: those asked for, or all that are enabled in the account. Where the account's regions cannot
 * be listed, those asked for are trusted; without any, the caller's own region and us-east-1 are all we know of.
 */
export async function chooseRegions(
  clients: AwsClients,
  partition: string,
  asked: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<RegionChoice> {
  const listed = await listRegions(clients, signal);
  if (asked && asked.length > 0) return chosen([...new Set(asked)].sort(), listed);
  if (!('gap' in listed)) return { regions: [...listed.enabled].sort(), gaps: [] };
  const own = await clients.sts.config.region();
  const known = partition === 'aws' ? [own, 'us-east-1'] : [own];
  const tried = [...new Set(known)];
  const why = {
    en: en`${listed.gap.why}; only ${tried.join(' and ')} are tried: pass --region to name all`,
    ja: ja`${listed.gap.why}。${tried.join('、')} だけを試します。すべてを対象にするには --region で指定してください`,
  };
  return { regions: tried.sort(), gaps: [{ ...listed.gap, why }] };
}

type Listed = { all: Map<string, Region>; enabled: string[] } | { gap: Gap };

async function listRegions(clients: AwsClients, signal: AbortSignal): Promise<Listed> {
  const all = new Map<string, Region>();
  try {
    const pages = paginateListRegions({ client: clients.account, pageSize: 50 }, {}, { abortSignal: signal });
    for await (const page of pages) {
      for (const region of page.Regions ?? []) all.set(region.RegionName ?? '', region);
    }
  } catch (error) {
    const attempt = {
      action: { en: 'list the account’s regions', ja: 'アカウントのリージョンの一覧を取得' },
      permission: 'account:ListRegions',
      location: null,
    };
    return { gap: gapOf(error, attempt) };
  }
  const enabled = [...all.values()].filter(isEnabled).map(({ RegionName }) => RegionName ?? '');
  if (enabled.length > 0) return { all, enabled };
  return { gap: { location: null, why: noneEnabled } };
}

const noneEnabled = {
  en: 'AWS listed no region that is enabled in the account',
  ja: 'AWS が返した一覧に、アカウントで有効なリージョンがありません',
};

function isEnabled({ RegionOptStatus: status }: Region): boolean {
  return status === 'ENABLED' || status === 'ENABLED_BY_DEFAULT';
}

function chosen(asked: string[], listed: Listed): RegionChoice {
  if ('gap' in listed) return { regions: asked, gaps: [] };
  const unusable = asked.filter((region) => !listed.enabled.includes(region));
  return {
    regions: asked.filter((region) => listed.enabled.includes(region)),
    gaps: unusable.map((region) => ({ location: region, why: unusableWhy(region, listed.all.get(region)) })),
  };
}

function unusableWhy(region: string, known: Region | undefined): Localized {
  const state = known
    ? notEnabled(known.RegionOptStatus ?? { en: 'no status', ja: 'ステータスなし' })
    : noSuchRegion;
  return {
    en: en`Cannot read region ${region}: ${state}, or leave it out with --region`,
    ja: ja`リージョン ${region} を読み取れません: ${state}か、--region で対象から外してください`,
  };
}

const noSuchRegion = {
  en: 'there is no such region; correct its name',
  ja: 'そのようなリージョンはありません。名前を訂正する',
};

function notEnabled(status: Words): Localized {
  return {
    en: en`it is not enabled in the account (${status}); enable it`,
    ja: ja`アカウントで有効になっていません (${status})。有効にする`,
  };
}
