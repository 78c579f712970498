/**
 * Headers of every mail besides the usual ones: no out-of-office answer shall come back (RFC 3834), and readers who
 * have an address to take themselves off find it (RFC 2369).
 */
export function mailHeaders(unsubscribe: string | null): Record<string, string> {
  return {
    'Auto-Submitted': 'auto-generated',
    ...(unsubscribe === null ? {} : { 'List-Unsubscribe': `<${unsubscribe}>` }),
  };
}
