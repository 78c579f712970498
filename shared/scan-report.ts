/** What a scan of log files found, as plain data: what is rendered, and what `--output json` prints. */
import type { Language } from './words.ts';

export interface ScanReport {
  schemaVersion: 1;
  tool: { name: 'clusterwhy'; version: string };
  startedAt: string;
  finishedAt: string;
  /** The folder, file or address in S3. */
  source: string;
  /** ISO 8601; null where the scan had no such bound. */
  window: { from: string | null; to: string | null };
  summary: {
    files: number;
    /** Files of these that an earlier scan, with which this one went on, had read. */
    filesReadBefore: number;
    damagedFiles: number;
    storedBytes: number;
    jsonBytes: number;
    refusedCalls: number;
    denials: number;
  };
  /** Most refused calls first. */
  denials: ScanDenial[];
  /** What was not looked at. */
  notRead: {
    file: string | null;
    why: string;
    /** The same in another language than English, where the scan was asked for in one. */
    translated?: { language: Language; why: string };
  }[];
}

/** All refused calls that are alike. */
export interface ScanDenial {
  kind: 'web-identity' | 'pod-identity' | 'service';
  account: string;
  /** `sts:AssumeRoleWithWebIdentity`, or what was called with the role. */
  action: string;
  roleArn: string | null;
  /** Subject of the token; for Pod Identity the cluster. */
  caller: string | null;
  /** What of it is words, where the scan was asked in another language. */
  translated?: { language: Language; caller: string };
  /** The OIDC provider that verified the token; null where there is none. */
  provider: string | null;
  resource: string | null;
  errorCode: string;
  errorMessage: string | null;
  calls: number;
  firstSeen: string;
  lastSeen: string;
  regions: string[];
  sampleEventIds: string[];
}
