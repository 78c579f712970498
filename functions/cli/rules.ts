/** `clusterwhy rules [ID]`: the catalogue. */
import { styleText } from 'node:util';
import type { AnyRule } from '../../shared/rule.ts';
import { rules as allRules } from '../../shared/rules/index.ts';
import { findRule } from '../choose-rules.ts';
import type { Session } from './session.ts';
import { userError } from './user-error.ts';

export async function printRules(
  session: Session,
  id: string | undefined,
  { output }: { output: 'text' | 'json' },
): Promise<number> {
  const chosen = id === undefined ? allRules : [userError(() => findRule(allRules, id))];
  if (output === 'json') {
    const entries = chosen.map(describeData);
    await session.write(`${JSON.stringify(id === undefined ? entries : entries[0], null, 2)}\n`);
  } else
    await session.write(
      id === undefined
        ? listRules(chosen)
        : chosen.map((rule) => describeRule(rule, session.color)).join('\n'),
    );
  return 0;
}

/** What a rule says of itself. */
function describeData({ id, title, severity, why, references, needs }: AnyRule) {
  return { id, title, severity, why, references, needs };
}

function listRules(rules: readonly AnyRule[]): string {
  const idWidth = Math.max(0, ...rules.map(({ id }) => id.length));
  return rules
    .map(({ id, severity, title }) => `${id.padEnd(idWidth)}  ${severity.padEnd(8)}  ${title}\n`)
    .join('');
}

function describeRule({ id, title, severity, why, needs, references }: AnyRule, color: boolean): string {
  const bold = (text: string) => (color ? styleText('bold', text, { validateStream: false }) : text);
  return [
    `${bold(id)}  ${severity}`,
    title,
    '',
    why,
    '',
    `Needs: ${Object.entries(needs)
      .map(([fact, need]) => `${fact} (${need})`)
      .join(', ')}`,
    ...references,
    '',
  ].join('\n');
}
