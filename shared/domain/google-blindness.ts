/** What audit logs cannot show: Data Access logs are off unless a policy turns them on. */
import type { IamPolicy, PolicyLevel } from './google-policy.ts';

/** Whether reads of an API (`ADMIN_READ`) are logged in a project; unknown where an ancestor was not read. */
export function logsReads(
  service: string,
  policy: IamPolicy,
  inherited: readonly PolicyLevel[] | undefined,
): 'yes' | 'no' | 'unknown' {
  const levels = inherited ?? [];
  const policies = [policy, ...levels.flatMap((level) => (level.state === 'read' ? [level.policy] : []))];
  const isOn = policies.some(({ auditConfigs }) =>
    auditConfigs.some(
      (config) =>
        (config.service === service || config.service === 'allServices') &&
        config.logTypes.includes('ADMIN_READ'),
    ),
  );
  if (isOn) return 'yes';
  return inherited === undefined || levels.some(({ state }) => state === 'unread') ? 'unknown' : 'no';
}
