/** A trust policy as people have it at hand: the document alone, or the answer of `aws iam get-role`. */
import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { UserError } from '../user-error.ts';

export interface TrustPolicySource {
  policy: unknown;
  /** The role's ARN, where the file names it. */
  roleArn: string | null;
}

/** Reads a file, or `-` for standard input; throws a UserError where it cannot be read or is no JSON. */
export async function readTrustPolicy(
  file: string,
  stdin: NodeJS.ReadableStream,
): Promise<TrustPolicySource> {
  const content = await readContent(file, stdin);
  const value = parse(content.replace(/^\ufeff/, ''), file);
  const role = roleIn(value);
  if (!role) return { policy: unwrap(value), roleArn: null };
  return {
    policy: unwrap(role['AssumeRolePolicyDocument']),
    roleArn: typeof role['Arn'] === 'string' ? role['Arn'] : null,
  };
}

async function readContent(file: string, stdin: NodeJS.ReadableStream): Promise<string> {
  try {
    return file === '-' ? await readAll(stdin) : await readFile(file, 'utf8');
  } catch (error) {
    const why = (error as Error).message;
    throw new UserError(
      {
        en: `Cannot read ${file}: ${why}; give the file that holds the trust policy`,
        ja: `${file} を読み取れません: ${why}。信頼ポリシーのファイルを指定してください`,
      },
      { cause: error },
    );
  }
}

function parse(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    const why = (error as Error).message;
    throw new UserError(
      {
        en: `Cannot read the trust policy in ${file}: ${why}; give a policy document or the output of "aws iam get-role"`,
        ja: `${file} の信頼ポリシーを読み取れません: ${why}。ポリシードキュメント、または "aws iam get-role" の出力を指定してください`,
      },
      { cause: error },
    );
  }
}

function roleIn(value: unknown): Record<string, unknown> | null {
  if (!isObject(value)) return null;
  if ('AssumeRolePolicyDocument' in value) return value;
  return roleIn(value['Role']);
}

/** IAM's API gives the document as URL-encoded text, Terraform and CloudFormation often as JSON text. */
export function unwrap(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(/^\s*%7B/i.test(value) ? decodeURIComponent(value) : value);
  } catch {
    return value; // no JSON: the evaluation says what IAM would refuse
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
