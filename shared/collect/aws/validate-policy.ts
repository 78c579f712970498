import { ValidatePolicyCommand, type AccessAnalyzerClient } from '@aws-sdk/client-accessanalyzer';

/** What IAM Access Analyzer finds wrong with an identity policy: its findings of type ERROR. */
export async function validatePolicy(
  client: AccessAnalyzerClient,
  policy: unknown,
  signal: AbortSignal,
): Promise<string[]> {
  const command = new ValidatePolicyCommand({
    policyDocument: JSON.stringify(policy),
    policyType: 'IDENTITY_POLICY',
  });
  const { findings = [] } = await client.send(command, { abortSignal: signal });
  return findings
    .filter(({ findingType }) => findingType === 'ERROR')
    .map(({ issueCode, findingDetails }) => `${issueCode ?? 'ERROR'}: ${findingDetails ?? ''}`);
}
