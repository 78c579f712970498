/** The outcome for an agent of Google: it has its role, lacks it, will lack it, or that cannot be told. */
import type { Access, Verdict } from '../../../domain/google-access.ts';
import type { AdminActivity } from '../../../domain/google-audit.ts';
import { removalOf } from '../../../domain/google-change.ts';
import type { Failure } from '../../../domain/google-failure.ts';
import { accountMember } from '../../../domain/google-project.ts';
import type { Evidence, Problem, Unknown } from '../../../rule.ts';
import { en, ja, type Words } from '../../../words.ts';
import { changeEvidence } from './change-evidence.ts';
import { failureEvidence } from './failure-evidence.ts';
import { projectGrantFix } from './grant-fix.ts';
import { nearEvidence, reasonFor } from './verdict-reason.ts';

export interface Agent {
  project: { id: string; number: string };
  email: string;
  /** What Google calls the agent. */
  name: Words;
  /** The role to grant. */
  role: string;
  /** Another role that is enough; it is never advised. */
  orElse?: string;
  access: Access;
  time: string;
  judge: (access: Access, principal: string) => Verdict;
  adminActivity: readonly AdminActivity[] | undefined;
  /** What failed because of it, if it lacks its role. */
  failures: readonly Failure[];
  /** What else shows who is affected. */
  evidence: readonly Evidence[];
}

/** A binding that ends within this many days is told before it does. */
const soonDays = 30;

/** Judges the agent. `[]` is a pass. */
export function agentOutcome(agent: Agent): (Problem | Unknown)[] {
  const verdict = agent.judge(agent.access, accountMember(agent.email));
  if (verdict.state === 'unknown')
    return verdict.why.map((why) => ({
      unknown: {
        en: en`whether the ${agent.name} has ${agent.role}: ${why}`,
        ja: ja`${agent.name} に ${agent.role} があるかどうかは不明です: ${why}`,
      },
    }));
  if (verdict.state === 'denied') return [agentProblem(agent, verdict)];
  const { until } = verdict;
  if (until === null || !isSoon(until, agent.time)) return [];
  return [{ ...agentProblem(agent, verdict), severity: 'medium', cause: endsSoon(agent, until) }];
}

function endsSoon({ name, role, project }: Agent, until: string): Words {
  return {
    en: en`The ${name} has ${role} on projects/${project.id} only until ${until}.`,
    ja: ja`${name} に projects/${project.id} の ${role} があるのは ${until} までです。`,
  };
}

/** Whether a time (ISO 8601) is less than thirty days away. */
export function isSoon(until: string, time: string): boolean {
  return Date.parse(until) - Date.parse(time) < soonDays * 86_400_000;
}

/** The problem itself, with what the policy, the audit log and GKE tell of it. */
export function agentProblem(agent: Agent, verdict: Verdict): Problem {
  const { project, email, name, role, adminActivity = [] } = agent;
  const resource = `projects/${project.id}`;
  const member = accountMember(email);
  const needs = needsOf(agent);
  const reason = reasonFor(verdict, role, resource);
  const removal = [role, agent.orElse ?? role]
    .map((each) => removalOf(adminActivity, each, member))
    .find((entry) => entry !== null);
  return {
    location: null,
    cluster: null,
    subject: { kind: 'service agent', name: email, id: email },
    cause: {
      en: en`The ${name} lacks ${needs}: ${reason}.`,
      ja: ja`${name} に ${needs} がありません。${reason}。`,
    },
    evidence: [
      { label: 'Principal', value: member },
      { label: 'Needs', value: { en: en`${needs} on ${resource}`, ja: ja`${resource} の ${needs}` } },
      ...nearEvidence(verdict),
      ...changeEvidence('Removed by', removal ?? null),
      ...agent.evidence,
      ...failureEvidence(agent.failures),
    ],
    fix: projectGrantFix({
      project: project.id,
      member,
      role,
      access: agent.access,
      judge: agent.judge,
      summary: {
        en: en`Grant the ${name} ${role} on project ${project.id}, without a condition.`,
        ja: ja`プロジェクト ${project.id} で、${name} に ${role} を条件なしで付与してください。`,
      },
    }),
  };
}

function needsOf({ role, orElse }: Agent): Words {
  if (orElse === undefined) return role;
  return {
    en: `${role} (or ${orElse}, which older projects have)`,
    ja: `${role} (または、古いプロジェクトで付与されている ${orElse})`,
  };
}
