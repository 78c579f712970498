/** Which findings of an audit are about what a text names. */
import { arnOwner } from '../../../shared/domain/arn.ts';
import { issuerName } from '../../../shared/domain/issuer.ts';
import type { ValueName, Values } from '../../../shared/explain/error-kind.ts';
import type { FoundError } from '../../../shared/explain/scan-errors.ts';
import type { Finding } from '../../../shared/report.ts';

type Error = Pick<FoundError, 'kind' | 'cases'>;

/**
 * By their rule, where they are of nothing else than what the text names; where there is none, of what it names whatever
 * the rule.
 * @param isProjectChosen the projects were chosen by the user: that the text names another says nothing
 */
export function findingsAbout(
  findings: readonly Finding[],
  error: Error,
  isProjectChosen = false,
): Finding[] {
  const { kind } = error;
  const named = namedValues(error);
  const about = findings.filter(
    (finding) =>
      finding.cloud === kind.cloud &&
      named.some((values) => !comparisons(finding, values, isProjectChosen).includes(false)),
  );
  const rules: readonly string[] = kind.rules;
  const ofKind = about.filter(({ rule, alsoWrong }) =>
    [rule, ...alsoWrong].some((one) => rules.includes(one)),
  );
  const found =
    ofKind.length > 0
      ? ofKind
      : about.filter((finding) => named.some((values) => isOfSubject(finding, values)));
  return nearest(found, error, named);
}

/** What tells one finding from another. */
const telling: readonly ValueName[] = [
  'action',
  'cluster',
  'host',
  'issuer',
  'nodePool',
  'permission',
  'pod',
  'principal',
  'project',
  'roleArn',
  'roleName',
  'serviceAccount',
  'serviceAccountEmail',
];

/** Of occurrences of one error, those that name nothing are most likely of what the others name. */
function namedValues({ cases }: Error): Values[] {
  const all = cases.map(({ values }) => values);
  const named = all.filter((values) => telling.some((name) => values[name] !== undefined));
  return named.length > 0 ? named : [{}];
}

/** Where some of them tell of the very pod or node that the text names, or fail as it says, the others are other faults. */
function nearest(findings: Finding[], { kind }: Error, named: readonly Values[]): Finding[] {
  const names = named.flatMap(({ pod, instanceId }) => [
    ...(pod === undefined ? [] : [pod, ownerOfPod(pod)]),
    ...(instanceId === undefined ? [] : [instanceId]),
  ]);
  const ofNames = findings.filter((finding) => names.some((name) => mentions(finding, name)));
  const said = saidOfConnections[kind.id];
  const alike = said ? findings.filter((finding) => said.test(textOf(finding))) : [];
  return [ofNames, alike].find(({ length }) => length > 0) ?? findings;
}

/** One rule tells of every way in which connecting to a cluster fails. */
const saidOfConnections: Readonly<Record<string, RegExp>> = {
  'gke-unauthorized': /\b401\b/,
  'kubernetes-certificate': /certificate|x509/i,
};

/** `cart-7f85bf9964-kz8lp` belongs to the Deployment `cart`. */
function ownerOfPod(pod: string): string {
  return pod.replace(/(?:-[a-z0-9]{6,10})?-[a-z0-9]{5}$/, '');
}

/** For everything that both the finding and the text name: whether it is the same. */
function comparisons(finding: Finding, values: Values, isProjectChosen: boolean): boolean[] {
  return [
    ...ofRole(finding, values),
    ...ofWorkload(finding, values),
    ...ofIssuer(finding, values),
    ...ofGoogleAccount(finding, values),
    ...ofRefusedCall(finding, values),
    ...ofEndpoint(finding, values),
    ...ofPlace(finding, values, isProjectChosen),
  ];
}

/** What is of one workload or role only; a cluster's fault or a network's may be behind what any of them says. */
const narrowKinds: readonly string[] = ['role', 'service account', 'association', 'program'];

function ofRole(finding: Finding, { roleArn, roleName, account, instanceId }: Values): boolean[] {
  const { subject, cloud } = finding;
  const name = roleName ?? roleArn;
  if (cloud !== 'aws' || name === undefined || !narrowKinds.includes(subject.kind)) return [];
  if (subject.kind !== 'role') return instanceId === undefined ? [mentions(finding, name)] : [];
  const isSameArn = subject.id === roleArn || subject.id.startsWith(`${roleArn} `);
  const owner = arnOwner(subject.id).account;
  return [isSameArn || (subject.name === name && (account === undefined || account === owner))];
}

function ofWorkload(finding: Finding, { namespace, serviceAccount }: Values): boolean[] {
  const { workload, subject } = finding;
  if (namespace === undefined || serviceAccount === undefined) return [];
  if (workload) return [workload.namespace === namespace && workload.serviceAccount === serviceAccount];
  return narrowKinds.includes(subject.kind)
    ? [
        mentions(finding, `${namespace}/${serviceAccount}`) ||
          mentions(finding, `${namespace}:${serviceAccount}`),
      ]
    : [];
}

function ofIssuer({ subject }: Finding, { issuer }: Values): boolean[] {
  return subject.kind === 'oidc-provider' && issuer !== undefined
    ? [subject.id.endsWith(issuerName(issuer))]
    : [];
}

const accountKinds: readonly string[] = ['service account', 'service agent', 'principal'];

function ofGoogleAccount(finding: Finding, { serviceAccountEmail, principal }: Values): boolean[] {
  const { subject, cloud } = finding;
  if (cloud !== 'gcp' || !accountKinds.includes(subject.kind)) return [];
  return [
    ...(serviceAccountEmail === undefined ? [] : [mentions(finding, serviceAccountEmail)]),
    ...(subject.kind === 'principal' && principal !== undefined ? [mentions(finding, principal)] : []),
  ];
}

/** What was refused, where the finding is of single calls or pools. */
function ofRefusedCall(finding: Finding, { action, permission, nodePool }: Values): boolean[] {
  const { rule } = finding;
  const wanted = {
    'eks/permission-missing': action,
    'gke/permission-missing': permission,
    'gke/node-pool-recreation': nodePool,
    'gke/credential-rotation-stalled': nodePool,
  }[rule];
  return wanted === undefined ? [] : [mentions(finding, wanted)];
}

/** The endpoint of a service: `ec2.eu-west-1.amazonaws.com`, `api.ecr.eu-west-1.amazonaws.com`. */
function ofEndpoint({ rule, cause, evidence }: Finding, { host }: Values): boolean[] {
  if (host === undefined || !/^eks\/(endpoint|sts)-unreachable$/.test(rule)) return [];
  const [service = ''] = host.split(/\.[a-z]{2}(?:-[a-z]+)+-\d\.|\.amazonaws\./);
  const services = evidence.flatMap(({ label, value }) => (label === 'Services' ? [value] : []));
  const told = [cause, ...services].join('\n');
  return [service.split('.').some((label) => label !== '' && hasName(told, label))];
}

function ofPlace(
  finding: Finding,
  { account, project, cluster, location }: Values,
  isProjectChosen: boolean,
): boolean[] {
  const isGoogle = finding.cloud === 'gcp';
  const ofAccount = !isGoogle && account !== undefined && /^\d{12}$/.test(account);
  const ofProject = isGoogle && !isProjectChosen && project !== undefined && !/^\d+$/.test(project);
  const isOfCluster = finding.cluster !== null;
  return [
    ...(ofAccount ? [finding.account === account] : []),
    // A network or a key may lie in another project than the cluster.
    ...(ofProject ? [finding.account === project || mentions(finding, `projects/${project}`)] : []),
    ...(isOfCluster && cluster !== undefined ? [finding.cluster === cluster] : []),
    ...(isGoogle && isOfCluster && location !== undefined ? [finding.location === location] : []),
  ];
}

/** The very role or service account that the text names. */
function isOfSubject(finding: Finding, values: Values): boolean {
  const isRole = finding.subject.kind === 'role' && ofRole(finding, values).includes(true);
  return isRole || (finding.workload !== null && ofWorkload(finding, values).includes(true));
}

/** Whether it tells of something by its whole name. */
function mentions(finding: Finding, name: string): boolean {
  return hasName(textOf(finding), name);
}

function textOf({ subject, cause, evidence }: Finding): string {
  return [subject.id, subject.name, cause, ...evidence.map(({ value }) => value)].join('\n');
}

function hasName(text: string, name: string): boolean {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return new RegExp(String.raw`(?<![\w-])${escaped}(?![\w-])`, 'i').test(text);
}
