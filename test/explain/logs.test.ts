/** Logs as tools and clusters print them: what each says of the errors in them, and of which request. */
import { explain } from '../../shared/explain/explanation.ts';
import { scanText } from './scan.ts';

const webIdentity =
  'An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity';
const request = 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7';
const goError = `operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: ${request}, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity`;

const found = (text: string) =>
  scanText(text).errors.map(({ kind, count, cases }) => [kind.id, count, cases[0]?.values.requestId]);

const traceback = `Traceback (most recent call last):
  File "/app/main.py", line 12, in <module>
    s3.list_buckets()
  File "/usr/local/lib/python3.11/site-packages/botocore/credentials.py", line 2005, in fetch
    response = self._get_credentials()
botocore.exceptions.ClientError: ${webIdentity}

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/main.py", line 20, in <module>
    main()
RuntimeError: could not start: ${webIdentity}
`;
const klog = `I0101 06:00:00.000000       1 main.go:100] starting
E0101 06:00:01.123456       1 aws_manager.go:265] Failed to regenerate ASG cache: WebIdentityErr: failed to retrieve credentials
caused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity
\tstatus code: 403, request id: ${request}
F0101 06:00:02.123456       1 aws_cloud_provider.go:369] Failed to create AWS Manager
`;
const events = `LAST SEEN   TYPE      REASON              OBJECT               MESSAGE
3m          Warning   FailedBuildModel    ingress/shop         Failed build model due to WebIdentityErr: failed to retrieve credentials\\ncaused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\\n\\tstatus code: 403, request id: ${request}
2m          Warning   FailedMount         pod/cart-0           MountVolume.SetUp failed for volume "secrets" : rpc error: code = Unknown
1m          Normal    Pulled              pod/cart-0           Container image "x" already present on machine
`;
const terraform = `google_container_node_pool.web: Modifying... [id=projects/shop-prod/locations/europe-west1/clusters/shop/nodePools/web]
╷
│ Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:
│ Required permission 'compute.regions.get' for
│ 'projects/shop-prod/regions/europe-west1'.
│ 
│   with google_container_cluster.primary,
│   on main.tf line 12, in resource "google_container_cluster" "primary":
╵
`;
const workflow = [
  '##[group]Run aws-actions/configure-aws-credentials@v4',
  'Assuming role with OIDC',
  '##[error]Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity',
]
  .map((line, second) => `2026-01-01T06:00:0${second}.1234567Z ${line}`)
  .join('\n');

describe('a log', () => {
  it.each<[string, string, unknown[]]>([
    ['of Python, with its tracebacks', traceback, [['aws-web-identity-denied', 2, undefined]]],
    [
      'of docker compose, in colour',
      traceback.replaceAll(/^/gm, '\u001b[36mcart-1   | \u001b[0m'),
      [['aws-web-identity-denied', 2, undefined]],
    ],
    ['of klog', klog, [['aws-web-identity-denied', 1, request]]],
    [
      'in logfmt',
      `time="2026-01-01T06:00:00Z" level=error msg="failed to list records" error="soft error\\n${goError}"`,
      [['aws-web-identity-denied', 1, request]],
    ],
    [
      'in JSON',
      JSON.stringify({
        level: 'error',
        ts: 1767247200.1,
        msg: 'Reconciler error',
        error: goError,
        stacktrace: 'sigs.k8s.io/x\n\t/go/pkg',
      }),
      [['aws-web-identity-denied', 1, request]],
    ],
    ['of events, as a table', events, [['aws-web-identity-denied', 1, request]]],
    ['of Terraform, in its box', terraform, [['gke-permission-missing', 1, undefined]]],
    ['of GitHub Actions, whose caller is no pod', workflow, [['aws-workflow-refused', 1, undefined]]],
    [
      'of both clouds',
      `${webIdentity}\nerror: You must be logged in to the server (Unauthorized)\n${webIdentity}`,
      [
        ['aws-web-identity-denied', 2, undefined],
        ['gke-unauthorized', 1, undefined],
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(found(text)).toEqual(expected);
    expect(found(text.replaceAll('\n', '\r\n'))).toEqual(expected);
  });
});

const entry = (project: string, granted = '') => `---
insertId: of-${project}
logName: projects/${project}/logs/cloudaudit.googleapis.com%2Factivity
protoPayload:
  '@type': type.googleapis.com/google.cloud.audit.AuditLog
  authenticationInfo:
    principalEmail: dev@example.com
  authorizationInfo:
  - ${granted}permission: container.clusters.create
    resource: projects/${project}
  methodName: google.container.v1.ClusterManager.CreateCluster
  status:
    code: 7
    message: PERMISSION_DENIED
resource:
  labels:
    location: europe-west1
    project_id: ${project}
  type: gke_cluster
timestamp: '2026-01-01T06:00:00Z'
`;

describe('entries of an audit log in YAML, as gcloud prints them', () => {
  const named = (text: string) =>
    scanText(text).errors.map(({ kind, count, first, cases }) => [
      kind.id,
      count,
      first,
      cases.map(({ values }) => [values.principal, values.permission, values.project]),
    ]);
  const missing = (...projects: string[]) => [
    [
      'google-permission-denied',
      projects.length,
      { line: 2, time: '2026-01-01T06:00:00Z' },
      projects.map((project) => ['dev@example.com', 'container.clusters.create', project]),
    ],
  ];

  it.each<[string, string]>([
    ['with what was not granted', entry('shop-prod', 'granted: false\n    ')],
    ['that leave "granted" out', entry('shop-prod')],
    ['with the line breaks of Windows', entry('shop-prod').replaceAll('\n', '\r\n')],
    ['before other text', `${entry('shop-prod')}\n$ kubectl get pods: none "x": y\n`],
  ])('%s', (_, text) => {
    expect(named(text)).toEqual(missing('shop-prod'));
  });

  it('are told one by one', () => {
    expect(named(entry('shop-prod') + entry('web-prod'))).toEqual(missing('shop-prod', 'web-prod'));
    expect(explain(scanText(entry('shop-prod') + entry('web-prod'))).explanations[0]?.otherCases.length).toBe(
      1,
    );
  });

  it('of calls that were allowed say nothing', () => {
    const allowed = entry('shop-prod', 'granted: true\n    ').replace(/ {2}status:\n.*\n.*\n/, '');
    expect(named(allowed)).toEqual([]);
  });

  it('that are cut, or no YAML, say nothing that is not there', () => {
    const text = entry('shop-prod');
    for (let at = 0; at < text.length; at += 7)
      for (const part of [text.slice(at), text.slice(0, at), `\n${text.slice(0, at)}\t: [`])
        for (const { kind } of scanText(part).errors) expect(kind.id).toBe('google-permission-denied');
  });

  it('that refer to themselves without end are let go', () => {
    const bomb = `a: &a [x,x]\nb: &b [*a,*a]\nprotoPayload:\n  status: *b\n`.repeat(2_000);
    expect(scanText(bomb).errors).toEqual([]);
    const deep = `protoPayload:\n  status: ${'['.repeat(20_000)}\n`;
    expect(scanText(deep).errors).toEqual([]);
  });
});
