/** The options of the commands, and how their texts are read. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { LocalizedError } from '../../shared/localized-error.ts';
import { severities } from '../../shared/rule.ts';
import { inLanguage, languages, type Language } from '../../shared/words.ts';
import type { HelpMessages } from './messages/help-in.ts';
import { logLevels } from './session.ts';

type Says = HelpMessages['common'];

/** Adds the options that every command has. */
export function addCommonOptions(command: Command, says: Says): Command {
  return command
    .addOption(new Option('--no-color', says.color))
    .addOption(new Option('--quiet', says.quiet))
    .addOption(languageOption(says))
    .addOption(new Option('--log-level <level>', says.logLevel).choices(logLevels).default('info'));
}

export function languageOption(says: Says): Option {
  return new Option('--lang <language>', says.lang).choices(languages);
}

export function outputOption(formats: readonly string[], says: Says): Option {
  return new Option('--output <format>', says.result).choices(formats).default('text');
}

/** The form of a report, and the files that it is written to. */
export function addReportOutput(command: Command, formats: readonly string[], says: Says): Command {
  return command
    .addOption(new Option('--output <format>', says.report).choices(formats))
    .option('--output-file <file>', says.reportFile, collect);
}

export function severityOption(says: Says): Option {
  return new Option('--severity <severity>', says.severity).choices(severities);
}

/** How the text of an option becomes its value, with what the option had before. */
type Read<T> = (text: string, before: T | undefined) => T;

/** Readers whose complaints are in one language: commander adds the option and the value, and keeps their text alone. */
export function readingIn(language: Language): <T>(read: Read<T>) => Read<T> {
  return (read) => (text, before) => {
    try {
      return read(text, before);
    } catch (error) {
      if (error instanceof LocalizedError) throw new InvalidArgumentError(inLanguage(error.says, language));
      throw error;
    }
  };
}

/** A list separated by commas; the option may also be given several times. */
export function readList(text: string, before: string[] | undefined): string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new LocalizedError({ en: 'It is empty', ja: '空です' });
  return [...new Set([...(before ?? []), ...items])];
}

/** Regions by their form; whether the account has them is known only when it is read. */
export function readRegions(text: string, before: string[] | undefined): string[] {
  const regions = readList(text, before);
  const wrong = regions.find((region) => !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region));
  if (wrong !== undefined)
    throw new LocalizedError({
      en: `"${wrong}" is no region; give names as eu-west-1, separated by commas`,
      ja: `"${wrong}" はリージョンではありません。eu-west-1 のような名前をコンマ区切りで指定してください`,
    });
  return regions;
}

/** Account ids by their form. */
export function readAccounts(text: string, before: string[] | undefined): string[] {
  const accounts = readList(text, before);
  const wrong = accounts.find((id) => !/^\d{12}$/.test(id));
  if (wrong === undefined) return accounts;
  throw new LocalizedError({
    en: `"${wrong}" is no account; give ids of 12 digits, separated by commas`,
    ja: `"${wrong}" はアカウントではありません。12 桁の ID をコンマ区切りで指定してください`,
  });
}

/** A number of threads. */
export function readThreads(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 64) return count;
  throw new LocalizedError({ en: 'Give a number from 1 to 64', ja: '1 から 64 までの数を指定してください' });
}

/** Ids of projects by their form, `my-project` or `example.com:my-project`. */
export function readProjects(text: string, before: string[] | undefined): string[] {
  const projects = readList(text, before);
  const wrong = projects.find((id) => !/^([a-z0-9.-]{1,253}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(id));
  if (wrong !== undefined)
    throw new LocalizedError({
      en: `"${wrong}" is no id of a project; give ids as shop-prod, separated by commas`,
      ja: `"${wrong}" はプロジェクト ID ではありません。shop-prod のような ID をコンマ区切りで指定してください`,
    });
  return projects;
}

/** The number of an organization, with or without what stands in front of it in resource names. */
export function readOrganization(text: string): string {
  const [, number] = /^(?:organizations\/)?(\d{1,20})$/.exec(text.trim()) ?? [];
  if (number !== undefined) return number;
  throw new LocalizedError({
    en: 'Give its number, as "gcloud organizations list" prints it',
    ja: '"gcloud organizations list" が出力する番号を指定してください',
  });
}

/** A number of days, at least one. */
export function readDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new LocalizedError({
    en: 'Give a number of days, such as 30',
    ja: '30 のような日数を指定してください',
  });
}

/** The id of a finding: 16 hexadecimal digits. */
export function readFindingId(text: string): string {
  const id = text.toLowerCase();
  if (/^[0-9a-f]{16}$/.test(id)) return id;
  throw new LocalizedError({
    en: 'An id has 16 hexadecimal digits, as the JSON form of a report has it',
    ja: 'ID は 16 桁の 16 進数です。レポートの JSON 形式に記載されています',
  });
}

export function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}
