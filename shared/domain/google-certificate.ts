/** The certificate authority of a cluster, as `masterAuth.clusterCaCertificate` holds it: PEM in base64. */
import { createHash, X509Certificate } from 'node:crypto';

/** When a cluster's CA certificate begins and stops to be valid, ISO 8601 UTC; null where the text is no certificate. */
export function certificateDates(caCertificate: string | null): { from: string; to: string } | null {
  if (!caCertificate) return null;
  const certificate = parseCertificate(Buffer.from(caCertificate, 'base64'));
  if (!certificate) return null;
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  if (Number.isNaN(from) || Number.isNaN(to)) return null;
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

function parseCertificate(pem: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    // OpenSSL says of a text that is no certificate only that it is none, which is the answer.
    return null;
  }
}

/** Hex SHA-256 of the certificate as the API gives it: what earlier runs remember of it. */
export function certificateHash(caCertificate: string): string {
  return createHash('sha256').update(caCertificate).digest('hex');
}
