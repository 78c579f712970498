/**
 * What a service says when it refuses a call.
 * Source: IAM User Guide, "Troubleshoot access denied error messages"; since January 2026 the sentence may end with the
 * ARN of the policy that denies (AWS Security Blog, "Enhanced access denied error messages with policy ARNs").
 */
import type { ServiceDenial } from './service-denial.ts';

export type RefusingPolicy = NonNullable<ServiceDenial['policyType']>;

/** A refusal, as far as its text tells; null for what it does not say. */
export interface AccessDeniedText {
  /** ARN of the caller, mostly of a session (`arn:aws:sts::…:assumed-role/…`). */
  principal: string | null;
  /** IAM action, its service in lower case (`sns:Publish`). */
  action: string | null;
  resource: string | null;
  policyType: RefusingPolicy | null;
  /** True where a statement denies, false where none allows. */
  explicit: boolean | null;
  policyArn: string | null;
  /** What sts:DecodeAuthorizationMessage takes; only EC2 and a few other services give it. */
  encoded: string | null;
}

const policyTypes: Readonly<Record<string, RefusingPolicy>> = {
  'identity-based policy': 'identity',
  'permissions boundary': 'boundary',
  'session policy': 'session',
  'service control policy': 'scp',
  'resource control policy': 'rcp',
  'vpc endpoint policy': 'vpc-endpoint',
  'resource-based policy': 'resource',
  'role trust policy': 'role-trust',
};

/** Longer texts are of no service: they are read no further than this. */
const longest = 20_000;

/** Reads a refusal; null for a text that is none. */
export function parseAccessDenied(message: string): AccessDeniedText | null {
  const text = message.slice(0, longest);
  const encoded = /Encoded authorization failure message: ([\w+/=-]{20,})/.exec(text)?.[1] ?? null;
  const sentence = /(?:\bUser: (\S+) )?is not authorized to perform:? ([\w-]+):([\w*]+)([^\r\n]*)/.exec(text);
  if (!sentence) return encoded === null ? null : { ...nothing, encoded };
  const [, principal = null, service = '', name = '', rest = ''] = sentence;
  const action = `${service.toLowerCase()}:${name}`;
  const reason = reasonOf(rest, `${service}:${name}`);
  return {
    principal,
    action,
    resource: resourceOf(rest.slice(0, reason.at)),
    policyType: reason.policyType,
    explicit: reason.explicit,
    policyArn: reason.policyArn,
    encoded,
  };
}

const nothing: Omit<AccessDeniedText, 'encoded'> = {
  principal: null,
  action: null,
  resource: null,
  policyType: null,
  explicit: null,
  policyArn: null,
};

interface Reason extends Pick<AccessDeniedText, 'policyType' | 'explicit' | 'policyArn'> {
  /** Where it begins. */
  at: number;
}

/** The end of the sentence is the service's own: a resource's name, which a caller chooses, may hold the same words. */
function reasonOf(rest: string, action: string): Reason {
  const implicit = /^ because no ([\w -]{1,40}) allows the (\S+) action(?:: (arn:\S+))?/;
  const explicit = /^ with an explicit deny in an? ([\w -]{1,40})(?:: (arn:\S+))?/;
  const because = rest.lastIndexOf(' because ');
  const deny = rest.lastIndexOf(' with an explicit deny in a');
  const [, allows = '', named, allowsArn = null] = implicit.exec(rest.slice(Math.max(because, 0))) ?? [];
  const [, denies = '', deniesArn = null] = explicit.exec(rest.slice(Math.max(deny, 0))) ?? [];
  if (deny > because)
    return { at: deny, policyType: typeOf(denies), explicit: true, policyArn: trim(deniesArn) };
  if (because < 0) return { at: rest.length, policyType: null, explicit: null, policyArn: null };
  const isOurs = named?.toLowerCase() === action.toLowerCase();
  const policyType = isOurs ? typeOf(allows) : null;
  return {
    at: because,
    policyType,
    explicit: policyType && false,
    policyArn: isOurs ? trim(allowsArn) : null,
  };
}

function typeOf(words: string): RefusingPolicy | null {
  return policyTypes[words.trim().toLowerCase()] ?? null;
}

/** A full stop or bracket that follows an ARN is the sentence's. */
function trim(arn: string | null): string | null {
  return arn && arn.replace(/[.,;)]+$/, '');
}

/** S3 puts the resource in quotation marks. */
function resourceOf(text: string): string | null {
  const [, resource = ''] = /^ on (?:the )?resource: (.*)$/.exec(text) ?? [];
  const quoted = /^"(.*)"[.;]?$/.exec(resource.trim());
  return (quoted?.[1] ?? resource.trim().replace(/[.;]+$/, '')) || null;
}
