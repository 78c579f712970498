/** An answer of `can-assume`, for a terminal: element by element, then the causes and the fix. */
import { styleText } from 'node:util';
import type { ElementExplanation, StatementExplanation } from '../../../shared/domain/trust-policy.ts';
import type { Fix } from '../../../shared/rule.ts';
import { printableLine as plain, printableLines } from '../../../shared/render/printable.ts';
import type { TrustAnswer } from './answer-trust.ts';
import { inLanguage } from '../../../shared/words.ts';

export interface Explained {
  answer: TrustAnswer;
  /** The role's ARN, or what is known of it. */
  roleName: string;
  subject: string;
  /** Titles of the rules, by id. */
  titles: ReadonlyMap<string, string>;
  color: boolean;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

/** Everything that came from the policy or the arguments is made printable here, before colour is added. */
export function explainAnswer({ answer, roleName, subject, titles, color }: Explained): string {
  const paint: Paint = (style, text) =>
    color ? styleText(style, plain(text), { validateStream: false }) : plain(text);
  return [
    [headline(answer, roleName, subject, paint)],
    (answer.malformed ?? []).map((error) => `  ${paint('red', '✗')} ${plain(error)}`),
    ...answer.statements.map((statement) => describeStatement(statement, paint)),
    causes(answer, titles, paint),
    answer.fix ? describeFix(answer.fix, paint) : [],
  ]
    .filter((block) => block.length > 0)
    .map((block) => `${block.join('\n')}\n`)
    .join('\n');
}

function headline({ verdict }: TrustAnswer, roleName: string, subject: string, paint: Paint): string {
  const caller = paint('bold', subject);
  const role = paint('bold', roleName);
  const words = {
    Allowed: [paint(['bold', 'green'], 'ALLOWED'), `The trust policy lets ${caller} assume ${role}.`],
    ImplicitlyDenied: [paint(['bold', 'red'], 'DENIED'), `No statement lets ${caller} assume ${role}.`],
    ExplicitlyDenied: [paint(['bold', 'red'], 'DENIED'), `A Deny keeps ${caller} from assuming ${role}.`],
    Malformed: [paint(['bold', 'red'], 'MALFORMED'), `IAM would refuse the trust policy of ${role}.`],
  };
  return words[verdict].join('  ');
}

function describeStatement(
  { index, sid, effect, matched, elements }: StatementExplanation,
  paint: Paint,
): string[] {
  // People count from one, as the findings of an audit do; in JSON the index is that of the array.
  const number = index + 1;
  const name = sid ? `Statement ${number} "${sid}"` : `Statement ${number}`;
  const outcome = matched ? 'applies' : 'does not apply';
  return [
    `${paint('bold', name)} (${effect}) ${outcome}`,
    ...elements.flatMap((element) => describeElement(element, paint)),
  ];
}

function describeElement(
  { element, matched, operator, key, policy, request }: ElementExplanation,
  paint: Paint,
): string[] {
  const mark = matched ? paint('green', '✓') : paint('red', '✗');
  const name = [element, operator, key].filter(Boolean).join(' ');
  return [
    `  ${mark} ${plain(name)}`,
    `      policy   ${plain(list(policy))}`,
    `      request  ${plain(request ? list(request) : '(the request has no such key)')}`,
  ];
}

function list(values: readonly string[]): string {
  return values.length > 0 ? values.join(', ') : '(nothing)';
}

function causes({ causes: ids }: TrustAnswer, titles: ReadonlyMap<string, string>, paint: Paint): string[] {
  if (ids.length === 0) return [];
  return [
    paint('bold', ids.length === 1 ? 'Cause' : 'Causes'),
    ...ids.map((id) => `  ${id}${titles.has(id) ? `  ${titles.get(id) ?? ''}` : ''}`),
  ];
}

/** Commands and the policy stand at the left edge, so that they can be copied as they are. */
function describeFix({ summary, commands, policy, verified }: Fix, paint: Paint): string[] {
  const lines = [
    // Advice says so itself.
    `${paint('bold', 'Fix')}${verified ? ' (proven)' : ''}`,
    `  ${plain(inLanguage(summary, 'en'))}`,
  ];
  const texts = commands.length > 0 || policy === undefined ? commands : [JSON.stringify(policy, null, 2)];
  return [...lines, ...texts.flatMap((text) => ['', ...printableLines(text).split('\n')])];
}
