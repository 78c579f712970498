/** What the step at which a connection stopped means, and what helps. */
import type { GkeCluster } from '../../../domain/google-cluster.ts';
import type { ConnectionAttempt } from '../../../domain/google-connection.ts';
import type { Rung } from '../../../domain/google-ladder.ts';
import type { Fix, Severity } from '../../../rule.ts';
import { sh } from '../../../shell.ts';

/** An attempt that stopped, and who is expected to get in. */
export interface Stop {
  cluster: GkeCluster;
  attempt: ConnectionAttempt;
  /** Whether the configuration says that the principal must reach the cluster. */
  isExpected: boolean;
}

export interface ConnectionCause {
  cause: string;
  fix: Fix;
  severity?: Severity;
}

type Tellable = Exclude<Rung, { step: 'connected' | 'unclear' }>;
type Telling = { [S in Tellable['step']]: (stop: Stop, rung: Extract<Rung, { step: S }>) => ConnectionCause };

export function connectionCause(stop: Stop, rung: Tellable): ConnectionCause {
  const tell = telling[rung.step] as (stop: Stop, rung: Tellable) => ConnectionCause;
  return tell(stop, rung);
}

const telling: Telling = {
  token: (stop, { why }) => ({
    cause: `Google rejects the access token of ${whoOf(stop)} before the cluster is asked: ${why}`,
    fix: signIn,
  }),
  scope: (stop) => ({
    cause: `The access token of ${whoOf(stop)} lacks the cloud-platform scope, which GKE asks for.`,
    fix: signIn,
  }),
  'clusters.get': (stop, { status, why }) => (status === 404 ? vanished(stop) : refused(stop, why)),
  tls: (stop, { code }) => (code === 'CERT_HAS_EXPIRED' ? expired(stop) : untrusted(stop, code)),
  anonymous: ({ cluster }) => ({
    cause: `${nameOf(cluster)} saw system:anonymous: no credential was sent, so gke-gcloud-auth-plugin was not called.`,
    fix: installPlugin(cluster),
  }),
  rejected: (stop, { why }) => ({
    cause: `${nameOf(stop.cluster)} rejects the credential of ${whoOf(stop)} with 401 (${why}): it is expired, or of another environment.`,
    fix: getCredentials(stop.cluster, stop.attempt.endpoint.kind === 'dns'),
  }),
  rbac: (stop, { permission }) => ({
    cause: `${nameOf(stop.cluster)} knows ${whoOf(stop)} and does not allow it to list namespaces${permission ? ` (${permission})` : ''}: signing in works, permission is missing.`,
    fix: rbacAdvice(stop, permission),
    severity: severityOf(stop),
  }),
  network: ({ cluster, attempt }, { code }) => ({
    cause: `${attempt.endpoint.host} of ${nameOf(cluster)} does not answer (${code}): that is the network, not authentication.`,
    fix: networkFix(cluster),
    severity: 'medium',
  }),
};

function whoOf({ attempt }: Stop): string {
  return attempt.principal ?? 'the caller';
}

function nameOf({ name, location }: GkeCluster): string {
  return `${name} (${location})`;
}

/** A refusal is a fault only for a principal that the configuration says must get in. */
function severityOf({ isExpected }: Stop): Severity {
  return isExpected ? 'high' : 'low';
}

function vanished({ cluster }: Stop): ConnectionCause {
  return {
    cause: `${nameOf(cluster)} was listed, and is not found any more.`,
    fix: advice('look whether the cluster was deleted or made again elsewhere.'),
    severity: 'medium',
  };
}

function refused(stop: Stop, why: string): ConnectionCause {
  const { cluster } = stop;
  return {
    cause: `${whoOf(stop)} may not read ${nameOf(cluster)} (container.clusters.get): ${why}`,
    fix: advice(
      `grant ${whoOf(stop)} roles/container.clusterViewer on ${cluster.project} if it should reach the cluster.`,
    ),
    severity: severityOf(stop),
  };
}

function expired({ cluster, attempt }: Stop): ConnectionCause {
  return {
    cause: `The certificate of ${attempt.endpoint.host}, an endpoint of ${nameOf(cluster)}, has expired.`,
    fix: advice('new credentials do not help here: rotate the credentials of the cluster.'),
  };
}

function untrusted({ cluster, attempt }: Stop, code: string): ConnectionCause {
  const { host, kind } = attempt.endpoint;
  return {
    cause: `The certificate of ${host} is not of the certificate authority that GKE gives for ${nameOf(cluster)} (${code}): credentials are being rotated, or another server answers there.`,
    fix: getCredentials(cluster, kind === 'dns'),
  };
}

function advice(text: string): Fix {
  return { summary: `Advice: ${text}`, commands: [], verified: false };
}

const signIn: Fix = {
  summary: 'Sign in again; then the token is new and has every scope.',
  commands: [sh`gcloud auth login`, sh`gcloud auth application-default login`],
  verified: false,
};

/** A kubeconfig entry as it should be today. */
export function getCredentials({ name, location, project }: GkeCluster, isDns: boolean): Fix {
  const base = sh`gcloud container clusters get-credentials ${name} --location=${location} --project=${project}`;
  return {
    summary: 'Write the kubeconfig entry anew, with the endpoint, the certificate and the plugin of today.',
    commands: [isDns ? `${base} --dns-endpoint` : base],
    verified: false,
  };
}

function installPlugin(cluster: GkeCluster): Fix {
  const { commands } = getCredentials(cluster, false);
  return {
    summary: 'Install the plugin that kubectl calls for credentials, and write the kubeconfig entry anew.',
    commands: [sh`gcloud components install gke-gcloud-auth-plugin`, ...commands],
    verified: false,
  };
}

function rbacAdvice(stop: Stop, permission: string | null): Fix {
  const needs = permission ? `a role with ${permission} on project ${stop.cluster.project}` : 'a role';
  return advice(
    `if ${whoOf(stop)} should see namespaces, give it ${needs}, or a Kubernetes RoleBinding; if it should not, nothing is broken.`,
  );
}

function networkFix(cluster: GkeCluster): Fix {
  if (cluster.dnsEndpoint?.allowExternalTraffic) return getCredentials(cluster, true);
  return advice(
    'add the address of the caller to the authorized networks of the cluster, or allow external traffic on its DNS endpoint.',
  );
}
