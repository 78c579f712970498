import type { ConnectionAttempt } from '../../../shared/domain/google-connection.ts';
import connectUnauthorized from '../../../shared/rules/gke/connect-unauthorized.ts';
import { testRule } from '../rule-tester.ts';
import { account, attempt, authority, cluster, observe, problemsOf, resource } from './gke-observation.ts';
import { quoted } from '../../../shared/words.ts';

const auditor = 'auditor@ops.iam.gserviceaccount.com';
const trying = (...attempts: Partial<ConnectionAttempt>[]) => observe({ connections: attempts.map(attempt) });
const answers = (status: number, message: string | null = null): Partial<ConnectionAttempt> => ({
  response: { status, reason: status === 401 ? 'Unauthorized' : 'Forbidden', message },
});
const silent: Partial<ConnectionAttempt> = {
  tls: { state: 'unreachable', code: 'ETIMEDOUT', message: 'connect ETIMEDOUT' },
  response: null,
};
const rbac =
  'namespaces is forbidden: User "auditor@ops.iam.gserviceaccount.com" cannot list resource "namespaces" in API group "" at the cluster scope: requires one of ["container.namespaces.list"] permission(s).';
const anonymous = 'namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces"';
const restsOn = ['connections'] as const;

testRule(connectUnauthorized, {
  healthy: observe(),
  passes: {
    'the address does not answer, and the DNS endpoint does': trying(silent, {
      endpoint: { kind: 'dns', host: 'gke-1.europe-west1.gke.goog' },
    }),
    'no clusters': observe({ gkeClusters: [], connections: [] }),
    'a cluster that no earlier run saw': observe({ clusterHistory: [] }),
    'a cluster made again has other credentials, which is told for itself': observe({
      gkeClusters: [cluster({ id: 'b'.repeat(64), endpoint: '203.0.113.99' })],
    }),
  },
  fails: {
    'the token is rejected': {
      given: trying({
        token: { state: 'rejected', message: quoted('Invalid Value') },
        clustersGet: null,
        tls: null,
        response: null,
      }),
      finds: { [resource]: { cause: /^Google rejects the access token of auditor@ops/, restsOn } },
    },
    'the token lacks the scope': {
      given: trying({
        token: { state: 'valid', scopes: ['openid'], expiresInSeconds: 100 },
        ...answers(401),
      }),
      finds: { [resource]: { cause: /lacks the cloud-platform scope/, restsOn } },
    },
    'clusters.get is refused': {
      given: trying({
        clustersGet: { status: 403, message: 'Required "container.clusters.get"' },
        tls: null,
        response: null,
      }),
      finds: {
        [resource]: { cause: /may not read shop \(europe-west1\) \(container\.clusters\.get\)/, restsOn },
      },
    },
    'the cluster is gone between two calls': {
      given: trying({ clustersGet: { status: 404, message: 'Not found' }, tls: null, response: null }),
      finds: { [resource]: { cause: /is not found any more/, restsOn } },
    },
    'the certificate is of another authority': {
      given: trying({
        tls: { state: 'untrusted', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', message: 'unable' },
        response: null,
      }),
      finds: { [resource]: { cause: /is not of the certificate authority that GKE gives/, restsOn } },
    },
    'the certificate has expired': {
      given: trying({
        tls: { state: 'untrusted', code: 'CERT_HAS_EXPIRED', message: 'expired' },
        response: null,
      }),
      finds: { [resource]: { cause: /has expired/, restsOn } },
    },
    'no credential was sent': {
      given: trying(answers(403, anonymous)),
      finds: { [resource]: { cause: /saw system:anonymous: no credential was sent/, restsOn } },
    },
    '401': {
      given: trying(answers(401, 'Unauthorized\nplease')),
      finds: {
        [resource]: {
          cause: /rejects the credential of auditor@ops.* with 401 \(Unauthorized please\)/,
          restsOn,
        },
      },
    },
    'known, and not allowed': {
      given: trying(answers(403, rbac)),
      finds: {
        [resource]: {
          cause: /does not allow it to list namespaces \(container\.namespaces\.list\): signing in works/,
          restsOn,
        },
      },
    },
    'a public address that does not answer': {
      given: trying(silent),
      finds: {
        [resource]: {
          cause: /does not answer \(ETIMEDOUT\): that is the network, not authentication/,
          restsOn,
        },
      },
    },
    'an answer tells more than an address that does not answer': {
      given: trying(silent, { endpoint: { kind: 'dns', host: 'gke-1.gke.goog' }, ...answers(401) }),
      finds: { [resource]: { cause: /with 401/, restsOn } },
    },
    'the certificate authority changed since yesterday': {
      given: observe({ gkeClusters: [cluster({ caCertificate: authority(1, 10_000) })] }),
      finds: {
        [resource]: {
          cause: /certificate authority of shop .* changed since 2026-05-31/,
          restsOn: ['clusterHistory'],
        },
      },
    },
    'the endpoint changed since yesterday': {
      given: observe({ gkeClusters: [cluster({ endpoint: '203.0.113.99' })] }),
      finds: { [resource]: { cause: /The endpoint of shop .* a timeout/, restsOn: ['clusterHistory'] } },
    },
  },
  unknowns: {
    'a private address answers only inside of its network': {
      given: trying({ ...silent, endpoint: { kind: 'ip', host: '10.0.0.2' } }),
      why: /10\.0\.0\.2 is a private address/,
    },
    'the server is overloaded': { given: trying(answers(429, 'too many')), why: /it answered 429 too many/ },
    'a cluster that was not tried': {
      given: observe({ connections: [] }),
      why: /no connection was attempted/,
    },
  },
});

describe('the fix', () => {
  const fixOf = (...attempts: Partial<ConnectionAttempt>[]) =>
    problemsOf(connectUnauthorized, trying(...attempts))[0]?.fix;

  it('writes the kubeconfig entry anew after a 401', () => {
    expect(fixOf(answers(401))?.commands).toEqual([
      'gcloud container clusters get-credentials shop --location=europe-west1 --project=shop-prod',
    ]);
  });

  it('keeps to the DNS endpoint where that was tried', () => {
    const dns = { endpoint: { kind: 'dns' as const, host: 'gke-1.gke.goog' }, ...answers(401) };
    expect(fixOf(dns)?.commands.join()).toMatch(/--dns-endpoint$/);
  });

  it('installs the plugin where nobody was seen', () => {
    expect(fixOf(answers(403, anonymous))?.commands[0]).toBe(
      'gcloud components install gke-gcloud-auth-plugin',
    );
  });

  it('grants nothing to whom RBAC refuses', () => {
    expect(fixOf(answers(403, rbac))?.commands).toEqual([]);
  });
});

it('is high for a canary that RBAC refuses, and low for the auditor', () => {
  const connections = [attempt(answers(403, rbac))];
  const canaries = [{ principal: account(auditor), cluster: 'shop', location: null, permissions: [] }];
  expect(problemsOf(connectUnauthorized, observe({ connections }))[0]?.severity).toBe('low');
  expect(problemsOf(connectUnauthorized, observe({ connections, canaries }))[0]?.severity).toBe('high');
});

it('leaves a cluster whose CA certificate has expired to the rule that tells that', () => {
  const tls = { state: 'untrusted' as const, code: 'CERT_HAS_EXPIRED', message: 'expired' };
  const caCertificate = authority(2000, -2);
  const clusterHistory: [] = [];
  const given = {
    connections: [attempt({ tls, response: null })],
    gkeClusters: [cluster({ caCertificate })],
    clusterHistory,
  };
  expect(problemsOf(connectUnauthorized, observe(given))).toEqual([]);
});
