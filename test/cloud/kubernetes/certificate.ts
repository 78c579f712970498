/** X.509 certificates with any dates, made on the spot: Node can read certificates but not write them. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface Certificate {
  certificate: string;
  privateKey: string;
}

export interface CertificateAuthority extends Certificate {
  subject: string;
  key: KeyObject;
}

interface Validity {
  notBefore: Date;
  notAfter: Date;
}

/** A self-signed authority, as every cluster has one of its own. */
export function makeAuthority(subject: string, validity: Validity): CertificateAuthority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certificate = issue({
    subject,
    issuer: subject,
    validity,
    publicKey,
    signer: privateKey,
    extensions: [extension(BASIC_CONSTRAINTS, sequence(TRUE), true)],
  });
  return { subject, certificate, privateKey: pem(privateKey), key: privateKey };
}

/** A server's certificate for one IP address or host name. */
export function issueServerCertificate(
  authority: CertificateAuthority,
  host: string,
  validity: Validity,
): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const address = /^[\d.]+$/.test(host)
    ? tagged(0x87, Buffer.from(host.split('.').map(Number)))
    : tagged(0x82, Buffer.from(host, 'ascii'));
  const certificate = issue({
    subject: host,
    issuer: authority.subject,
    validity,
    publicKey,
    signer: authority.key,
    extensions: [extension(SUBJECT_ALT_NAME, sequence(address), false)],
  });
  return { certificate, privateKey: pem(privateKey) };
}

interface Issue {
  subject: string;
  issuer: string;
  validity: Validity;
  publicKey: KeyObject;
  signer: KeyObject;
  extensions: Buffer[];
}

/** RFC 5280 §4.1: Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }. */
function issue({ subject, issuer, validity, publicKey, signer, extensions }: Issue): string {
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const serial = createHash('sha256').update(publicKeyInfo).digest().subarray(0, 8);
  // Positive and without leading zeros, as DER wants an integer.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const toBeSigned = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))),
    tagged(0x02, serial),
    sequence(ECDSA_WITH_SHA256),
    name(issuer),
    sequence(generalizedTime(validity.notBefore), generalizedTime(validity.notAfter)),
    name(subject),
    publicKeyInfo,
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', toBeSigned, signer);
  return wrap(
    sequence(toBeSigned, sequence(ECDSA_WITH_SHA256), tagged(0x03, Buffer.concat([Buffer.of(0), signature]))),
  );
}

const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const TRUE = Buffer.from('0101ff', 'hex');

function tagged(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), length(content.length), content]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.of(bytes);
  return bytes < 0x100 ? Buffer.of(0x81, bytes) : Buffer.of(0x82, bytes >> 8, bytes & 0xff);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function name(commonName: string): Buffer {
  const attribute = sequence(COMMON_NAME, tagged(0x0c, Buffer.from(commonName, 'utf8')));
  return sequence(tagged(0x31, attribute));
}

function generalizedTime(date: Date): Buffer {
  const text = date
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:T]/g, '');
  return tagged(0x18, Buffer.from(text, 'ascii'));
}

function extension(oid: Buffer, value: Buffer, critical: boolean): Buffer {
  return sequence(oid, ...(critical ? [TRUE] : []), tagged(0x04, value));
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function wrap(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
