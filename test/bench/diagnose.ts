/** Diagnosing: many roles and many distinct denials of every kind, at two sizes. */
import type { Denial, Role } from '../../shared/domain/web-identity.ts';
import { applyRule } from '../../shared/evaluate.ts';
import type { Observation } from '../../shared/observation.ts';
import { rules } from '../../shared/rules/index.ts';
import {
  allow,
  allowSubject,
  denial,
  nameOf,
  observe,
  policy,
  prodIssuer,
  prodProvider,
  role,
  roleArn,
  sa,
  trusts,
  type Json,
} from '../rules/eks/world.ts';

/** Twice the size may take at most this many times as long. */
const mostGrowth = 2.6;
/** Seconds of a processor that the large size may take: a function judges it within one run. */
const mostSeconds = 60;

export async function benchDiagnose(): Promise<{ name: string; lines: string[]; holds: boolean }> {
  diagnose(make(100, 400)); // the first run also compiles
  const small = diagnose(make(2_500, 10_000));
  const large = diagnose(make(5_000, 20_000));
  const growth = large.seconds / small.seconds;
  return {
    name: 'Diagnosing 20,000 distinct denials of 5,000 roles',
    lines: [
      describe(small),
      describe(large),
      `twice the size takes ${growth.toFixed(2)} times as long (at most ${mostGrowth})`,
    ],
    holds: growth <= mostGrowth && large.seconds <= mostSeconds && [small, large].every(isComplete),
  };
}

interface Diagnosed {
  roles: number;
  denials: number;
  /** Of a processor, so that other work on the machine does not count. */
  seconds: number;
  findings: number;
  proven: number;
  /** Refused calls that some finding tells. */
  events: number;
}

/** Applies every rule, as a report does: repairs are proven, too. */
function diagnose({ observation, roles, denials }: ReturnType<typeof make>): Diagnosed {
  const started = process.cpuUsage();
  const problems = rules.flatMap((rule) => applyRule(rule, observation).problems);
  return {
    roles,
    denials,
    seconds: secondsSince(started),
    findings: problems.length,
    proven: problems.filter(({ fix }) => fix.verified).length,
    events: problems.reduce((sum, problem) => sum + (problem.denial?.events ?? 0), 0),
  };
}

function secondsSince(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1e6;
}

/** No denial is lost, each refused role is one finding, and three policies of ten can be repaired. */
function isComplete({ roles, denials, events, findings, proven }: Diagnosed): boolean {
  return events === denials * eventsOfDenial && findings === roles && proven === roles * 0.3;
}

function describe({ roles, denials, seconds, findings, proven }: Diagnosed): string {
  const rate = Math.round(denials / seconds);
  return `${shown(denials)} denials of ${shown(roles)} roles: ${shown(rate)} a second of processor time (${seconds.toFixed(1)} s, ${shown(findings)} findings, ${shown(proven)} with a proven policy)`;
}

function shown(count: number): string {
  return count.toLocaleString('en');
}

const eventsOfDenial = 10;
const aud = { [`${nameOf(prodIssuer)}:aud`]: 'sts.amazonaws.com' };

/** Policies by turns; the role's own namespace is `team-<index>`. */
const kinds: ((namespace: string) => Json)[] = [
  ...Array.from({ length: 4 }, () => (namespace: string) => trusts(prodIssuer, sa(`${namespace}/owner`))),
  (namespace) => trusts(prodIssuer, `system:serviceaccount:${namespace}:*`),
  (namespace) => trusts(prodIssuer, callersIn(namespace), 'sts.amazon.com'),
  (namespace) =>
    policy(
      allowSubject(prodIssuer, callersIn(namespace), undefined, {
        Principal: { Federated: `${prodProvider}/` },
      }),
    ),
  (namespace) =>
    policy(
      allowSubject(prodIssuer, callersIn(namespace)),
      allow(prodIssuer, { StringEquals: aud }, { Effect: 'Deny' }),
    ),
  (namespace) =>
    policy(
      allow(prodIssuer, {
        StringEquals: { [`${nameOf(prodIssuer)}:sub`]: callersIn(namespace), ...aud },
        IpAddress: { 'aws:SourceIp': '198.51.100.0/24' },
      }),
    ),
  (namespace) => trusts(prodIssuer, callersIn(namespace)),
];

const callersOfRole = 4;

function callersIn(namespace: string): string[] {
  return Array.from({ length: callersOfRole }, (_, index) => sa(`${namespace}/caller-${index}`));
}

function make(roles: number, denials: number): { observation: Observation; roles: number; denials: number } {
  const made: Role[] = Array.from({ length: roles }, (_, index) =>
    role(`app-${index}`, kinds[index % kinds.length]?.(`team-${index}`)),
  );
  const refused: Denial[] = Array.from({ length: denials }, (_, index) =>
    denial({
      roleArn: roleArn(`app-${index % roles}`),
      subject: sa(`team-${index % roles}/caller-${Math.floor(index / roles)}`),
      events: eventsOfDenial,
      sampleEventIds: [`event-${index}`],
    }),
  );
  return { observation: observe({ roles: made, denials: refused }), roles, denials };
}
