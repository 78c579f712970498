/** What IAM refuses to store as a trust policy. It stores much that can never allow anything. */
import { AwsError } from './aws-error.ts';

/** IAM's default quota for a role's trust policy, in characters without white space. */
const quota = 2048;

/** The document as IAM keeps it, or IAM's error. */
export function checkTrustPolicy(text: string): string {
  const document = parse(text);
  if (JSON.stringify(document).length > quota)
    throw new AwsError('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${quota}`, 409);
  for (const statement of [document['Statement']].flat<unknown[]>()) checkStatement(statement);
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    throw malformed('The policy must contain a valid version string');
  return text;
}

function parse(text: string): Record<string, unknown> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new AwsError('MalformedPolicyDocument', `This policy contains invalid Json: ${String(error)}`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw malformed('Syntax errors in policy.');
  return document as Record<string, unknown>;
}

function checkStatement(statement: unknown): void {
  if (typeof statement !== 'object' || statement === null) throw malformed('Syntax errors in policy.');
  const { Effect, Principal, NotPrincipal, Action, NotAction, Resource } = statement as Record<
    string,
    unknown
  >;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed('Syntax errors in policy.');
  if (Principal === undefined && NotPrincipal === undefined)
    throw malformed('Missing required field Principal');
  if (Action === undefined && NotAction === undefined) throw malformed('Missing required field Action');
  if (Resource !== undefined) throw malformed('Has prohibited field Resource');
  for (const action of [Action].flat())
    if (typeof action === 'string' && !/^(sts:.+|\*)$/i.test(action))
      throw malformed('AssumeRole policy may only specify STS AssumeRole actions.');
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message);
}
