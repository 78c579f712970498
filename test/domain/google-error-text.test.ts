import fc from 'fast-check';
import { parseErrorText, projectOfResource } from '../../shared/domain/google-error-text.ts';

const apis = '123456789012@cloudservices.gserviceaccount.com';
const permission = (name: string, resource: string | null, actingAs: string | null = null) => ({
  kind: 'permissions',
  demands: [{ permission: name, resource }],
  actingAs,
});

describe('parseErrorText()', () => {
  it.each([
    [
      "Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:\nRequired permission 'compute.regions.get' for 'projects/p/regions/r'.",
      permission('compute.regions.get', 'projects/p/regions/r'),
    ],
    [
      "Google Compute Engine: Required 'compute.instanceGroupManagers.create' permission for 'projects/x'",
      permission('compute.instanceGroupManagers.create', 'projects/x'),
    ],
    [
      'Kubernetes Engine Service Agent is missing required permissions on this project. See … for more info: required "container.hostServiceAgent.use" permission(s) for "projects/host"',
      permission('container.hostServiceAgent.use', 'projects/host'),
    ],
    [
      `[PERMISSIONS_ERROR]: Instance 'gke-1' creation failed: Required 'compute.images.useReadOnly' permission for 'projects/p/global/images/i' (when acting as '${apis}')`,
      permission('compute.images.useReadOnly', 'projects/p/global/images/i', apis),
    ],
    [
      'Required "container.clusters.get" permission(s) for "projects/p/zones/z/clusters/c". See https://cloud.google.com/…#gke_service_account_deleted',
      permission('container.clusters.get', 'projects/p/zones/z/clusters/c'),
    ],
    [
      'Permission monitoring.timeSeries.create denied (or the resource may not exist).',
      permission('monitoring.timeSeries.create', null),
    ],
    [
      "Permission 'artifactregistry.repositories.downloadArtifacts' denied on resource '//artifactregistry.googleapis.com/projects/p/locations/l/repositories/r' (or it may not exist)",
      permission(
        'artifactregistry.repositories.downloadArtifacts',
        '//artifactregistry.googleapis.com/projects/p/locations/l/repositories/r',
      ),
    ],
    [
      'Error 404: Generic::not_found: Not found; Gaia id not found for email 123-compute@developer.gserviceaccount.com',
      { kind: 'account-missing', email: '123-compute@developer.gserviceaccount.com' },
    ],
    [
      'Service account nodes@p.iam.gserviceaccount.com does not exist.',
      { kind: 'account-missing', email: 'nodes@p.iam.gserviceaccount.com' },
    ],
    ['Service account xyz does not exist', { kind: 'account-missing', email: null }],
    ['scale.up.error.service.account.deleted', { kind: 'account-missing', email: null }],
    [
      'The user does not have access to service account "nodes@p.iam.gserviceaccount.com".',
      { kind: 'act-as', email: 'nodes@p.iam.gserviceaccount.com' },
    ],
    [
      "Permission 'iam.serviceAccounts.actAs' denied on resource 'projects/p/serviceAccounts/nodes@p.iam.gserviceaccount.com'",
      { kind: 'act-as', email: 'nodes@p.iam.gserviceaccount.com' },
    ],
    [
      'ERROR: (gcloud.container.clusters.update) ResponseError: code=400, message=Node pool "test-pool-1" requires recreation.',
      { kind: 'recreation', nodePools: ['test-pool-1'] },
    ],
    ["Quota 'CPUS' exceeded. Limit: 24.0 in region europe-west1.", { kind: 'other' }],
    ['', { kind: 'other' }],
  ])('reads %s', (message, expected) => {
    expect(parseErrorText(message)).toEqual(expected);
  });

  it('reads every permission of a message once', () => {
    const twice =
      "Required 'compute.a.use' permission for 'projects/p', Required 'compute.b.use' permission for 'projects/p', Required 'compute.a.use' permission for 'projects/p'";
    const found = parseErrorText(twice);
    expect(found.kind === 'permissions' && found.demands.map((demand) => demand.permission)).toEqual([
      'compute.a.use',
      'compute.b.use',
    ]);
  });

  it('never throws, and stops reading a text without end', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseErrorText(text).kind === 'string'));
    expect(parseErrorText('required '.repeat(1_000_000)).kind).toBe('other');
    expect(parseErrorText(`service account ${'a.'.repeat(100_000)}`).kind).toBe('other');
  });
});

it.each([
  ['projects/p/zones/z', 'p'],
  ['//compute.googleapis.com/projects/p', 'p'],
  ['https://container.googleapis.com/v1/projects/123/locations/l', '123'],
  ['folders/1', null],
  ['', null],
])('projectOfResource(%s) is %s', (resource, project) => {
  expect(projectOfResource(resource)).toBe(project);
});
