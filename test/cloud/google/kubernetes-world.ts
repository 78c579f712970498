/** The state of one cluster's API server. */
import { makeAuthority, type CertificateAuthority } from './certificate.ts';

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
  /** Also serves a DNS endpoint. */
  dnsEndpoint?: boolean;
}

export interface KubernetesWorld extends KubernetesOptions {
  authority: CertificateAuthority;
}

const validity = (now: Date) => ({
  notBefore: new Date(now.getTime() - 200 * 86_400_000),
  notAfter: new Date(now.getTime() + 30 * 365 * 86_400_000),
});

/** An API server with a CA of its own. */
export function kubernetesWorld(now: Date, options: KubernetesOptions = {}): KubernetesWorld {
  return { ...options, authority: makeAuthority('6d1f9e0c-cluster-ca', validity(now)) };
}
