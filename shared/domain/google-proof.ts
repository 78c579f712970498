/** Proof that a binding repairs what is missing and gives nothing to anybody else. */
import { withBinding, type Access, type Verdict } from './google-access.ts';
import type { IamPolicy } from './google-policy.ts';

/** One binding that a fix adds, which always holds. */
export interface NewBinding {
  /** The resource whose policy gets it, as its level is named (`projects/p`). */
  resource: string;
  role: string;
  member: string;
}

/** A policy as the clouds' own tools read and write it. */
export interface PolicyDocument {
  version: 3;
  bindings: { role: string; members: string[]; condition?: { title: string; expression: string } }[];
}

/**
 * Evaluates the policies again with the binding added: the principal must be allowed for good, and every neighbour
 * (other project numbers, other names, other kinds of member) must be judged as before. Returns the repaired policy, or
 * null where that is not so.
 */
export function proveGrant(
  access: Access,
  { resource, role, member }: NewBinding,
  principal: string,
  judge: (access: Access, principal: string) => Verdict,
): PolicyDocument | null {
  const policies = withBinding(access.policies, resource, role, member);
  const repaired = { ...access, policies };
  const verdict = judge(repaired, principal);
  const isRepaired = verdict.state === 'allowed' && verdict.until === null;
  const isNarrow = neighboursOf(principal).every(
    (neighbour) => judge(repaired, neighbour).state === judge(access, neighbour).state,
  );
  return isRepaired && isNarrow ? policyAt(repaired, resource) : null;
}

/** The policy of one resource as it is; null where it was not read. */
export function policyAt({ policies }: Pick<Access, 'policies'>, resource: string): PolicyDocument | null {
  const level = policies.find((each) => each.resource === resource);
  return level?.state === 'read' ? documentOf(level.policy) : null;
}

function documentOf({ bindings }: IamPolicy): PolicyDocument {
  return {
    version: 3,
    bindings: [...bindings].map(({ role, members, condition }) => ({
      role,
      members: [...members],
      ...(condition ? { condition: { title: condition.title ?? '', expression: condition.expression } } : {}),
    })),
  };
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
    `x.${name}`,
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
