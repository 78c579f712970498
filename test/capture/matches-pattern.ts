/** Whether an event matches a pattern of EventBridge, for the operators that the rules use. */

export function matchesPattern(event: unknown, pattern: unknown): boolean {
  if (Array.isArray(pattern)) return pattern.some((one) => matchesValue(event, one));
  if (typeof pattern !== 'object' || pattern === null) throw new Error('A pattern is an object of lists');
  return Object.entries(pattern).every(([key, inner]) =>
    matchesPattern((event as Record<string, unknown> | undefined)?.[key], inner),
  );
}

function matchesValue(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  const [[operator, operand] = ['', null], ...others] = Object.entries(wanted);
  if (others.length > 0) throw new Error(`A value has one operator: ${JSON.stringify(wanted)}`);
  if (operator === 'exists') return (value !== undefined) === operand;
  if (operator === 'wildcard') return typeof value === 'string' && wildcard(String(operand)).test(value);
  throw new Error(`There is no operator ${operator}`);
}

function wildcard(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replaceAll(/[.?+^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}
