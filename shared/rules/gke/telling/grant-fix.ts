import type { Access, Verdict } from '../../../domain/google-access.ts';
import { policyAt, proveGrant, type NewBinding } from '../../../domain/google-proof.ts';
import type { Fix } from '../../../rule.ts';
import { sh } from '../../../shell.ts';
import { en, ja, type Words } from '../../../words.ts';
import { advice } from './advice.ts';

export interface Grant {
  /** The binding that repairs it; `command` adds it. */
  binding: NewBinding;
  command: string;
  /** What the binding's resource inherits from, and how the missing is judged. */
  access: Access;
  judge: (access: Access, principal: string) => Verdict;
  /** One or two sentences. */
  summary: Words;
}

/** A grant without a condition; advice where the repaired policy is not seen to allow what was missing. */
export function grantFix({ binding, command, access, judge, summary }: Grant): Fix {
  const policy = proveGrant(access, binding, binding.member, judge);
  if (!policy) return unproven(summary);
  const currentPolicy = policyAt(access, binding.resource);
  return { summary, commands: [command], policy, currentPolicy, verified: true };
}

/** The same on a project. */
export function projectGrantFix({
  project,
  member,
  role,
  ...grant
}: Omit<Grant, 'binding' | 'command'> & { project: string; member: string; role: string }): Fix {
  const binding = { resource: `projects/${project}`, role, member };
  return grantFix({ ...grant, binding, command: grantCommand(project, member, role) });
}

/** What could not be proven is advice, and prints no command. */
export function unproven(summary: Words): Fix {
  return advice({
    en: en`${summary} That it suffices could not be proven.`,
    ja: ja`${summary}これで十分であることは証明できませんでした。`,
  });
}

/** One complete `gcloud projects add-iam-policy-binding`. `--condition=None` keeps gcloud from asking where others are conditional. */
export function grantCommand(project: string, member: string, role: string): string {
  return sh`gcloud projects add-iam-policy-binding ${project} --member=${member} --role=${role} --condition=None`;
}
