import type { AdminActivity } from '../../domain/google-audit.ts';
import type { GcpFacts, Reading } from '../../observation.ts';
import { cannot } from '../cannot.ts';
import type { Reader } from '../reader.ts';
import { encodeSegment } from './google-api.ts';
import { logPermission, type Denials } from './audit-logs.ts';
import { gapOf } from './refusal.ts';
import { valueOf, type GcpSource } from './source.ts';

/** Changes to IAM, accounts, APIs and clusters. */
export const adminActivityReader: Reader<GcpSource, AdminActivity[]> = {
  permissions: [logPermission],
  read: ({ run, project }) => run.logs.changes(project),
};

const privatePermission = 'logging.privateLogEntries.list';

/** Refused calls to GKE and to the clusters, as far as the logs are written. */
export const accessDenialsReader: Reader<GcpSource, GcpFacts['accessDenials']> = {
  permissions: [logPermission, privatePermission],
  async read(source) {
    const reading = await source.run.logs.denials(source.project);
    if (reading.state === 'unread' || (await maySeePrivateLogs(source))) return reading;
    return withoutDataAccess(reading, source.project);
  },
};

/**
 * Cloud Logging leaves entries out in silence that the caller may not see, so what it may is asked; only where such
 * logs are written at all. Asking takes no permission.
 */
async function maySeePrivateLogs(source: GcpSource): Promise<boolean> {
  if (!(await writesDataAccessLogs(source))) return true;
  const { run, project } = source;
  try {
    const answer = await run.api.call<{ permissions?: string[] }>({
      api: 'cloudresourcemanager',
      method: 'POST',
      path: `v3/projects/${encodeSegment(project)}:testIamPermissions`,
      body: { permissions: [privatePermission] },
    });
    return answer.permissions?.includes(privatePermission) ?? false;
  } catch (error) {
    // Thrown again unless it is an answer: then it is not known, which counts as no.
    gapOf(error, { action: asking, permission: privatePermission });
    return false;
  }
}

const asking = { en: 'ask what the auditor may read', ja: '監査者が読み取れるものを確認' };

async function writesDataAccessLogs(source: GcpSource): Promise<boolean> {
  const own = valueOf(await source.reading('iamPolicy'));
  const inherited = valueOf(await source.reading('inheritedPolicies')) ?? [];
  const policies = [own, ...inherited.map((level) => (level.state === 'read' ? level.policy : undefined))];
  return policies
    .flatMap((policy) => policy?.auditConfigs ?? [])
    .some(({ service }) => ['allServices', 'container.googleapis.com', 'k8s.io'].includes(service));
}

function withoutDataAccess(
  reading: Exclude<Reading<Denials>, { state: 'unread' }>,
  project: string,
): Reading<Denials> {
  const action = {
    en: `read the Data Access log of ${project}`,
    ja: `${project} のデータアクセス監査ログを取得`,
  };
  const why = cannot(action, {
    en: `${privatePermission} was denied to the auditor; grant it with roles/logging.privateLogViewer`,
    ja: `${privatePermission} が監査者に対して拒否されました。roles/logging.privateLogViewer で付与してください`,
  });
  const gaps = 'gaps' in reading ? reading.gaps : [];
  const gap = { location: null, why, missingPermission: privatePermission };
  return { state: 'partial', value: reading.value, gaps: [...gaps, gap] };
}
