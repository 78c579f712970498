/** The form of what is known of an error text: data that says how it is recognised, what it means, and what decides. */
import type { RuleId } from '../rule.ts';
import type { Localized } from '../words.ts';

/** What a text may name; each has a placeholder where it does not. */
export const valueNames = [
  'account',
  'action',
  'api',
  'associationId',
  'audience',
  'cluster',
  'code',
  'correctLocation',
  'deployment',
  'encoded',
  'eventId',
  'host',
  'instanceId',
  'issuer',
  'location',
  'namespace',
  'node',
  'nodePool',
  'nodeRole',
  'operation',
  'organization',
  'permission',
  'pod',
  'policyArn',
  'policyEffect',
  'policyType',
  'principal',
  'project',
  'projectNumber',
  'region',
  'requestId',
  'resource',
  'roleArn',
  'roleName',
  'scope',
  'serviceAccount',
  'serviceAccountEmail',
  'session',
  'subject',
  'uniqueId',
] as const;
export type ValueName = (typeof valueNames)[number];

/** What one occurrence names: printable ASCII without white space. */
export type Values = { readonly [K in ValueName]?: string };
/** The same with a placeholder for everything that is not named. */
export type FilledValues = { readonly [K in ValueName]: string };

/** The row of the AWS article (A1 to A4) or the Google article (G1 to G6) that has the error's procedure. */
export type ArticleRow = 'A1' | 'A2' | 'A3' | 'A4' | 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G6';

/** One possible cause. */
export interface Suspect {
  cause: Localized;
  /** What its commands show where it is this one, and what to do then. */
  decides: Localized;
  /** Shell commands made by `sh`, so that every value is quoted. */
  commands: string[];
}

/** What an error means. */
export interface Meaning {
  /** What happened, in a sentence or two. */
  happened: Localized;
  /** Why that usually is. */
  usually: Localized;
  /** What the text rules out. */
  excludes?: Localized[];
  /** In the order in which to look; the first is the most frequent. */
  suspects: Suspect[];
}

/** A text as it is logged, and what is taken from it. */
export interface Example {
  /** Who logs it: `botocore`, `Go 2`, `gcloud` … */
  from: string;
  text: string;
  values?: Values;
}

export interface ErrorKind {
  /** Stable: scripts may rely on it. */
  id: string;
  row: ArticleRow | null;
  title: Localized;
  /** Whose credentials look at it. */
  cloud: 'aws' | 'gcp';
  /**
   * Literals of which every text of this kind has one; only lines with one are looked at. They hold no quotes, slashes
   * or line breaks, which logs in JSON escape.
   */
  needles: readonly string[];
  /** Made by `like`; their named groups are names of values. */
  patterns: readonly RegExp[];
  /** Kinds that say less of the same error and are not told beside this one. */
  covers?: readonly string[];
  meaning(filled: FilledValues, known: Values): Meaning;
  /** Rules of the audit that judge the same with proof. */
  rules: readonly RuleId[];
  references: readonly string[];
  examples: readonly Example[];
}

/** A pattern in which a space stands for any white space, so that wrapped lines match too; found anywhere, any number of times. */
export function like(pattern: RegExp): RegExp {
  return new RegExp(
    pattern.source.replaceAll(/ (\??)/g, (_, optional) => (optional ? '\\s*' : '\\s+')),
    `g${pattern.flags}`,
  );
}
