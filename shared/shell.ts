/** Shell commands that are safe to paste: every value is quoted by construction. */

/** Quotes a value for a POSIX shell where it needs it. */
export function quote(value: string): string {
  const printable = value.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(printable) ? printable : `'${printable.replaceAll("'", `'\\''`)}'`;
}

/** Template for one command: each interpolated value becomes one quoted word, each array one word per item. */
export function sh(parts: TemplateStringsArray, ...values: (string | number | readonly string[])[]): string {
  const words = values.map((value) =>
    Array.isArray(value) ? value.map(quote).join(' ') : quote(String(value)),
  );
  return parts.map((part, index) => part + (words[index] ?? '')).join('');
}

/**
 * A command that takes a JSON document from a here-document: `command` reads it as `file:///dev/stdin`.
 * The quoted delimiter keeps the shell from expanding anything in the document.
 */
export function withDocument(command: string, document: unknown): string {
  const json = JSON.stringify(document, null, 2);
  return `${command} <<'JSON'\n${json}\nJSON`;
}
