/** An answer of `can-assume`, for a terminal: element by element, then the causes and the fix. */
import { styleText } from 'node:util';
import type { ElementExplanation, StatementExplanation } from '../../../shared/domain/trust-policy.ts';
import type { Fix } from '../../../shared/rule.ts';
import { printableLine as plain, printableLines } from '../../../shared/render/printable.ts';
import { columnsOf, padColumns } from '../../../shared/render/wrap.ts';
import type { TrustAnswer } from './answer-trust.ts';
import { inLanguage, type Language } from '../../../shared/words.ts';
import { cliMessagesIn, type CliMessages } from '../messages/messages-in.ts';

export interface Explained {
  answer: TrustAnswer;
  /** The role's ARN, or what is known of it. */
  roleName: string;
  subject: string;
  /** Titles of the rules, by id. */
  titles: ReadonlyMap<string, string>;
  color: boolean;
  language: Language;
}

type Says = CliMessages['canAssume'];

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** Everything that came from the policy or the arguments is made printable here, before colour is added. */
export function explainAnswer({ answer, roleName, subject, titles, color, language }: Explained): string {
  const says = cliMessagesIn(language).canAssume;
  const paint: Paint = (style, text) =>
    color ? styleText(style, plain(text), { validateStream: false }) : plain(text);
  return [
    [headline(answer, { roleName, subject, says }, paint)],
    (answer.malformed ?? []).map((error) => `  ${paint('red', '✗')} ${plain(error)}`),
    ...answer.statements.map((statement) => describeStatement(statement, says, paint)),
    causes(answer, titles, says.causes(answer.causes.length), paint),
    answer.fix ? describeFix(answer.fix, language, paint) : [],
  ]
    .filter((block) => block.length > 0)
    .map((block) => `${block.join('\n')}\n`)
    .join('\n');
}

function headline(
  { verdict }: TrustAnswer,
  { roleName, subject, says }: { roleName: string; subject: string; says: Says },
  paint: Paint,
): string {
  const caller = paint('bold', subject);
  const role = paint('bold', roleName);
  const { allowed, denied, malformed } = says;
  const marks = {
    Allowed: allowed,
    ImplicitlyDenied: denied,
    ExplicitlyDenied: denied,
    Malformed: malformed,
  };
  const mark = paint(['bold', verdict === 'Allowed' ? 'green' : 'red'], marks[verdict]);
  return `${mark}  ${says.verdict[verdict](caller, role)}`;
}

function describeStatement(
  { index, sid, effect, matched, elements }: StatementExplanation,
  says: Says,
  paint: Paint,
): string[] {
  // People count from one, as the findings of an audit do; in JSON the index is that of the array.
  const number = says.statement(index + 1);
  const name = sid ? `${number} "${sid}"` : number;
  const outcome = matched ? says.applies : says.appliesNot;
  return [
    `${paint('bold', name)} (${effect}) ${outcome}`,
    ...elements.flatMap((element) => describeElement(element, says, paint)),
  ];
}

function describeElement(
  { element, matched, operator, key, policy, request }: ElementExplanation,
  says: Says,
  paint: Paint,
): string[] {
  const mark = matched ? paint('green', '✓') : paint('red', '✗');
  const columns = Math.max(columnsOf(says.policy), columnsOf(says.request));
  const name = [element, operator, key].filter(Boolean).join(' ');
  return [
    `  ${mark} ${plain(name)}`,
    `      ${padColumns(says.policy, columns)}  ${plain(list(policy, says))}`,
    `      ${padColumns(says.request, columns)}  ${plain(request ? list(request, says) : says.noKey)}`,
  ];
}

function list(values: readonly string[], says: Says): string {
  return values.length > 0 ? values.join(', ') : says.nothing;
}

function causes(
  { causes: ids }: TrustAnswer,
  titles: ReadonlyMap<string, string>,
  heading: string,
  paint: Paint,
): string[] {
  if (ids.length === 0) return [];
  return [
    paint('bold', heading),
    ...ids.map((id) => `  ${id}${titles.has(id) ? `  ${titles.get(id) ?? ''}` : ''}`),
  ];
}

/** Commands and the policy stand at the left edge, so that they can be copied as they are. */
function describeFix(
  { summary, commands, policy, verified }: Fix,
  language: Language,
  paint: Paint,
): string[] {
  const says = cliMessagesIn(language).canAssume;
  const lines = [
    // Advice says so itself.
    `${paint('bold', says.fix)}${verified ? says.proven : ''}`,
    `  ${plain(inLanguage(summary, language))}`,
  ];
  const texts = commands.length > 0 || policy === undefined ? commands : [JSON.stringify(policy, null, 2)];
  return [...lines, ...texts.flatMap((text) => ['', ...printableLines(text).split('\n')])];
}
