/** Proof that a binding repairs what is missing and gives nothing to anybody else. */
import { withBinding, type Access, type Verdict } from './google-access.ts';

/** One binding that a fix adds, which always holds. */
export interface NewBinding {
  /** The resource whose policy gets it, as its level is named (`projects/p`). */
  resource: string;
  role: string;
  member: string;
}

/**
 * Evaluates the policies again with the bindings added: the principal must be allowed for good, and every neighbour
 * (other project numbers, other names, other kinds of member) must be judged as before.
 */
export function provesGrant(
  access: Access,
  bindings: readonly NewBinding[],
  principal: string,
  judge: (access: Access, principal: string) => Verdict,
): boolean {
  const isRead = ({ resource }: NewBinding) =>
    access.policies.some((level) => level.resource === resource && level.state === 'read');
  if (!bindings.every(isRead)) return false;
  const policies = bindings.reduce(
    (levels, { resource, role, member }) => withBinding(levels, resource, role, member),
    [...access.policies],
  );
  const repaired = { ...access, policies };
  const verdict = judge(repaired, principal);
  return (
    verdict.state === 'allowed' &&
    verdict.until === null &&
    neighboursOf(principal).every(
      (neighbour) => judge(repaired, neighbour).state === judge(access, neighbour).state,
    )
  );
}

/** Principals that resemble one and must not profit from a binding for it. */
export function neighboursOf(principal: string): string[] {
  const [kind = '', id = ''] = principal.split(/:(.*)/s);
  const [name = '', domain = ''] = id.split('@');
  const names = [
    `a${name}`,
    `${name}a`,
    `${name}-1`,
    `1${name}`,
    `${name}1`,
    name.slice(1),
    name.slice(0, -1),
  ];
  const domains = [
    `x${domain}`,
    `${domain}.example`,
    `x.${domain}`,
    domain.replace(/^[^.]+/, 'other'),
    'example.com',
  ];
  const numbers = [
    id.replace(/\d/, '0'),
    id.replace(/\d(?=\D*$)/, '0'),
    id.replace(/\d+/, '1'),
    id.replace(/\d+/, '12'),
  ];
  const kinds = ['user', 'group', 'serviceAccount', 'domain', 'deleted:serviceAccount'];
  const all = [
    ...names.map((other) => `${kind}:${other}@${domain}`),
    ...domains.map((other) => `${kind}:${name}@${other}`),
    ...numbers.map((other) => `${kind}:${other}`),
    ...kinds.map((other) => `${other}:${id}`),
    `${kind}:${domain}`,
    `${kind}:*@${domain}`,
    `${kind}:${name}@*`,
    'allUsers:',
  ];
  return [...new Set(all)].filter((other) => other.toLowerCase() !== principal.toLowerCase());
}
