import { LocalizedError } from './localized-error.ts';
import { ja, type Localized } from './words.ts';

/**
 * The error for a setting whose value is not allowed.
 * @param allowed reads on after "it must be"
 */
export function refusedSetting(name: string, value: string, allowed: Localized): LocalizedError {
  const given = `${name}=${JSON.stringify(value)}`;
  return new LocalizedError({
    en: `Cannot use ${given}: it must be ${allowed.en}`,
    ja: ja`${given} は使用できません: ${allowed} を指定してください`,
  });
}
