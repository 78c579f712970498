/** Which findings of an audit are about what a text names. */
import { issuerName } from '../../../shared/domain/issuer.ts';
import type { Values } from '../../../shared/explain/error-kind.ts';
import type { Explanation } from '../../../shared/explain/explanation.ts';
import { standingCounts, type Finding, type Report } from '../../../shared/report.ts';

/** The report with the findings and the rules that concern the errors, and what was not looked at. */
export function reportAbout(report: Report, explanations: readonly Explanation[]): Report {
  const findings = report.findings.filter((finding) =>
    explanations.some((explanation) => isAbout(finding, explanation)),
  );
  const rules = new Set([
    ...explanations.flatMap((explanation) => explanation.rules),
    ...findings.map(({ rule }) => rule),
  ]);
  return {
    ...report,
    findings,
    summary: { ...report.summary, bySeverity: standingCounts(findings) },
    outcomes: report.outcomes.filter(({ rule }) => rules.has(rule)),
    coverage: report.coverage.filter(({ complete }) => !complete),
  };
}

/** By its rule, where it is of nothing else than what the text names; by what it is of, whatever the rule. */
function isAbout(finding: Finding, { rules, cases, cloud }: Explanation): boolean {
  if (finding.cloud !== cloud) return false;
  const isOfKind = [finding.rule, ...finding.alsoWrong].some((rule) => rules.includes(rule));
  const named = cases.length === 0 ? [{ values: {} }] : cases;
  return named.some(({ values }) => {
    const answers = comparisons(finding, values);
    if (answers.includes(false)) return false;
    return isOfKind || isOfSubject(finding, values);
  });
}

/** For everything that both the finding and the text name: whether it is the same. */
function comparisons(finding: Finding, values: Values): boolean[] {
  return [...ofIdentity(finding, values), ...ofPlace(finding, values)];
}

function ofIdentity({ subject, workload }: Finding, values: Values): boolean[] {
  const { roleArn, roleName, issuer, namespace, serviceAccount, serviceAccountEmail, nodePool } = values;
  const isRole = subject.kind === 'role';
  return [
    ...(isRole && roleArn !== undefined ? [subject.id === roleArn] : []),
    ...(isRole && roleArn === undefined && roleName !== undefined ? [subject.name === roleName] : []),
    ...(subject.kind === 'oidc-provider' && issuer !== undefined
      ? [subject.id.endsWith(issuerName(issuer))]
      : []),
    ...(workload && namespace !== undefined ? [workload.namespace === namespace] : []),
    ...(workload && serviceAccount !== undefined ? [workload.serviceAccount === serviceAccount] : []),
    ...(subject.kind === 'service account' && serviceAccountEmail !== undefined
      ? [subject.name === serviceAccountEmail]
      : []),
    ...(subject.kind === 'node pool' && nodePool !== undefined ? [subject.name === nodePool] : []),
  ];
}

function ofPlace(finding: Finding, { account, project, cluster, location }: Values): boolean[] {
  const isGoogle = finding.cloud === 'gcp';
  const ofAccount = !isGoogle && account !== undefined && /^\d{12}$/.test(account);
  const ofProject = isGoogle && project !== undefined && !/^\d+$/.test(project);
  return [
    ...(ofAccount ? [finding.account === account] : []),
    ...(ofProject ? [finding.account === project] : []),
    ...(cluster !== undefined && finding.cluster !== null ? [finding.cluster === cluster] : []),
    ...(isGoogle && location !== undefined && finding.location !== null && finding.cluster !== null
      ? [finding.location === location]
      : []),
  ];
}

/** The very role or service account that the text names. */
function isOfSubject(finding: Finding, values: Values): boolean {
  const { subject, workload } = finding;
  if (values.roleArn !== undefined && subject.id === values.roleArn) return true;
  const { namespace, serviceAccount } = values;
  return (
    workload !== null &&
    namespace !== undefined &&
    workload.namespace === namespace &&
    workload.serviceAccount === serviceAccount
  );
}
