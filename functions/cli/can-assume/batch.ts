/** `can-assume --batch`: one answer for each line, in order, in constant memory. */
import { createReadStream } from 'node:fs';
import * as z from 'zod/mini';
import type { WebIdentityRequest } from '../../../shared/domain/trust-policy.ts';
import type { Session } from '../session.ts';
import { LocalizedError, saidBy } from '../../../shared/localized-error.ts';
import { en, ja, type Language, type Localized } from '../../../shared/words.ts';
import { UserError } from '../user-error.ts';
import { answerTrust, type TrustAnswer } from './answer-trust.ts';
import { readLines, type Line } from './read-lines.ts';

const anything = z.record(z.string(), z.unknown());
const questionSchema = z.object({
  id: z.optional(z.unknown()),
  trustPolicy: z.unknown(),
  request: z.object({
    issuer: z.string(),
    roleArn: z.string(),
    claims: anything,
    context: z._default(anything, {}),
  }),
});

type Answer = ({ id?: unknown } & TrustAnswer) | { id?: unknown; error: string };

/** Characters of answers that are gathered into one write. */
const writeSize = 64 * 1024;

/**
 * Reads JSON lines `{trustPolicy, request: {issuer, roleArn, claims, context}}` and writes `{verdict, causes,
 * statements, fix}`, with the line's `id` where it has one, or `{error}`. Blank lines are passed over. Says whether
 * every line was readable and allowed.
 */
export async function answerBatch(session: Session, file: string): Promise<boolean> {
  let allAllowed = true;
  let waiting = '';
  for await (const answer of answers(await openInput(session, file), session.language)) {
    if (!('verdict' in answer) || answer.verdict !== 'Allowed') allAllowed = false;
    waiting += `${JSON.stringify(answer)}\n`;
    if (waiting.length < writeSize) continue;
    if (!(await session.write(waiting))) return allAllowed;
    waiting = '';
  }
  if (waiting !== '') await session.write(waiting);
  return allAllowed;
}

async function openInput(session: Session, file: string): Promise<AsyncIterable<Buffer | string>> {
  if (file === '-') return session.stdin;
  const stream = createReadStream(file);
  try {
    await new Promise((resolve, reject) => stream.once('open', resolve).once('error', reject));
  } catch (error) {
    const why = (error as Error).message;
    throw new UserError(
      {
        en: `Cannot read ${file}: ${why}; give a file of JSON lines, or "-" for standard input`,
        ja: `${file} を読み取れません: ${why}。JSON Lines のファイルを指定するか、標準入力の場合は "-" を指定してください`,
      },
      { cause: error },
    );
  }
  return stream;
}

async function* answers(input: AsyncIterable<Buffer | string>, language: Language): AsyncGenerator<Answer> {
  let number = 0;
  for await (const line of readLines(input)) {
    number++;
    if ('text' in line && line.text.trim() === '') continue;
    yield answerLine(line, number, language);
  }
}

function answerLine(line: Line, number: number, language: Language): Answer {
  if ('tooLong' in line) return { error: tooLong(number)[language] };
  let id: { id?: unknown } = {};
  try {
    const value: unknown = JSON.parse(line.text);
    id = idOf(value);
    return { ...id, ...answerTrust(readQuestion(value), language) };
  } catch (error) {
    const why = error instanceof SyntaxError ? noJson(error) : saidBy(error);
    const told = { en: `Line ${number}: ${why.en}`, ja: `${number} 行目: ${why.ja}` };
    return { ...id, error: told[language] };
  }
}

function noJson({ message }: SyntaxError): Localized {
  return { en: message, ja: `JSON ではありません (${message})` };
}

function tooLong(number: number): Localized {
  return {
    en: `Line ${number} is too long to be a trust policy and a request`,
    ja: `${number} 行目は、信頼ポリシーとリクエストとしては長すぎます`,
  };
}

function idOf(value: unknown): { id?: unknown } {
  return typeof value === 'object' && value !== null && 'id' in value ? { id: value.id } : {};
}

function readQuestion(value: unknown): { trustPolicy: unknown; request: WebIdentityRequest } {
  const { success, data, error } = questionSchema.safeParse(value);
  if (success) return { trustPolicy: data.trustPolicy, request: data.request };
  const issue = error.issues[0];
  const path = issue?.path.join('.') || theLine;
  const expected = issue && 'expected' in issue ? String(issue.expected) : 'as documented';
  if (expected === 'nonoptional')
    throw new LocalizedError({ en: en`${path} is missing`, ja: ja`${path} がありません` });
  throw new LocalizedError({
    en: en`${path} must be ${/^[aeiou]/.test(expected) ? 'an' : 'a'} ${expected}`,
    ja: ja`${path} は ${typesInJapanese[expected] ?? expected} でなければなりません`,
  });
}

const theLine = { en: 'the line', ja: '行' };

/** The types that a line is made of. */
const typesInJapanese: Readonly<Record<string, string>> = {
  object: 'オブジェクト',
  record: 'オブジェクト',
  string: '文字列',
};
