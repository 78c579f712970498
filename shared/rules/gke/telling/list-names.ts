/** `a, b, c and 4 more`: at most `most` names, in the order given. */
export function listNames(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
