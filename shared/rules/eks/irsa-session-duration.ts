import { issuerOfProvider, parseEksIssuer } from '../../domain/issuer.ts';
import { parseSubject } from '../../domain/service-account.ts';
import type { Caller, Role } from '../../domain/web-identity.ts';
import { rule, type Problem } from '../../rule.ts';
import { advice } from './web-identity/fix.ts';
import { clusterOf, ownRoles, webIdentityNeeds, type WebIdentityGiven } from './web-identity/given.ts';
import { groupBy } from './web-identity/look-up-by.ts';
import { problemsOf } from './web-identity/problem.ts';
import { accountNames, callersOf, verb, type Told } from './web-identity/told.ts';
import { en, ja, type Localized } from '../../words.ts';

export default rule({
  id: 'eks/irsa-session-duration',
  title: {
    en: 'A workload asks for longer sessions than its role allows',
    ja: 'ワークロードがロールの許可より長いセッションを要求しています',
  },
  severity: 'high',
  why: {
    en: 'STS refuses such a call with a ValidationError; it fails at the next renewal of the credentials.',
    ja: 'STS はこのような呼び出しを ValidationError で拒否します。次に認証情報を更新する時に失敗します。',
  },
  references: ['https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html'],
  needs: webIdentityNeeds,
  check: (given) => {
    const refused = problemsOf('eks/irsa-session-duration', given, (told) => ({
      cause: sentence(told),
      fix: durationAdvice(told[0].role?.maxSessionDuration),
    }));
    const known = new Set(refused.map(placeOf));
    return [...refused, ...outlived(given).filter((problem) => !known.has(placeOf(problem)))];
  },
});

function placeOf({ subject, location, cluster }: Problem): string {
  return JSON.stringify([subject.id, location, cluster]);
}

function sentence(told: Told): Localized {
  const [{ role, denial }] = told;
  const asked = denial?.latest.durationSeconds ?? null;
  const session =
    asked === null
      ? { en: 'a longer session than', ja: '長いセッション' }
      : { en: `a session of ${asked} seconds, more than`, ja: `長い ${asked} 秒のセッション` };
  const most = role
    ? {
        en: `the ${role.maxSessionDuration} seconds that ${role.name} allows`,
        ja: `${role.name} が許可する ${role.maxSessionDuration} 秒`,
      }
    : { en: 'its role allows', ja: 'ロールが許可する時間' };
  return {
    en: en`${callersOf(told)} ${verb(told, 'asks', 'ask')} for ${session} ${most}.`,
    ja: ja`${callersOf(told)} が、${most}より${session}を要求しています。`,
  };
}

/** Callers who got a session that the role, as it is now, would no longer give. */
function outlived(given: WebIdentityGiven): Problem[] {
  const roles = new Map(ownRoles(given).map((role) => [role.arn, role]));
  const callers = (given.facts.denials?.callers ?? []).flatMap((caller) => {
    const role = roles.get(caller.roleArn);
    const asked = caller.longestDurationSeconds ?? 0;
    if (!role || asked <= role.maxSessionDuration) return [];
    const issuer = caller.provider === null ? null : issuerOfProvider(caller.provider);
    const cluster = issuer === null ? null : clusterOf(given, issuer);
    const location = cluster?.region ?? parseEksIssuer(issuer ?? '')?.region ?? null;
    return [{ caller, role, asked, location, cluster: cluster?.name ?? null }];
  });
  const groups = groupBy(callers, ({ role, location, cluster }) =>
    JSON.stringify([role.arn, location, cluster]),
  );
  return [...groups.values()].flatMap((group) => outlivedProblem(group) ?? []);
}

interface Outlived {
  caller: Caller;
  role: Role;
  /** Seconds. */
  asked: number;
  location: string | null;
  cluster: string | null;
}

function outlivedProblem(group: Outlived[]): Problem | null {
  const [first] = [...group].sort((a, b) => b.asked - a.asked);
  if (!first) return null;
  const { caller, role, asked, location, cluster } = first;
  const subjects = [...new Set(group.map(({ caller }) => caller.subject))];
  const name = subjects.length === 1 ? parseSubject(caller.subject) : null;
  return {
    location,
    cluster,
    subject: { kind: 'role', name: role.name, id: role.arn },
    workload: name && { namespace: name.namespace, serviceAccount: name.name },
    severity: 'medium',
    cause: {
      en: en`${accountNames(subjects)} ${subjects.length === 1 ? 'asks' : 'ask'} for sessions of up to ${asked} seconds, and ${role.name} now allows ${role.maxSessionDuration} at most.`,
      ja: ja`${accountNames(subjects)} は最長 ${asked} 秒のセッションを要求していますが、${role.name} が現在許可するのは最長 ${role.maxSessionDuration} 秒です。`,
    },
    evidence: [
      {
        label: 'Longest session asked for',
        value: {
          en: `${asked} seconds, last at ${caller.lastSeen}`,
          ja: `${asked} 秒、最終は ${caller.lastSeen}`,
        },
      },
      { label: 'MaxSessionDuration of the role', value: inSeconds(role.maxSessionDuration) },
    ],
    fix: durationAdvice(role.maxSessionDuration),
  };
}

function durationAdvice(seconds: number | undefined) {
  const most = seconds === undefined ? unreadMost : inSeconds(seconds);
  return advice({
    en: en`Let the workload ask for at most ${most} (its SDK's duration setting), or have the role's owner raise MaxSessionDuration if sessions that long are wanted.`,
    ja: ja`ワークロードが要求するセッションを ${most}以下にする (SDK のセッション時間の設定) か、それだけ長いセッションが必要であれば、ロールの所有者に MaxSessionDuration の引き上げを依頼してください。`,
  });
}

const unreadMost = { en: 'the MaxSessionDuration of the role', ja: 'ロールの MaxSessionDuration ' };

function inSeconds(seconds: number): Localized {
  return { en: `${seconds} seconds`, ja: `${seconds} 秒` };
}
