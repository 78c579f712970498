/** The state of one cluster's API server. */
import { makeAuthority, type CertificateAuthority } from '../kubernetes/certificate.ts';

export interface KubernetesServiceAccount {
  namespace: string;
  name: string;
  annotations?: Record<string, string>;
}

export interface KubernetesOptions {
  serviceAccounts?: KubernetesServiceAccount[];
  /** Emails whose tokens may list everything here; the auditor's may unless this says otherwise. */
  readers?: string[];
  /** Signs the server's certificate instead of the cluster's CA, as after a rotation that clients missed. */
  servedBy?: CertificateAuthority;
  /** What anonymous callers get: 403 as `system:anonymous`, or 401 where anonymous access is limited. */
  anonymous?: 'forbidden' | 'unauthorized';
  /** Answers 401 to every token: the API server cannot verify them. */
  rejectsTokens?: boolean;
  /** Takes requests and never answers. */
  hangs?: boolean;
  /** Also serves a DNS endpoint. */
  dnsEndpoint?: boolean;
}

export interface KubernetesWorld extends KubernetesOptions {
  authority: CertificateAuthority;
}

/** An API server with a CA of its own, which runs out in 30 years unless said. */
export function kubernetesWorld(
  now: Date,
  options: KubernetesOptions & { caExpires?: Date } = {},
): KubernetesWorld {
  const { caExpires = new Date(now.getTime() + 30 * 365 * DAY_MS), ...rest } = options;
  const notBefore = new Date(now.getTime() - 200 * DAY_MS);
  return { ...rest, authority: makeAuthority('6d1f9e0c-cluster-ca', { notBefore, notAfter: caExpires }) };
}

const DAY_MS = 86_400_000;
