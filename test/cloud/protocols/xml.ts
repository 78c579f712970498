/** XML as AWS's services write it. */

/** The members of a structure as elements; lists become `<member>` elements, times ISO 8601. */
export function xmlMembers(structure: object): string {
  return Object.entries(structure)
    .map(([name, value]) => (value === undefined || value === null ? '' : xmlElement(name, xmlValue(value))))
    .join('');
}

export function xmlElement(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** Text between tags; control characters, which XML cannot hold, become a replacement character. */
export function xmlText(text: string): string {
  return text
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}

function xmlValue(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => xmlElement('member', xmlValue(item))).join('');
  if (typeof value === 'object' && value !== null) return xmlMembers(value);
  return xmlText(String(value));
}
