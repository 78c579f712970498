/** The sentences in which readings say what they lack: what could not be done, why, and what to do about it. */
import { en, ja, type Localized, type Words } from '../words.ts';

/** @param action reads on after "Cannot" in English, and before 「できません」 in Japanese: `IAM ロールの一覧を取得` */
export function cannot(action: Localized, because: Words): Localized {
  return { en: en`Cannot ${action}: ${because}`, ja: ja`${action}できません: ${because}` };
}

/** A reason, and what to do about it. */
export function remedied(reason: Words, remedy: Words): Localized {
  return { en: en`${reason}; ${remedy}`, ja: ja`${reason}。${remedy}` };
}

/** Where reading ended before its end. @param action as in `cannot` */
export function outOfTime(action: Localized, remedy: Words = allowMore): Localized {
  return {
    en: en`The time for reading events ended before it could ${action}; ${remedy}`,
    ja: ja`イベントを読み取る時間が終わり、${action}できませんでした。${remedy}`,
  };
}

/** What to do where the time for reading was too short. */
export const allowMore = { en: 'allow more of it', ja: 'より長い時間を許可してください' };
/** The same where less may be asked for as well. */
export const allowMoreOrLess = {
  en: 'allow more of it, or ask for a shorter window',
  ja: 'より長い時間を許可するか、対象の期間を短くしてください',
};

/** Google lists what the other zones answered. */
export const zoneSilent = {
  en: 'the zone did not answer; run it again',
  ja: 'ゾーンから応答がありません。実行し直してください',
};

/** Why nothing is known that is read cluster by cluster. */
export const clustersUnread = {
  en: 'the clusters could not be read',
  ja: 'クラスターを読み取れませんでした',
};

/** Where there are more distinct calls than are kept. */
export const repairShownFirst = {
  en: 'repair those that are shown first',
  ja: 'まず表示されているものを修正してください',
};

/** @param calls of those that are not kept */
export function tooManyDenials(calls: number): Localized {
  return remedied(
    {
      en: `Cannot tell all denials apart: ${calls} calls belong to more distinct denials than are kept`,
      ja: `拒否をすべては区別できません: 呼び出し ${calls} 件は、保持できる種類を超えた拒否のものです`,
    },
    repairShownFirst,
  );
}

/** The first few names, quoted, and how many more: `"a", "b" and 2 more`. */
export function listed(names: readonly string[]): Localized {
  const shown = names.slice(0, 3).map((name) => `"${name}"`);
  const more = names.length - shown.length;
  return {
    en: shown.join(', ') + (more > 0 ? ` and ${more} more` : ''),
    ja: shown.join('、') + (more > 0 ? ` ほか ${more} 件` : ''),
  };
}
