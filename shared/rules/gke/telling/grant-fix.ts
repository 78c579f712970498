import type { Access, Verdict } from '../../../domain/google-access.ts';
import { provesGrant } from '../../../domain/google-proof.ts';
import type { Fix } from '../../../rule.ts';
import { sh } from '../../../shell.ts';

export interface ProjectGrant {
  /** Project id whose policy gets the bindings. */
  project: string;
  member: string;
  roles: readonly string[];
  access: Access;
  judge: (access: Access, principal: string) => Verdict;
  /** One or two sentences. */
  summary: string;
}

/** Grants roles on a project, without a condition; advice where the repaired policy is not seen to allow what was missing. */
export function grantFix({ project, member, roles, access, judge, summary }: ProjectGrant): Fix {
  const resource = `projects/${project}`;
  const bindings = roles.map((role) => ({ resource, role, member }));
  if (!provesGrant(access, bindings, member, judge))
    return {
      summary: `Advice: ${summary} That it suffices could not be proven.`,
      commands: [],
      verified: false,
    };
  const commands = roles.map((role) => grantCommand(project, member, role));
  return { summary, commands, verified: true };
}

/** One complete `gcloud projects add-iam-policy-binding`. `--condition=None` keeps gcloud from asking where others are conditional. */
export function grantCommand(project: string, member: string, role: string): string {
  return sh`gcloud projects add-iam-policy-binding ${project} --member=${member} --role=${role} --condition=None`;
}
