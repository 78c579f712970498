/** What a look at the clouds came to, as text for a terminal: it stands before the explanation. */
import { styleText } from 'node:util';
import type { Finding } from '../../../shared/report.ts';
import { messagesIn } from '../../../shared/render/messages/messages-in.ts';
import { outline } from '../../../shared/render/outline.ts';
import { printableLine, printableLines } from '../../../shared/render/printable.ts';
import { wrap } from '../../../shared/render/wrap.ts';
import type { Session } from '../session.ts';
import type { Answer, Seen } from './answer-errors.ts';
import type { LiveAnswer } from './live.ts';

/** So many findings and reasons are told here, of each of several errors fewer; the report at the end has all. */
const mostTold = 5;
const mostOfSeveral = 2;

type Paint = (style: 'bold' | 'dim', text: string) => string;

/** Ends with a line break. */
export function renderAnswer(session: Session, live: LiveAnswer): string {
  const { color, says } = session;
  const paint: Paint = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  const isOne = live.answers.length === 1;
  const lines = live.answers.flatMap((answer, index) => [
    ...(isOne ? [] : ['', paint('bold', titleOf(session, live, index))]),
    ...answerLines(session, live, answer, paint),
  ]);
  const found = live.answers.some(({ state }) => state === 'found');
  const ends = [
    ...(found ? indented(session, says.explain.live.atTheEnd) : []),
    ...live.notes.flatMap((note) => item(session, note)),
  ];
  const gap = isOne || ends.length === 0 ? [] : [''];
  return `${[paint('bold', says.explain.live.heading), ...lines, ...gap, ...ends].join('\n')}\n`;
}

function titleOf({ language }: Session, { explained }: LiveAnswer, index: number): string {
  const explanation = explained.explanations[index];
  const { translated } = explanation ?? {};
  return `${(translated?.language === language ? translated.title : explanation?.title) ?? ''}`;
}

function answerLines(session: Session, live: LiveAnswer, answer: Answer, paint: Paint): string[] {
  const { live: says } = session.says.explain;
  if (answer.state === 'found') {
    const most = live.answers.length === 1 ? mostTold : mostOfSeveral;
    return foundLines(session, findingsOf(session, live, answer), most, paint);
  }
  if (answer.state === 'seen') return answer.seen.flatMap((one) => seenLines(session, one));
  const more = answer.why.length - mostTold;
  return [
    ...indented(session, says.state[answer.state]),
    ...answer.why.slice(0, mostTold).flatMap((one) => item(session, one)),
    ...(more > 0 ? indented(session, says.moreReasons(more)) : []),
  ];
}

function foundLines(session: Session, found: readonly Finding[], most: number, paint: Paint): string[] {
  const { live: says } = session.says.explain;
  const { length } = found;
  return [
    ...(length > 1 ? indented(session, says.several(length)) : []),
    ...found.slice(0, most).flatMap((finding) => findingLines(session, finding, paint)),
    ...(length > most ? indented(session, says.more(length - most)) : []),
  ];
}

function findingsOf({ language }: Session, { report }: LiveAnswer, { findings }: Answer): Finding[] {
  if (!report) return [];
  const all = outline(report, language).report.findings;
  return findings.flatMap((id) => all.find((finding) => finding.id === id) ?? []);
}

function findingLines(
  session: Session,
  { severity, title, rule, id, cause }: Finding,
  paint: Paint,
): string[] {
  const label = messagesIn(session.language).severity[severity].toUpperCase();
  const [first = '', ...rest] = wrap(`${label}  ${title}`, widthOf(session) - 2);
  return [
    `  ${paint('bold', first)}`,
    ...rest.map((line) => `  ${paint('bold', line)}`),
    ...wrap(cause, widthOf(session) - 4).map((line) => `    ${line}`),
    paint('dim', `    ${rule} · ${id}`),
  ];
}

/** A command stands by itself, to be copied. */
function seenLines(session: Session, { says, command }: Seen): string[] {
  return [...item(session, says), ...(command === null ? [] : ['', printableLines(command), ''])];
}

function indented(session: Session, text: string): string[] {
  return wrap(text, widthOf(session) - 2).map((line) => `  ${line}`);
}

function item(session: Session, text: string): string[] {
  const lines = wrap(printableLine(text), widthOf(session) - 4);
  return lines.map((line, index) => `  ${index === 0 ? '-' : ' '} ${line}`);
}

/** As wide as the explanation. */
function widthOf({ width }: Session): number {
  return Math.min(100, Math.max(40, Math.floor(width) || 80));
}
