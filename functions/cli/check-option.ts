import { externalIdPattern, roleNamePattern } from '../../shared/organization-settings.ts';
import { ja, type Localized } from '../../shared/words.ts';
import { UserError } from './user-error.ts';

/** What an option takes. */
export interface Form {
  pattern: RegExp;
  /** Reads on after "it must be". */
  allowed: Localized;
}

export const roleName: Form = {
  pattern: roleNamePattern,
  allowed: { en: 'the name of an IAM role, without its path', ja: 'IAM ロールの名前 (パスを除く)' },
};

export const externalIds: Form = {
  pattern: externalIdPattern,
  allowed: { en: 'letters, digits and +=,.@:/-, at least two', ja: '英数字と +=,.@:/- からなる 2 文字以上' },
};

/** @throws {UserError} for a value of another form; one that is not given is right */
export function checkOption(option: string, value: string | undefined, { pattern, allowed }: Form): void {
  if (value !== undefined && !pattern.test(value))
    throw new UserError({
      en: `Cannot use ${option} ${value}: it must be ${allowed.en}`,
      ja: ja`${option} ${value} は使用できません: ${allowed} を指定してください`,
    });
}
