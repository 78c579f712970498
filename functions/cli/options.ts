/** The options of the commands, and how their texts are read. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { severities } from '../../shared/rule.ts';
import { parseSince } from '../since.ts';
import { languages } from '../../shared/words.ts';
import { logLevels } from './session.ts';

/** Adds the options that every command has. */
export function addCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--no-color', 'print without colours (NO_COLOR does the same)'))
    .addOption(new Option('--quiet', 'print no progress and no notes on standard error'))
    .addOption(
      new Option(
        '--lang <language>',
        'language of results and notes (default: CLUSTERWHY_LANG, or en)',
      ).choices(languages),
    )
    .addOption(
      new Option('--log-level <level>', 'what to say on standard error').choices(logLevels).default('info'),
    );
}

export function outputOption(formats: readonly string[]): Option {
  return new Option('--output <format>', 'form of the result').choices(formats).default('text');
}

/** The form of a report, and the files that it is written to. */
export function addReportOutput(command: Command, formats: readonly string[]): Command {
  return command
    .addOption(new Option('--output <format>', 'form of the report (default: text)').choices(formats))
    .option(
      '--output-file <file>',
      'write the report to a file instead of standard output, in the form that its name ends in (.txt .json .html .csv .ocsf); may be repeated',
      collect,
    );
}

export function severityOption(): Option {
  return new Option('--severity <severity>', 'leave out findings below this one').choices(severities);
}

/** A list separated by commas; the option may also be given several times. */
export function readList(text: string, before: string[] | undefined): string[] {
  const items = text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0) throw new InvalidArgumentError('It is empty.');
  return [...new Set([...(before ?? []), ...items])];
}

/** Regions by their form; whether the account has them is known only when it is read. */
export function readRegions(text: string, before: string[] | undefined): string[] {
  const regions = readList(text, before);
  const wrong = regions.find((region) => !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(region));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`"${wrong}" is no region; give names as eu-west-1, separated by commas.`);
  return regions;
}

/** Account ids by their form. */
export function readAccounts(text: string, before: string[] | undefined): string[] {
  const accounts = readList(text, before);
  const wrong = accounts.find((id) => !/^\d{12}$/.test(id));
  if (wrong === undefined) return accounts;
  throw new InvalidArgumentError(`"${wrong}" is no account; give ids of 12 digits, separated by commas.`);
}

/** A number of threads. */
export function readThreads(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= 64) return count;
  throw new InvalidArgumentError('Give a number from 1 to 64.');
}

/** Ids of projects by their form, `my-project` or `example.com:my-project`. */
export function readProjects(text: string, before: string[] | undefined): string[] {
  const projects = readList(text, before);
  const wrong = projects.find((id) => !/^([a-z0-9.-]{1,253}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/.test(id));
  if (wrong !== undefined)
    throw new InvalidArgumentError(
      `"${wrong}" is no id of a project; give ids as shop-prod, separated by commas.`,
    );
  return projects;
}

/** The number of an organization, with or without what stands in front of it in resource names. */
export function readOrganization(text: string): string {
  const [, number] = /^(?:organizations\/)?(\d{1,20})$/.exec(text.trim()) ?? [];
  if (number !== undefined) return number;
  throw new InvalidArgumentError('Give its number, as "gcloud organizations list" prints it.');
}

/** Milliseconds of `24h`. */
export function readSince(text: string): number {
  try {
    return parseSince(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** A number of days, at least one. */
export function readDays(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a number of days, such as 30.');
}

/** The id of a finding: 16 hexadecimal digits. */
export function readFindingId(text: string): string {
  const id = text.toLowerCase();
  if (/^[0-9a-f]{16}$/.test(id)) return id;
  throw new InvalidArgumentError('An id has 16 hexadecimal digits, as the JSON form of a report has it.');
}

export function collect(text: string, before: string[] | undefined): string[] {
  return [...(before ?? []), text];
}
