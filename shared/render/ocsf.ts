/** The report as events of the Open Cybersecurity Schema Framework, for security data lakes and SIEMs. */
import type { Finding, Report } from '../report.ts';
import { printableLines } from './printable.ts';

/** Version of the schema, https://schema.ocsf.io/1.5.0/. */
const schemaVersion = '1.5.0';

/** A refused call was detected; every other fault is how something stands (posture). */
const classes = {
  detection: { class_uid: 2004, class_name: 'Detection Finding' },
  compliance: { class_uid: 2003, class_name: 'Compliance Finding' },
} as const;

const activities: Record<Finding['change'], { activity_id: number; activity_name: string }> = {
  new: { activity_id: 1, activity_name: 'Create' },
  open: { activity_id: 2, activity_name: 'Update' },
  changed: { activity_id: 2, activity_name: 'Update' },
  muted: { activity_id: 2, activity_name: 'Update' },
  resolved: { activity_id: 3, activity_name: 'Close' },
};

const statuses: Record<Finding['change'], { status_id: number; status: string }> = {
  new: { status_id: 1, status: 'New' },
  open: { status_id: 2, status: 'In Progress' },
  changed: { status_id: 2, status: 'In Progress' },
  muted: { status_id: 3, status: 'Suppressed' },
  resolved: { status_id: 4, status: 'Resolved' },
};

const severities: Record<Finding['severity'], { severity_id: number; severity: string }> = {
  critical: { severity_id: 5, severity: 'Critical' },
  high: { severity_id: 4, severity: 'High' },
  medium: { severity_id: 3, severity: 'Medium' },
  low: { severity_id: 2, severity: 'Low' },
  info: { severity_id: 1, severity: 'Informational' },
};

const providers = { aws: 'AWS', gcp: 'GCP' } as const;
const accountTypes = {
  aws: { type: 'AWS Account', type_id: 10 },
  gcp: { type: 'GCP Project', type_id: 11 },
} as const;

/**
 * One JSON event on each line: a Detection Finding (2004) for each finding with refused calls, a Compliance Finding
 * (2003) for every other, all with the profile `cloud`. Times are milliseconds since 1970; a time that cannot be
 * read is left out. Empty where nothing was found: OCSF has no event for what was not looked at.
 */
export function renderOcsf(report: Report): string {
  return report.findings
    .map((finding) => `${printableLines(JSON.stringify(eventOf(finding, report)))}\n`)
    .join('');
}

function eventOf(finding: Finding, report: Report): object {
  const shared = sharedPart(finding, report);
  return finding.denial === null
    ? { ...shared, compliance: complianceOf(finding) }
    : {
        ...shared,
        ...refusals(finding.denial),
        is_alert: finding.change === 'new',
        evidences: evidencesOf(finding),
      };
}

function sharedPart(finding: Finding, report: Report): object {
  const { class_uid, class_name } = finding.denial === null ? classes.compliance : classes.detection;
  const activity = activities[finding.change];
  return {
    category_uid: 2,
    category_name: 'Findings',
    class_uid,
    class_name,
    ...activity,
    type_uid: class_uid * 100 + activity.activity_id,
    type_name: `${class_name}: ${activity.activity_name}`,
    ...severities[finding.severity],
    ...statuses[finding.change],
    time: milliseconds(report.finishedAt) ?? 0,
    message: finding.cause,
    metadata: metadataOf(report),
    cloud: cloudOf(finding),
    finding_info: findingInfo(finding, report),
    remediation: remediationOf(finding),
    resources: [resourceOf(finding)],
    unmapped: unmappedOf(finding),
  };
}

function metadataOf({ tool, runId }: Report): object {
  return {
    version: schemaVersion,
    profiles: ['cloud'],
    product: { name: tool.name, vendor_name: tool.name, version: tool.version },
    correlation_uid: runId,
  };
}

function cloudOf({ cloud, account, location }: Finding): object {
  return {
    provider: providers[cloud],
    account: { uid: account, ...accountTypes[cloud] },
    ...(cloud === 'gcp' && { project_uid: account }),
    ...(location !== null && { region: location }),
  };
}

function findingInfo(finding: Finding, { startedAt, finishedAt }: Report): object {
  const { id, rule, title, cause, openSince = startedAt, denial, change } = finding;
  return {
    uid: id,
    title,
    desc: cause,
    types: [rule],
    analytic: { uid: rule, name: title, type: 'Rule', type_id: 1 },
    ...time('created_time', openSince),
    ...time('modified_time', finishedAt),
    ...time('first_seen_time', denial?.firstSeen ?? openSince),
    ...time('last_seen_time', denial?.lastSeen ?? (change === 'resolved' ? undefined : finishedAt)),
    ...(denial && { related_events_count: denial.events }),
  };
}

function remediationOf({ fix, references }: Finding): object {
  const desc = [fix.summary, ...fix.commands].join('\n\n');
  return { desc, ...(references.length > 0 && { references }) };
}

function resourceOf({ subject, location, cluster, workload, tags = {} }: Finding): object {
  const labels = Object.entries(tags).map(([name, value]) => ({ name, value }));
  return {
    uid: subject.id,
    name: subject.name,
    type: subject.kind,
    ...(location !== null && { region: location }),
    ...(workload && { namespace: workload.namespace }),
    ...(cluster !== null && { group: { name: cluster, type: 'cluster' } }),
    ...(labels.length > 0 && { tags: labels }),
  };
}

function complianceOf({ rule, title, cause, change }: Finding): object {
  const passed = change === 'resolved';
  return {
    control: rule,
    desc: title,
    standards: ['clusterwhy'],
    status: passed ? 'Pass' : 'Fail',
    status_id: passed ? 1 : 3,
    status_detail: cause,
  };
}

function refusals({ events, firstSeen, lastSeen, errorCode }: NonNullable<Finding['denial']>): object {
  return {
    count: events,
    ...time('start_time', firstSeen),
    ...time('end_time', lastSeen),
    status_code: errorCode,
  };
}

/** One for each event that is named, else one with what was seen. */
function evidencesOf({ denial, evidence }: Finding): object[] {
  const data = { evidence, errorCode: denial?.errorCode };
  const ids = denial?.sampleEventIds ?? [];
  return ids.length > 0 ? ids.map((uid) => ({ uid, data })) : [{ data }];
}

/** What OCSF has no attribute for. */
function unmappedOf({ change, alsoWrong, fix, workload, mute }: Finding): object {
  return {
    change,
    also_wrong: alsoWrong,
    fix_verified: fix.verified,
    ...(workload && { service_account: workload.serviceAccount }),
    ...(mute && { mute }),
  };
}

function time(name: string, iso: string | undefined): object {
  const value = iso === undefined ? null : milliseconds(iso);
  return value === null ? {} : { [name]: value };
}

function milliseconds(iso: string): number | null {
  const value = Date.parse(iso);
  return Number.isNaN(value) ? null : value;
}
