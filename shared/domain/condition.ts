/**
 * IAM's condition operators.
 * Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Single-valued vs. multivalued context keys".
 */
import { BlockList, isIP } from 'node:net';
import { expandText, matchesArn, matchesPattern, type Lookup } from './pattern.ts';
import type { ConditionElement } from './policy-document.ts';

type Comparison = (value: string, wanted: string, lookup: Lookup | null) => boolean;

const comparisons: Record<string, Comparison> = {
  stringequals: (value, wanted, lookup) => value === expandText(wanted, lookup),
  stringequalsignorecase: (value, wanted, lookup) =>
    value.toLowerCase() === expandText(wanted, lookup)?.toLowerCase(),
  stringlike: (value, wanted, lookup) => matchesPattern(wanted, value, lookup),
  numericequals: numeric((value, wanted) => value === wanted),
  numericlessthan: numeric((value, wanted) => value < wanted),
  numericlessthanequals: numeric((value, wanted) => value <= wanted),
  numericgreaterthan: numeric((value, wanted) => value > wanted),
  numericgreaterthanequals: numeric((value, wanted) => value >= wanted),
  dateequals: date((value, wanted) => value === wanted),
  datelessthan: date((value, wanted) => value < wanted),
  datelessthanequals: date((value, wanted) => value <= wanted),
  dategreaterthan: date((value, wanted) => value > wanted),
  dategreaterthanequals: date((value, wanted) => value >= wanted),
  bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  binaryequals: (value, wanted) => Buffer.from(value, 'base64').equals(Buffer.from(wanted, 'base64')),
  ipaddress: isInRange,
  arnequals: (value, wanted, lookup) => matchesArn(wanted, value, lookup),
  arnlike: (value, wanted, lookup) => matchesArn(wanted, value, lookup),
};

const opposites: Record<string, string> = {
  stringnotequals: 'stringequals',
  stringnotequalsignorecase: 'stringequalsignorecase',
  stringnotlike: 'stringlike',
  numericnotequals: 'numericequals',
  datenotequals: 'dateequals',
  notipaddress: 'ipaddress',
  arnnotequals: 'arnequals',
  arnnotlike: 'arnlike',
};

/** Whether the operator says "not": but for ForAnyValue it is met where the request has no such key. */
export function isNegated({ base }: ConditionElement): boolean {
  return base in opposites;
}

/** Whether the operator compares whole texts, so that `*` and `?` are ordinary characters in it. */
export function isExact({ base }: ConditionElement): boolean {
  return base === 'stringequals' || base === 'stringequalsignorecase';
}

/**
 * Whether a condition element is met by the request's values of its key.
 * `values` is undefined or empty where the request has no such key. `lookup` resolves policy variables; null where
 * the policy's Version leaves them literal.
 */
export function isMet(
  element: ConditionElement,
  values: readonly string[] | undefined,
  lookup: Lookup | null,
): boolean {
  const present = values !== undefined && values.length > 0;
  if (element.base === 'null')
    return element.values.some((wanted) => (wanted.toLowerCase() === 'true') === !present);
  const negated = isNegated(element);
  // ForAnyValue looks for one value, so without the key it is not met: neither by IfExists nor by a negated operator.
  if (!present)
    return element.set !== 'ForAnyValue' && (element.ifExists || element.set === 'ForAllValues' || negated);
  const compare = comparisons[opposites[element.base] ?? element.base];
  if (!compare) return false;
  const matches = (value: string) =>
    element.values.some((wanted) => compare(value, wanted, lookup)) !== negated;
  if (element.set === 'ForAnyValue') return values.some(matches);
  if (element.set === 'ForAllValues' || negated) return values.every(matches);
  return values.some(matches);
}

function numeric(compare: (value: number, wanted: number) => boolean): Comparison {
  return (value, wanted) => {
    const [a, b] = [toNumber(value), toNumber(wanted)];
    return a !== null && b !== null && compare(a, b);
  };
}

function toNumber(text: string): number | null {
  return /^\s*[-+]?(\d+(\.\d*)?|\.\d+)\s*$/.test(text) ? Number(text) : null;
}

function date(compare: (value: number, wanted: number) => boolean): Comparison {
  return (value, wanted) => {
    const [a, b] = [toTime(value), toTime(wanted)];
    return a !== null && b !== null && compare(a, b);
  };
}

const isoDate = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/;

/** Milliseconds since 1970 of an ISO 8601 date (UTC where it names no zone) or of seconds since 1970. */
function toTime(text: string): number | null {
  if (/^-?\d{5,}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!isoDate.test(text)) return null;
  const zoned = text.includes('T') && !/(Z|[+-]\d{2}:?\d{2})$/.test(text) ? `${text}Z` : text;
  const time = Date.parse(zoned.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  return Number.isNaN(time) ? null : time;
}

function isInRange(address: string, range: string): boolean {
  const [network = '', bits] = range.split('/');
  const family = isIP(network);
  if (family === 0 || isIP(address) !== family) return false;
  const prefix = bits === undefined ? (family === 4 ? 32 : 128) : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (prefix < 0 || prefix > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(network, prefix, type);
  return list.check(address, type);
}
