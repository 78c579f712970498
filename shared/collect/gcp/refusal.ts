/** Tells in one sentence why Google Cloud did not let us look: what was tried, what it said, what to do. */
import type { Gap } from '../../observation.ts';
import { GoogleApiError } from './google-api-error.ts';

/** What was tried when an error came. */
export interface Attempt {
  /** Reads on after "Cannot": `list the clusters of shop-prod`. */
  action: string;
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
export function whyNot(error: unknown, attempt: Attempt): string {
  return `Cannot ${attempt.action}: ${explain(asRefusal(error), attempt)}`;
}

/** Whether the thing that was asked for is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof GoogleApiError && error.kind === 'missing';
}

function asRefusal(error: unknown): GoogleApiError {
  if (error instanceof GoogleApiError) return error;
  throw error;
}

function explain(error: GoogleApiError, { permission }: Attempt): string {
  const { kind, message, metadata, status } = error;
  switch (kind) {
    case 'denied':
      return `${error.permission ?? permission} was denied to the auditor${
        /may not exist/.test(message) ? ', or there is no such thing' : ''
      }; check the name, or grant it with the auditor's role ("clusterwhy permissions gcp" prints it)`;
    case 'disabled': {
      const project = metadata.consumer?.replace('projects/', '') ?? 'the project';
      return `${metadata.service ?? 'the API'} is disabled in ${project}; it can be read once the API is enabled there`;
    }
    case 'perimeter':
      return `a VPC Service Controls perimeter refused it (${perimeterId(error)}); let the auditor in with an ingress rule`;
    case 'limited':
      return `Google kept limiting the requests (${message}); run it again when fewer tools use the same quota`;
    case 'missing':
      return `Google says that it is not there (${message}); check the name`;
    case 'unavailable':
      return status === 0
        ? `the API did not answer (${message}); check the network and run it again`
        : `the API failed with status ${status} (${message}); run it again`;
    case 'other':
      return `Google answered status ${status} (${message}); run it again, and report it if it stays`;
  }
}

function perimeterId({ message, metadata }: GoogleApiError): string {
  return metadata.uid ?? /vpcServiceControlsUniqueIdentifier:? ?([\w-]+)/.exec(message)?.[1] ?? 'no id given';
}
