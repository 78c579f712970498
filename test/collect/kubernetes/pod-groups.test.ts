import { foldPods, type PodObject } from '../../../shared/collect/kubernetes/pod-groups.ts';
import type { PodGroup } from '../../../shared/domain/kubernetes.ts';

function fold(...pods: PodObject[]): PodGroup[] {
  const folded = foldPods();
  for (const pod of pods) folded.add(pod);
  return folded.result();
}

function pod(changes: { metadata?: object; spec?: object; status?: object } = {}): PodObject {
  return {
    metadata: {
      namespace: 'shop',
      name: 'cart-1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...changes.metadata,
    },
    spec: { serviceAccountName: 'cart', nodeName: 'node-1', containers: [{ name: 'app' }], ...changes.spec },
    status: { phase: 'Running', ...changes.status },
  };
}

const env = (values: Record<string, string>) =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

describe('foldPods()', () => {
  it('counts pods that are alike, with their oldest and newest, and a few names', () => {
    const groups = fold(
      ...Array.from({ length: 1000 }, (_, index) =>
        pod({
          metadata: {
            name: `cart-${index}`,
            creationTimestamp: `2026-01-0${(index % 9) + 1}T00:00:00Z`,
          },
          spec: { nodeName: `node-${index % 50}` },
        }),
      ),
    );
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({
      pods: 1000,
      oldest: '2026-01-01T00:00:00Z',
      newest: '2026-01-09T00:00:00Z',
      names: ['cart-0', 'cart-1', 'cart-2', 'cart-3', 'cart-4'],
      nodes: ['node-0', 'node-1', 'node-2', 'node-3', 'node-4'],
    });
  });

  it.each<[string, PodObject, Partial<PodGroup>]>([
    ['nothing at all', {}, { namespace: '', serviceAccount: 'default', owner: null, roleArn: null }],
    ['null lists', pod({ spec: { containers: undefined, volumes: undefined } }), { webIdentity: false }],
    [
      'a variable whose value comes from elsewhere',
      pod({ spec: { containers: [{ env: [{ name: 'AWS_ROLE_ARN' }, { name: 'AWS_ACCESS_KEY_ID' }] }] } }),
      { roleArn: null, staticKeys: true },
    ],
    [
      'variables in an init container alone',
      pod({ spec: { initContainers: [{ env: env({ AWS_ROLE_ARN: 'arn:a' }) }] } }),
      { roleArn: 'arn:a' },
    ],
    [
      'a token file that lies in no projected volume',
      pod({ spec: { containers: [{ env: env({ AWS_WEB_IDENTITY_TOKEN_FILE: '/tokens/t' }) }] } }),
      { webIdentity: true, tokenAudience: null },
    ],
    [
      'a token of its own audience beside that of Kubernetes',
      pod({
        spec: {
          containers: [
            {
              env: env({ AWS_WEB_IDENTITY_TOKEN_FILE: '/tokens/aws' }),
              volumeMounts: [
                { name: 'api', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
                { name: 'tokens', mountPath: '/tokens/' },
              ],
            },
          ],
          volumes: [
            { name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
            {
              name: 'tokens',
              projected: {
                sources: [
                  { serviceAccountToken: { path: 'vault', audience: 'vault' } },
                  { serviceAccountToken: { path: 'aws', audience: 'shop.example' } },
                ],
              },
            },
          ],
        },
      }),
      { tokenAudience: 'shop.example' },
    ],
    [
      'containers that are to be skipped',
      pod({ metadata: { annotations: { 'eks.amazonaws.com/skip-containers': 'a, b,,' } } }),
      { skippedContainers: ['a', 'b'] },
    ],
    [
      'a Deployment behind a ReplicaSet',
      pod({
        metadata: {
          labels: { 'pod-template-hash': '6d4b75cb6d' },
          ownerReferences: [{ kind: 'ReplicaSet', name: 'web-v2-6d4b75cb6d', controller: true }],
        },
      }),
      { owner: { kind: 'Deployment', name: 'web-v2' } },
    ],
    [
      'a ReplicaSet of its own',
      pod({ metadata: { ownerReferences: [{ kind: 'ReplicaSet', name: 'web-1', controller: true }] } }),
      { owner: { kind: 'ReplicaSet', name: 'web-1' } },
    ],
    [
      'a CronJob behind a Job',
      pod({ metadata: { ownerReferences: [{ kind: 'Job', name: 'nightly-29412340', controller: true }] } }),
      { owner: { kind: 'CronJob', name: 'nightly' } },
    ],
    [
      'a Job of its own',
      pod({ metadata: { ownerReferences: [{ kind: 'Job', name: 'import-2026', controller: true }] } }),
      { owner: { kind: 'Job', name: 'import-2026' } },
    ],
  ])('takes %s', (_, given, expected) => {
    expect(fold(given)).toMatchObject([expected]);
  });

  it('leaves out pods that have run to their end', () => {
    expect(fold(pod({ status: { phase: 'Succeeded' } }), pod({ status: { phase: 'Failed' } }))).toEqual([]);
  });

  it('keeps pods apart that ask for different roles', () => {
    const asks = (role: string) => pod({ spec: { containers: [{ env: env({ AWS_ROLE_ARN: role }) }] } });
    expect(fold(asks('arn:a'), asks('arn:b'), asks('arn:a')).map(({ pods }) => pods)).toEqual([2, 1]);
  });
});
