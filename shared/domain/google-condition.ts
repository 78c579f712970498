/** IAM conditions as far as they can be decided without a request: comparisons of `request.time`. */

import type { Words } from '../words.ts';

/** Whether a condition holds at one time. */
export type ConditionState =
  /** `until` is when it stops holding, ISO 8601 UTC; null where it does not. */
  | { state: 'holds'; until: string | null }
  /** It held until then. */
  | { state: 'expired'; since: string }
  | { state: 'not-yet'; from: string }
  | { state: 'unknown'; why: Words };

const timestamp = String.raw`timestamp\(\s*(?:"([^"]*)"|'([^']*)')\s*\)`;
const timeFirst = new RegExp(String.raw`^request\.time\s*(<=?|>=?)\s*${timestamp}$`);
const timeLast = new RegExp(String.raw`^${timestamp}\s*(<=?|>=?)\s*request\.time$`);
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

interface Bound {
  side: 'before' | 'after';
  time: number;
}

/**
 * Decides a CEL expression made of comparisons of `request.time` joined by `&&`; every other expression is unknown.
 * @see https://cloud.google.com/iam/docs/conditions-overview
 */
export function evaluateCondition(expression: string, time: string): ConditionState {
  const bounds = conjuncts(expression).map(boundOf);
  if (bounds.some((bound) => bound === null)) return dependsOnRequest(expression);
  const now = Date.parse(time);
  const known = bounds.filter((bound) => bound !== null);
  const before = Math.min(...known.filter(({ side }) => side === 'before').map((bound) => bound.time));
  const after = Math.max(...known.filter(({ side }) => side === 'after').map((bound) => bound.time));
  if (now >= before) return { state: 'expired', since: new Date(before).toISOString() };
  if (now < after) return { state: 'not-yet', from: new Date(after).toISOString() };
  return { state: 'holds', until: Number.isFinite(before) ? new Date(before).toISOString() : null };
}

function dependsOnRequest(expression: string): ConditionState {
  const text = JSON.stringify(shorten(expression));
  return {
    state: 'unknown',
    why: {
      en: `the condition ${text} depends on the request`,
      ja: `条件 ${text} を満たすかどうかはリクエストによって決まります`,
    },
  };
}

/** Splits at `&&`: where that stood in a string, the parts are no comparisons of time and so unknown. */
function conjuncts(expression: string): string[] {
  return expression.split('&&').map((part) =>
    part
      .trim()
      .replace(/^\((.*)\)$/s, '$1')
      .trim(),
  );
}

function boundOf(conjunct: string): Bound | null {
  const first = timeFirst.exec(conjunct);
  const last = timeLast.exec(conjunct);
  const operator = first?.[1] ?? flip(last?.[3]);
  const text = first?.[2] ?? first?.[3] ?? last?.[1] ?? last?.[2];
  if (operator === undefined || text === undefined || !rfc3339.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : { side: operator.startsWith('<') ? 'before' : 'after', time };
}

function flip(operator: string | undefined): string | undefined {
  return operator?.startsWith('<') ? '>' : operator && '<';
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
