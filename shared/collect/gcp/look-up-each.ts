import type { Lookup } from '../../domain/google-policy.ts';
import type { Gap } from '../../observation.ts';
import { en, ja, type Localized } from '../../words.ts';
import { readEach } from '../read-each.ts';
import { lookupGap } from './lookup-gap.ts';

/** Names come from annotations too, which anybody who may make a service account writes: they do not set our budget. */
const mostLookups = 100;
/** Gaps of one kind that are told one by one. */
const mostAlike = 3;

/**
 * Looks things up by name, a few at a time, the first hundred of them.
 * @param what in the plural, `service accounts`
 */
export async function lookUpEach<T>(
  what: Localized,
  names: readonly string[],
  read: (name: string) => Promise<Lookup<T>>,
): Promise<{ found: Record<string, Lookup<T>>; gaps: Gap[] }> {
  const found: Record<string, Lookup<T>> = {};
  const why = {
    en: en`Cannot look up more than ${mostLookups} ${what} in one project: ${names.length} are named; see to those by hand`,
    ja: ja`1 つのプロジェクトで ${mostLookups} 個を超える ${what} は照会できません: ${names.length} 個が指定されています。残りは手動で確認してください`,
  };
  await readEach(names.slice(0, mostLookups), 4, async (name) => {
    found[name] = await read(name);
  });
  for (const name of names.slice(mostLookups)) found[name] = { state: 'unread', why };
  return { found, gaps: fewGaps(Object.values(found).flatMap(lookupGap)) };
}

/** The first few gaps of each kind, and how many more there are like them. */
export function fewGaps(gaps: readonly Gap[]): Gap[] {
  const kinds = new Map<string, Gap[]>();
  for (const gap of gaps) {
    const kind = gap.missingPermission ?? gap.why.en.replaceAll(/\S*[@/:]\S*/g, '');
    kinds.set(kind, [...(kinds.get(kind) ?? []), gap]);
  }
  return [...kinds.values()].flatMap((alike) => {
    if (alike.length <= mostAlike) return alike;
    const shown = alike.slice(0, mostAlike);
    const rest = alike.length - mostAlike;
    return shown.map((gap, index) =>
      index === mostAlike - 1 ? { ...gap, why: andMore(gap.why, rest) } : gap,
    );
  });
}

function andMore(why: Localized, more: number): Localized {
  return {
    en: en`${why} (and ${more} more like this)`,
    ja: ja`${why} (ほか ${more} 件も同様です)`,
  };
}
