/** Tells in one sentence why Google Cloud did not let us look: what was tried, what it said, what to do. */
import type { Gap } from '../../observation.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';
import { cannot } from '../cannot.ts';
import { GoogleApiError } from './google-api-error.ts';

/** What was tried when an error came. */
export interface Attempt {
  /** Reads on after "Cannot", as in `cannot`: `list the clusters of shop-prod`. */
  action: Localized;
  /** The reader's own permission, named where the error does not name one. */
  permission: string;
  /** Region or zone; null for what has none. */
  location?: string;
}

/** The gap that an error leaves; what is no answer of an API is thrown again. */
export function gapOf(error: unknown, attempt: Attempt): Gap {
  const refusal = asRefusal(error);
  const location = attempt.location ?? null;
  const why = whyNot(refusal, attempt);
  if (refusal.kind !== 'denied') return { location, why };
  return { location, why, missingPermission: refusal.permission ?? attempt.permission };
}

/** The sentence alone, for what is looked up one by one. */
export function whyNot(error: unknown, attempt: Attempt): Localized {
  return cannot(attempt.action, explain(asRefusal(error), attempt));
}

/** Whether the thing that was asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof GoogleApiError && error.kind === 'missing';
}

function asRefusal(error: unknown): GoogleApiError {
  if (error instanceof GoogleApiError) return error;
  throw error;
}

/** What Google said stays as it said it. */
function explain(error: GoogleApiError, { permission }: Attempt): Localized {
  return explanations[error.kind](error, permission);
}

type Explanation = (error: GoogleApiError, permission: string) => Localized;

const explanations: Record<GoogleApiError['kind'], Explanation> = {
  denied: ({ message, permission }, asked) => wasDenied(permission ?? asked, /may not exist/.test(message)),
  disabled: ({ metadata }) =>
    isDisabled(metadata.service ?? theApi, metadata.consumer?.replace('projects/', '') ?? theProject),
  perimeter: (error) => ({
    en: en`a VPC Service Controls perimeter refused it (${perimeterId(error)}); let the auditor in with an ingress rule`,
    ja: ja`VPC Service Controls の境界により拒否されました (${perimeterId(error)})。上り (内向き) ルールで監査者を許可してください`,
  }),
  limited: ({ message }) => ({
    en: `Google kept limiting the requests (${message}); run it again when fewer tools use the same quota`,
    ja: `Google によるリクエストの制限が続きました (${message})。同じ割り当てを使うツールが少ないときに、実行し直してください`,
  }),
  missing: ({ message }) => ({
    en: `Google says that it is not there (${message}); check the name`,
    ja: `Google によると存在しません (${message})。名前を確認してください`,
  }),
  unavailable: ({ status, message }) => (status === 0 ? didNotAnswer(message) : hasFailed(status, message)),
  other: ({ status, message }) => ({
    en: `Google answered status ${status} (${message}); run it again, and report it if it stays`,
    ja: `Google の応答のステータスは ${status} でした (${message})。実行し直し、繰り返すようであれば報告してください`,
  }),
};

const theApi = { en: 'the API', ja: 'この API' };
const theProject = { en: 'the project', ja: 'プロジェクト' };

/** @param mayBeMissing whether the answer would be the same where there is no such thing */
function wasDenied(permission: string, mayBeMissing: boolean): Localized {
  const orNone = mayBeMissing ? noSuchThing : '';
  return {
    en: en`${permission} was denied to the auditor${orNone}; check the name, or grant it with the auditor's role ("clusterwhy permissions gcp" prints it)`,
    ja: ja`${permission} が監査者に対して拒否されました${orNone}。名前を確認するか、監査者のロールで付与してください ("clusterwhy permissions gcp" で表示できます)`,
  };
}

const noSuchThing = { en: ', or there is no such thing', ja: ' (対象が存在しない可能性もあります)' };

function isDisabled(service: Words, project: Words): Localized {
  return {
    en: en`${service} is disabled in ${project}; it can be read once the API is enabled there`,
    ja: ja`${project} では ${service} が無効です。API を有効にすると読み取れるようになります`,
  };
}

function didNotAnswer(message: string): Localized {
  return {
    en: `the API did not answer (${message}); check the network and run it again`,
    ja: `API から応答がありません (${message})。ネットワークを確認して、実行し直してください`,
  };
}

function hasFailed(status: number, message: string): Localized {
  return {
    en: `the API failed with status ${status} (${message}); run it again`,
    ja: `API がステータス ${status} で失敗しました (${message})。実行し直してください`,
  };
}

function perimeterId({ message, metadata }: GoogleApiError): Words {
  const told = metadata.uid ?? /vpcServiceControlsUniqueIdentifier:? ?([\w-]+)/.exec(message)?.[1];
  return told ?? { en: 'no id given', ja: 'ID なし' };
}
