/** One attempt to reach a cluster's API server, step by step, as the auditor holds it. */
import type { Localized } from '../words.ts';

/**
 * The ladder: token → clusters.get → TLS with the cluster's CA → GET /api/v1/namespaces.
 * A step that was not reached is null.
 */
export interface ConnectionAttempt {
  cluster: string;
  location: string;
  /** The endpoint that was tried: the IP address with the cluster's own CA, or the DNS name with public ones. */
  endpoint: { kind: 'ip' | 'dns'; host: string };
  /** `email` of tokeninfo, or the impersonated account; null where it is not known. */
  principal: string | null;
  /** `GET https://oauth2.googleapis.com/tokeninfo`. */
  token:
    | { state: 'valid'; scopes: string[]; expiresInSeconds: number | null }
    | { state: 'rejected'; message: Localized }
    | { state: 'unread'; why: Localized }
    | null;
  /** `projects.locations.clusters.get` by that principal: 200, 403, 404 … */
  clustersGet: { status: number; message: string | null } | null;
  /** `untrusted`: the certificate is not the CA's; `unreachable`: no TLS at all (timeout, refused, no such host). */
  tls: { state: 'trusted' } | { state: 'untrusted' | 'unreachable'; code: string; message: string } | null;
  /** The API server's answer: HTTP status, and `reason` and `message` of the `Status` object. */
  response: { status: number; reason: string | null; message: string | null } | null;
}
