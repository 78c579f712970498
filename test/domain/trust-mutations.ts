/** The faults that trust policies have in practice. */
import { claimMutations } from './claim-mutations.ts';
import { conditionMutations } from './condition-mutations.ts';
import type { Mutation } from './mutation.ts';
import { statementMutations } from './statement-mutations.ts';

/** Every fault, each with the cause that its repair is called by. */
export const mutations: Mutation[] = [...statementMutations, ...claimMutations, ...conditionMutations];

/** Whether the mutation changes one statement alone, so that the same fault may stand in only one of two. */
export function isLocal({ name }: Mutation): boolean {
  return !/^(token|deny|version|effect|policy)_/.test(name);
}

/** Pairs whose faults hide one another, so that undoing one says nothing about it. */
const apart: [RegExp, RegExp][] = [
  [/^policy_for_/, /^key_|^version_|^extra_amr_/],
  [/^provider_id_typo$/, /^key_id_typo$/],
  [/^version_/, /^extra_session_name$|^token_/],
  [/^token_/, /^deny_(same_)?sub/],
  [/^effect_/, /^(sub|aud|token)_/],
];

/** Whether two mutations cannot both be at fault in one statement. */
export function clash(a: Mutation, b: Mutation): boolean {
  const hidden = apart.some(
    ([one, other]) => (one.test(a.name) && other.test(b.name)) || (one.test(b.name) && other.test(a.name)),
  );
  return hidden || a === b || (a.slot === b.slot && a.slot !== 'other');
}
