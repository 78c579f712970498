/** What the table tells of denials, as the facts that rules judge. */
import type { KnownReadings } from '../collect/aws/account.ts';
import type { AwsFacts, Reading } from '../observation.ts';
import type { CapturedDenial } from './captured-denial.ts';
import type { DenialKind, DenialsByKind } from './denial-of-record.ts';

/** The facts that tell of denials, by what was refused. */
export const denialFacts = {
  'web-identity': 'denials',
  'pod-identity': 'podIdentityDenials',
  service: 'serviceDenials',
} as const satisfies Record<DenialKind, keyof AwsFacts>;

/** Nobody looked: reading it takes longer than whoever waits for the message has. */
const unread: Reading<never> = { state: 'unread', gaps: [] };

/** What no explanation of a refused call rests on; the daily report judges by it. */
const leftToTheDay = {
  nodeRoleCalls: unread,
  networks: unread,
  nodegroups: unread,
  insights: unread,
  clusterDns: unread,
  podWebhooks: unread,
} satisfies KnownReadings;

/** The facts about these denials; others that are read from the event history, or slowly, are left unread. */
export function knownReadings(captured: readonly CapturedDenial[]): KnownReadings {
  const web = denialsOf('web-identity', captured);
  const pods = denialsOf('pod-identity', captured);
  const calls = denialsOf('service', captured);
  return {
    denials: web ? { ...web, value: { ...web.value, callers: [] } } : unread,
    podIdentityDenials: pods ?? unread,
    serviceDenials: calls ?? unread,
    ...(pods === null && { kubernetesNodes: unread }),
    ...leftToTheDay,
  };
}

function denialsOf<Kind extends DenialKind>(kind: Kind, captured: readonly CapturedDenial[]) {
  const own = captured.filter((one) => one.kind === kind);
  if (own.length === 0) return null;
  const denials = own.map(({ denial }) => denial as DenialsByKind[Kind]);
  const events = denials.reduce((sum, denial) => sum + denial.events, 0);
  return { state: 'whole' as const, value: { denials, events, unparsed: 0 } };
}
