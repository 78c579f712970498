/** `clusterwhy rules [ID]`: the catalogue. */
import { styleText } from 'node:util';
import { messagesIn } from '../../shared/render/messages/messages-in.ts';
import { columnsOf, padColumns } from '../../shared/render/wrap.ts';
import type { AnyRule } from '../../shared/rule.ts';
import { rules as allRules } from '../../shared/rules/index.ts';
import { findRule } from '../choose-rules.ts';
import { inLanguage, type Language } from '../../shared/words.ts';
import type { Session } from './session.ts';
import { userError } from './user-error.ts';

export async function printRules(
  session: Session,
  id: string | undefined,
  { output }: { output: 'text' | 'json' },
): Promise<number> {
  const chosen = id === undefined ? allRules : [userError(() => findRule(allRules, id))];
  const described = chosen.map((rule) => describeData(rule, session.language));
  if (output === 'json')
    await session.write(`${JSON.stringify(id === undefined ? described : described[0], null, 2)}\n`);
  else if (id === undefined) await session.write(listRules(described, session.language));
  else await session.write(described.map((rule) => describeRule(rule, session)).join('\n'));
  return 0;
}

type Described = ReturnType<typeof describeData>;

/** What a rule says of itself. */
function describeData({ id, title, severity, why, references, needs }: AnyRule, language: Language) {
  return {
    id,
    title: inLanguage(title, language),
    severity,
    why: inLanguage(why, language),
    references,
    needs,
  };
}

function listRules(rules: readonly Described[], language: Language): string {
  const severities = messagesIn(language).severity;
  const idWidth = Math.max(0, ...rules.map(({ id }) => id.length));
  const columns = Math.max(...Object.values(severities).map(columnsOf));
  return rules
    .map(
      ({ id, severity, title }) =>
        `${id.padEnd(idWidth)}  ${padColumns(severities[severity], columns)}  ${title}\n`,
    )
    .join('');
}

function describeRule(
  { id, title, severity, why, needs, references }: Described,
  { color, says, language }: Session,
): string {
  const bold = (text: string) => (color ? styleText('bold', text, { validateStream: false }) : text);
  const needed = Object.entries(needs).map(([fact, need]) => `${fact} (${says.rules.need[need]})`);
  return [
    `${bold(id)}  ${messagesIn(language).severity[severity]}`,
    title,
    '',
    why,
    '',
    `${says.rules.needs} ${needed.join(', ')}`,
    ...references,
    '',
  ].join('\n');
}
