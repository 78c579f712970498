/** What is wrong with a command line, in one line. */
import type { CommanderError } from 'commander';
import type { Language } from '../../shared/words.ts';

/** Commander's message as one sentence, with the help to turn to. */
export function usageLine(
  { code, message }: Pick<CommanderError, 'code' | 'message'>,
  args: readonly string[],
  language: Language,
): string {
  const said = message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '');
  const name = args.find((arg, index) => !arg.startsWith('-') && args[index - 1] !== '--lang') ?? '';
  const isCommand = /^[a-z][a-z-]*$/.test(name) && code !== 'commander.unknownCommand';
  const help = `"clusterwhy${isCommand ? ` ${name}` : ''} --help"`;
  if (language === 'ja') return `${inJapanese(code, said)}。${help} を参照してください`;
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}; see ${help}`;
}

/** By commander's codes; what the message names stays. */
const japanese: Readonly<Record<string, readonly (readonly [said: RegExp, told: string])[]>> = {
  'commander.unknownCommand': [[/^unknown command '(.*)'$/s, "コマンド '$1' はありません"]],
  'commander.unknownOption': [[/^unknown option '(.*)'$/s, "オプション '$1' はありません"]],
  'commander.missingArgument': [[/^missing required argument '(.*)'$/s, "引数 '$1' が指定されていません"]],
  'commander.optionMissingArgument': [
    [/^option '(.*)' argument missing$/s, "オプション '$1' の値が指定されていません"],
  ],
  'commander.conflictingOption': [
    [
      /^option '(.*)' cannot be used with option '(.*)'$/s,
      "オプション '$1' はオプション '$2' と同時に使用できません",
    ],
  ],
  'commander.excessArguments': [
    [
      /^too many arguments for '(.*)'\. Expected (\d+) arguments? but got (\d+)$/s,
      "'$1' の引数が多すぎます: 指定できるのは $2 個で、$3 個指定されています",
    ],
  ],
  'commander.invalidArgument': [
    [
      /^option '([^']*)' argument '(.*)' is invalid\. Allowed choices are (.*)$/s,
      "オプション '$1' の値 '$2' は無効です: 使用できる値は $3 です",
    ],
    [/^option '([^']*)' argument '(.*)' is invalid\. (.*)$/s, "オプション '$1' の値 '$2' は無効です: $3"],
    [
      /^command-argument value '(.*)' is invalid for argument '([^']*)'\. Allowed choices are (.*)$/s,
      "引数 '$2' の値 '$1' は無効です: 使用できる値は $3 です",
    ],
  ],
};

/** A message of another form stays as it is. */
function inJapanese(code: string, said: string): string {
  const { sentence, guess } = withoutGuess(said);
  const known = japanese[code]?.find(([pattern]) => pattern.test(sentence));
  if (!known) return said;
  const told = sentence.replace(...known);
  return guess === null ? told : `${told} (${guess} の間違いではありませんか?)`;
}

/** Commander ends with what may have been meant, where anything is like it. */
function withoutGuess(said: string): { sentence: string; guess: string | null } {
  const start = said.lastIndexOf(' (Did you mean ');
  if (start === -1 || !said.endsWith('?)')) return { sentence: said, guess: null };
  const guess = said.slice(start, -2).replace(/^ \(Did you mean (one of )?/, '');
  return { sentence: said.slice(0, start), guess };
}
