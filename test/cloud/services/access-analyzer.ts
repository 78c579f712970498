/** IAM Access Analyzer, as far as the validity of policies is concerned. */
import { AwsError } from '../aws-error.ts';
import { restJsonService, type RestInput } from '../protocols/rest-json.ts';

export const accessAnalyzer = restJsonService({
  signingName: 'access-analyzer',
  regional: true,
  operations: [
    { http: 'POST /policy/validation', action: 'access-analyzer:ValidatePolicy', run: validatePolicy },
  ],
});

function validatePolicy({ body }: RestInput): object {
  const document = body['policyDocument'];
  if (typeof document !== 'string' || body['policyType'] !== 'IDENTITY_POLICY')
    throw new AwsError('ValidationException', 'policyDocument and policyType must be given', 400);
  return { findings: findingsOf(document) };
}

interface Policy {
  Statement: { Action: string | string[]; Resource: string | string[] }[];
}

function findingsOf(document: string): object[] {
  const { Statement } = JSON.parse(document) as Policy;
  return Statement.flatMap(({ Action, Resource }) => [
    ...[Action]
      .flat()
      .filter((action) => !/^[a-z0-9-]+:[A-Za-z0-9]+$/.test(action))
      .map(invalidAction),
    ...[Resource]
      .flat()
      .filter((arn) => arn !== '*' && !arn.startsWith('arn:'))
      .map(invalidArn),
  ]);
}

function invalidAction(action: string): object {
  return {
    findingType: 'ERROR',
    issueCode: 'INVALID_ACTION',
    findingDetails: `The action ${action} does not exist.`,
    learnMoreLink:
      'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html',
    locations: [],
  };
}

function invalidArn(arn: string): object {
  return {
    findingType: 'ERROR',
    issueCode: 'INVALID_ARN_RESOURCE',
    findingDetails: `Resource ARN ${arn} does not match the expected ARN format.`,
    learnMoreLink:
      'https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html',
    locations: [],
  };
}
