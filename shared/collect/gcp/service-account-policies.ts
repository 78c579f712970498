import { isGoogleManaged, nodeAccounts, projectOfAccount } from '../../domain/google-identity.ts';
import type { IamPolicy, Lookup } from '../../domain/google-policy.ts';
import type { GcpFacts } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { encodeSegment } from './google-api.ts';
import { lookUpEach } from './look-up-each.ts';
import { parsePolicy, type PolicyAnswer } from './parse-policy.ts';
import { isMissing, whyNot } from './refusal.ts';
import { annotatedAccounts, isOwn } from './service-accounts.ts';
import { valueOf, type GcpSource } from './source.ts';

const permission = 'iam.serviceAccounts.getIamPolicy';

const policies = { en: 'policies of service accounts', ja: 'サービスアカウントのポリシー' };

/** Who may act as the accounts of other projects that nodes use, and as those that workloads use. */
export const serviceAccountPoliciesReader: Reader<GcpSource, GcpFacts['serviceAccountPolicies']> = {
  permissions: [permission],
  async read(source) {
    const emails = [
      ...new Set([...(await foreignNodeAccounts(source)), ...(await annotatedAccounts(source))]),
    ];
    const { found, gaps } = await lookUpEach(policies, emails, (email) => readPolicy(source, email));
    return readingOf(found, gaps);
  },
};

async function foreignNodeAccounts(source: GcpSource): Promise<string[]> {
  const clusters = valueOf(await source.reading('gkeClusters')) ?? [];
  const number = valueOf(await source.reading('project'))?.number ?? '';
  const foreign: string[] = [];
  for (const { email, isDefault } of nodeAccounts(clusters, number))
    if (!isDefault && !isGoogleManaged(email) && projectOfAccount(email) && !(await isOwn(source, email)))
      foreign.push(email);
  return foreign;
}

async function readPolicy({ run }: GcpSource, email: string): Promise<Lookup<IamPolicy>> {
  const owner = projectOfAccount(email) ?? '-';
  const account = `v1/projects/${encodeSegment(owner)}/serviceAccounts/${encodeSegment(email)}`;
  try {
    const policy = await run.api.call<PolicyAnswer>({
      api: 'iam',
      method: 'POST',
      path: `${account}:getIamPolicy`,
      // This one takes its options in the address, where Resource Manager's takes a body.
      query: { 'options.requestedPolicyVersion': 3 },
    });
    return { state: 'exists', value: parsePolicy(policy) };
  } catch (error) {
    if (isMissing(error)) return { state: 'missing' };
    return {
      state: 'unread',
      why: whyNot(error, {
        action: { en: `read the IAM policy of ${email}`, ja: `${email} の IAM ポリシーを取得` },
        permission,
      }),
    };
  }
}
