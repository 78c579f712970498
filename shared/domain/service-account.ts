/** Kubernetes service accounts as they appear in tokens and trust policies. */

export interface ServiceAccountName {
  namespace: string;
  name: string;
}

const prefix = 'system:serviceaccount:';
const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const subject = new RegExp(`^${prefix}(${label}):(${label}(?:\\.${label})*)$`);

/** `system:serviceaccount:<namespace>:<name>` taken apart; null for what no cluster can issue. */
export function parseSubject(text: string): ServiceAccountName | null {
  const [, namespace, name] = subject.exec(text) ?? [];
  return namespace !== undefined && name !== undefined && name.length <= 253 ? { namespace, name } : null;
}

/** The subject of a service account's tokens. */
export function subjectOf({ namespace, name }: ServiceAccountName): string {
  return `${prefix}${namespace}:${name}`;
}

/**
 * Whether a text that no cluster can issue as a subject is nevertheless recognisably this one: other letter case,
 * white space, a missing or misspelt prefix, wrong separators, anchors of a regular expression.
 */
export function isMisspeltSubject(text: string, wanted: string): boolean {
  if (/[*?]/.test(text) || parseSubject(text) !== null) return false;
  const name = parseSubject(wanted);
  if (!name) return false;
  const parts = text
    .trim()
    .toLowerCase()
    .replace(/^\^|\$$/g, '')
    .split(/[:/.\s]+/)
    .filter((part) => part !== '');
  const tail = parts.slice(-2).join(':');
  const head = parts.slice(0, -2);
  const isPrefix = head.every((part) => /^sys|^serv/.test(part)) && head.length <= 3;
  return isPrefix && tail === `${name.namespace}:${name.name}`;
}
