/** The role that the auditor of Google Cloud takes on: who gets in, and what our own rules say of it. */
import { googleTrustPolicy } from '../../shared/domain/google-federation.ts';
import { evaluateTrust, type Verdict } from '../../shared/domain/trust-policy.ts';
import { findingsOf } from '../rules/eks/test-eks-rule.ts';
import { account, observe, role } from '../rules/eks/world.ts';

const serviceAccountId = '112233445566778899001';
const audience = 'clusterwhy';
const trustPolicy = googleTrustPolicy({ serviceAccountId, audience });

const googleIssuer = 'https://accounts.google.com';

/** The claims of an identity token as the metadata server gives it. */
const own = { sub: serviceAccountId, aud: audience, azp: serviceAccountId, email: 'auditor@example.com' };

function verdict(changes: Record<string, string>, issuer = googleIssuer): Verdict {
  const claims = { ...own, ...changes };
  const roleArn = `arn:aws:iam::${account}:role/clusterwhy-google`;
  return evaluateTrust(trustPolicy, { issuer, roleArn, claims, context: {} }).verdict;
}

it('lets in the service account, whatever its client is called', () => {
  expect(verdict({})).toBe('Allowed');
  // With impersonation Google writes the email there.
  expect(verdict({ azp: 'auditor@example.com' })).toBe('Allowed');
});

it.each<[string, Record<string, string>, string]>([
  ['another service account', { sub: '998877665544332211009', azp: '998877665544332211009' }, googleIssuer],
  ['an id that begins alike', { sub: `${serviceAccountId}1` }, googleIssuer],
  ['its token for somebody else', { aud: 'https://other.example.com' }, googleIssuer],
  [
    'its token for somebody else, asked for by a client named like the audience',
    { aud: 'x', azp: audience },
    googleIssuer,
  ],
  ['the same claims of another issuer', {}, 'https://accounts.example.com'],
])('keeps out %s', (_, claims, issuer) => {
  expect(verdict(claims, issuer)).toBe('ImplicitlyDenied');
});

/** The rules that find a fault with a role that has this policy. */
function faultsOf(policy: unknown): string[] {
  const google = role('clusterwhy-google', policy);
  return findingsOf(observe({ roles: [google] }))
    .filter(({ problem }) => problem.subject.id === google.arn)
    .map(({ rule }) => rule);
}

it('has no fault that our own rules know, as it would have without its principal', () => {
  const open = trustPolicy.Statement.map((one) => ({ ...one, Principal: '*', Condition: undefined }));
  expect(faultsOf(trustPolicy)).toEqual([]);
  expect(faultsOf({ ...trustPolicy, Statement: open })).toContain('eks/irsa-trust-too-broad');
});

it.each(['', 'auditor@example.com', '*', '1122334455667788990*', '${aws:username}'])(
  'is not made for "%s", which is no id',
  (id) => {
    expect(() => googleTrustPolicy({ serviceAccountId: id, audience })).toThrow(/give its unique id/);
  },
);

it.each(['', '*', 'two words'])('is not made for the audience "%s"', (given) => {
  expect(() => googleTrustPolicy({ serviceAccountId, audience: given })).toThrow(/an audience has letters/);
});
