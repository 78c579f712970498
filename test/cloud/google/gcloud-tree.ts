/** What an installed gcloud says of its own commands: the tree that completes them in a shell. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { GcloudCall, GcloudCommand } from './gcloud-flags.ts';

/** `bool` for a switch, a list for a choice of values. */
type FlagKind = 'bool' | 'value' | 'dynamic' | string[];

interface Node {
  commands: Record<string, Node>;
  flags: Record<string, FlagKind>;
}

/** Null where no gcloud is installed, or one without the tree. */
export function readGcloudTree(): Node | null {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'gcloud'))
    .find((path) => existsSync(path));
  const file = found && join(realpathSync(found), '../../data/cli/gcloud_completions.py');
  if (!file || !existsSync(file)) return null;
  // A module of Python with one literal, which is JSON as well.
  const text = readFileSync(file, 'utf8');
  return JSON.parse(text.slice(text.indexOf('= {') + 2)) as Node;
}

/** What it says against an entry of the table. */
export function complaintsOf(tree: Node, name: string, { values, switches = [] }: GcloudCommand): string[] {
  const flags = flagsOf(tree, name);
  if (!flags) return [`there is no ${name}`];
  return [
    ...values.filter((flag) => !flags[flag] || flags[flag] === 'bool').map((flag) => `${name} ${flag}=…`),
    ...switches.filter((flag) => flags[positive(flag)] !== 'bool').map((flag) => `${name} ${flag}`),
  ];
}

/** Flags of a printed call whose value is none of those that gcloud lets one choose from. */
export function wrongChoices(tree: Node, { name, words }: GcloudCall): string[] {
  const flags = (name && flagsOf(tree, name)) || {};
  return words.filter((word) => {
    const [, flag = '', value = ''] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    const kind = flags[flag];
    return Array.isArray(kind) && !kind.map((one) => one.toLowerCase()).includes(value.toLowerCase());
  });
}

function flagsOf(tree: Node, name: string): Record<string, FlagKind> | null {
  const node = name.split(' ').reduce<Node | undefined>((at, word) => at?.commands[word], tree);
  return node ? { ...tree.flags, ...node.flags } : null;
}

/** The tree holds a switch by its positive name alone. */
function positive(flag: string): string {
  return flag.replace(/^--no-/, '--');
}
