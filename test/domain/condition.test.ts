import { isExact, isMet, isNegated } from '../../shared/domain/condition.ts';
import { parsePolicy, type ConditionElement } from '../../shared/domain/policy-document.ts';

/** The element that IAM makes of one line of a Condition. */
function element(operator: string, values: unknown): ConditionElement {
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: '*',
    Condition: { [operator]: { 'aws:key': values } },
  };
  const parsed = parsePolicy({ Version: '2012-10-17', Statement: statement });
  const condition = parsed.ok && parsed.policy.statements[0]?.conditions[0];
  if (!condition) throw new Error(`Cannot read the condition operator ${operator}: it is malformed`);
  return condition;
}

type Row = [sentence: string, operator: string, wanted: unknown, given: string[] | undefined, met: boolean];

function judges(rows: Row[]): void {
  it.each(rows)('%s', (_, operator, wanted, given, met) => {
    const lookup = (key: string) => ({ 'aws:one': ['x'], 'aws:many': ['x', 'y'] })[key];
    expect(isMet(element(operator, wanted), given, lookup)).toBe(met);
    expect(isMet(element(operator.toUpperCase(), wanted), given, lookup)).toBe(met);
  });
}

describe('text', () => {
  judges([
    ['StringEquals is met by the same text', 'StringEquals', 'a', ['a'], true],
    ['StringEquals is not met in other letter case', 'StringEquals', 'a', ['A'], false],
    ['StringEquals takes * for itself', 'StringEquals', 'a*', ['ab'], false],
    ['StringEquals takes any value of a list', 'StringEquals', ['a', 'b'], ['b'], true],
    ['StringEquals is met by no value of an empty list', 'StringEquals', [], ['a'], false],
    ['StringEquals compares numbers and truth values as text', 'StringEquals', [true, 1], ['1'], true],
    ['StringEquals expands variables', 'StringEquals', '${aws:one}', ['x'], true],
    ['StringEquals is not met by a variable without a value', 'StringEquals', '${aws:none}', ['x'], false],
    [
      'StringEquals is not met by a variable with several values',
      'StringEquals',
      '${aws:many}',
      ['x'],
      false,
    ],
    ['StringEquals is not met without the key', 'StringEquals', '', undefined, false],
    ['StringEquals is met by any of several values of the request', 'StringEquals', 'a', ['b', 'a'], true],
    ['StringNotEquals is not met by the same text', 'StringNotEquals', ['b', 'a'], ['a'], false],
    ['StringNotEquals is met by another text', 'StringNotEquals', ['b', 'c'], ['a'], true],
    ['StringNotEquals is met without the key', 'StringNotEquals', 'a', undefined, true],
    ['StringNotEquals is met by a variable without a value', 'StringNotEquals', '${aws:none}', ['x'], true],
    [
      'StringNotEquals is not met where any of several values is the text',
      'StringNotEquals',
      'a',
      ['b', 'a'],
      false,
    ],
    ['StringEqualsIgnoreCase ignores case', 'StringEqualsIgnoreCase', 'AbC', ['aBc'], true],
    ['StringEqualsIgnoreCase takes * for itself', 'StringEqualsIgnoreCase', 'a*', ['AB'], false],
    [
      'StringEqualsIgnoreCase is not met by a variable without a value',
      'StringEqualsIgnoreCase',
      '${aws:none}',
      ['x'],
      false,
    ],
    ['StringNotEqualsIgnoreCase ignores case', 'StringNotEqualsIgnoreCase', 'A', ['a'], false],
    ['StringLike knows wildcards', 'StringLike', 'a*?', ['abc'], true],
    ['StringLike does not ignore case', 'StringLike', 'A*', ['abc'], false],
    ['StringLike is not met without the key, even by *', 'StringLike', '*', undefined, false],
    ['StringNotLike is not met by a matching text', 'StringNotLike', ['x', 'a*'], ['abc'], false],
    ['StringNotLike is met without the key', 'StringNotLike', '*', undefined, true],
  ]);
});

describe('numbers', () => {
  judges([
    ['NumericEquals compares values, not texts', 'NumericEquals', '3600.0', ['3600'], true],
    ['NumericEquals takes a number', 'NumericEquals', 3600, ['3600'], true],
    ['NumericEquals takes signs and fractions', 'NumericEquals', '-.5', ['-0.50'], true],
    ['NumericEquals is not met by what is no number', 'NumericEquals', 'x', ['x'], false],
    ['NumericEquals is not met by an empty text', 'NumericEquals', '', ['0'], false],
    ['NumericNotEquals is met by another number', 'NumericNotEquals', '1', ['2'], true],
    ['NumericNotEquals is met by what is no number', 'NumericNotEquals', '1', ['x'], true],
    ['NumericLessThan is met below', 'NumericLessThan', '900', ['899'], true],
    ['NumericLessThan is not met at the bound', 'NumericLessThan', '900', ['900'], false],
    ['NumericLessThanEquals is met at the bound', 'NumericLessThanEquals', '900', ['900'], true],
    ['NumericGreaterThan compares as numbers', 'NumericGreaterThan', '900', ['1000'], true],
    ['NumericGreaterThanEquals is not met below', 'NumericGreaterThanEquals', '900', ['899.9'], false],
    ['NumericLessThan is not met without the key', 'NumericLessThan', '900', undefined, false],
  ]);
});

describe('dates', () => {
  const noon = ['2026-01-01T12:00:00Z'];
  judges([
    ['DateEquals knows zones', 'DateEquals', '2026-01-01T13:00:00+01:00', noon, true],
    ['DateEquals knows zones without a colon', 'DateEquals', '2026-01-01T13:00:00+0100', noon, true],
    ['DateEquals takes a time without a zone for UTC', 'DateEquals', '2026-01-01T12:00:00', noon, true],
    ['DateEquals takes a time without seconds', 'DateEquals', '2026-01-01T12:00Z', noon, true],
    ['DateEquals takes fractions of a second', 'DateEquals', '2026-01-01T12:00:00.000Z', noon, true],
    ['DateEquals takes seconds since 1970', 'DateEquals', '1767268800', noon, true],
    ['DateEquals takes a day for its beginning', 'DateEquals', '2026-01-01', ['2026-01-01T00:00:00Z'], true],
    ['DateEquals takes a year for its beginning', 'DateEquals', '2026', ['2026-01-01T00:00:00Z'], true],
    ['DateEquals is not met by what is no date', 'DateEquals', 'x', ['x'], false],
    ['DateEquals is not met by a day that does not exist', 'DateEquals', '2026-02-31T25:00:00Z', noon, false],
    ['DateNotEquals is met at another time', 'DateNotEquals', '2025-01-01', noon, true],
    ['DateLessThan is met before', 'DateLessThan', '2026-01-01T12:00:01Z', noon, true],
    ['DateLessThan is not met at the time itself', 'DateLessThan', '2026-01-01T12:00:00Z', noon, false],
    [
      'DateLessThanEquals is met at the time itself',
      'DateLessThanEquals',
      '2026-01-01T12:00:00Z',
      noon,
      true,
    ],
    ['DateGreaterThan is met after', 'DateGreaterThan', '2025-12-31T23:59:59-01:00', noon, true],
    ['DateGreaterThanEquals is not met before', 'DateGreaterThanEquals', '2027-01-01', noon, false],
    ['DateGreaterThan compares seconds with seconds', 'DateGreaterThan', '1735689600', ['1767225600'], true],
    ['DateLessThan is not met without the key', 'DateLessThan', '2030-01-01', undefined, false],
  ]);
});

describe('truth values, bytes and addresses', () => {
  judges([
    ['Bool ignores case', 'Bool', 'True', ['true'], true],
    ['Bool takes a truth value', 'Bool', false, ['false'], true],
    ['Bool is not met by the opposite', 'Bool', 'false', ['true'], false],
    ['Bool is not met without the key, even by false', 'Bool', 'false', undefined, false],
    ['BinaryEquals compares the bytes', 'BinaryEquals', 'QUI=', ['QUI'], true],
    ['BinaryEquals is not met by other bytes', 'BinaryEquals', 'QUI=', ['QUM='], false],
    ['IpAddress knows a range', 'IpAddress', '10.0.0.0/8', ['10.255.255.255'], true],
    ['IpAddress ends where the range ends', 'IpAddress', '10.0.0.0/8', ['11.0.0.0'], false],
    ['IpAddress takes a range whose address is not its first', 'IpAddress', '10.1.2.3/8', ['10.9.9.9'], true],
    ['IpAddress takes a single address', 'IpAddress', '10.1.2.3', ['10.1.2.3'], true],
    ['IpAddress takes every address of the same family', 'IpAddress', '0.0.0.0/0', ['203.0.113.9'], true],
    ['IpAddress takes no address of the other family', 'IpAddress', '0.0.0.0/0', ['2001:db8::7'], false],
    ['IpAddress knows IPv6', 'IpAddress', '2001:db8::/32', ['2001:DB8:0:1::7'], true],
    ['IpAddress knows odd prefixes', 'IpAddress', '203.0.113.8/31', ['203.0.113.10'], false],
    ['IpAddress is not met by a prefix too long', 'IpAddress', '10.0.0.0/33', ['10.0.0.0'], false],
    ['IpAddress is not met by a prefix that is no number', 'IpAddress', '10.0.0.0/x', ['10.0.0.0'], false],
    ['IpAddress is not met by what is no address', 'IpAddress', 'x', ['x'], false],
    [
      'NotIpAddress is met outside of every range',
      'NotIpAddress',
      ['10.0.0.0/8', '172.16.0.0/12'],
      ['192.0.2.1'],
      true,
    ],
    [
      'NotIpAddress is not met inside of one range',
      'NotIpAddress',
      ['10.0.0.0/8', '172.16.0.0/12'],
      ['172.31.0.1'],
      false,
    ],
    ['NotIpAddress is met by the other family', 'NotIpAddress', '0.0.0.0/0', ['::1'], true],
    ['NotIpAddress is met without the key', 'NotIpAddress', '0.0.0.0/0', undefined, true],
  ]);
});

describe('ARNs', () => {
  const role = ['arn:aws:iam::111122223333:role/team/app'];
  judges([
    ['ArnEquals knows wildcards as ArnLike does', 'ArnEquals', 'arn:aws:iam::*:role/*', role, true],
    ['ArnLike compares part by part', 'ArnLike', 'arn:aws:*:role/team/app', role, false],
    ['ArnNotEquals is not met by a matching ARN', 'ArnNotEquals', 'arn:aws:iam::*:role/*', role, false],
    ['ArnNotLike is met by another ARN', 'ArnNotLike', 'arn:aws:iam::444455556666:*', role, true],
    ['ArnNotLike is met without the key', 'ArnNotLike', '*', undefined, true],
    ['ArnLike is not met by what is no ARN', 'ArnLike', '*', ['x'], false],
  ]);
});

describe('Null', () => {
  judges([
    ['Null true is met without the key', 'Null', 'true', undefined, true],
    ['Null true is not met with it', 'Null', 'true', ['a'], false],
    ['Null false is met with the key', 'Null', false, ['a'], true],
    ['Null takes a key without values for absent', 'Null', 'true', [], true],
    ['Null ignores case', 'Null', 'TRUE', undefined, true],
  ]);
});

describe('IfExists, ForAllValues and ForAnyValue', () => {
  judges([
    ['IfExists is met without the key', 'StringEqualsIfExists', 'a', undefined, true],
    ['IfExists is not met by another value', 'StringEqualsIfExists', 'a', ['b'], false],
    ['IfExists changes nothing of a negated operator', 'StringNotEqualsIfExists', 'a', ['a'], false],
    [
      'ForAllValues is met where every value is allowed',
      'ForAllValues:StringEquals',
      ['a', 'b'],
      ['b', 'a', 'a'],
      true,
    ],
    [
      'ForAllValues is not met where one value is not',
      'ForAllValues:StringEquals',
      ['a', 'b'],
      ['a', 'c'],
      false,
    ],
    ['ForAllValues is met without the key', 'ForAllValues:StringEquals', 'a', undefined, true],
    ['ForAllValues is met by a key without values', 'ForAllValues:StringLike', 'a', [], true],
    [
      'ForAllValues of a negation is met where no value is excluded',
      'ForAllValues:StringNotEquals',
      ['a', 'b'],
      ['c', 'd'],
      true,
    ],
    [
      'ForAllValues of a negation is not met where one is',
      'ForAllValues:StringNotEquals',
      ['a', 'b'],
      ['c', 'a'],
      false,
    ],
    ['ForAllValues of a negation is met without the key', 'ForAllValues:StringNotLike', '*', undefined, true],
    ['ForAnyValue is met by one value', 'ForAnyValue:StringLike', 'a*', ['x', 'ab'], true],
    ['ForAnyValue is not met where none is', 'ForAnyValue:StringLike', 'a*', ['x', 'y'], false],
    ['ForAnyValue is not met without the key', 'ForAnyValue:StringLike', '*', undefined, false],
    [
      'ForAnyValue is not met without the key, IfExists or not',
      'ForAnyValue:StringLikeIfExists',
      '*',
      undefined,
      false,
    ],
    [
      'ForAnyValue of a negation is met by one value that is not excluded',
      'ForAnyValue:StringNotEquals',
      'a',
      ['a', 'b'],
      true,
    ],
    [
      'ForAnyValue of a negation is not met where all are excluded',
      'ForAnyValue:StringNotEquals',
      ['a', 'b'],
      ['a', 'b'],
      false,
    ],
    [
      'ForAnyValue of a negation is not met without the key',
      'ForAnyValue:StringNotEquals',
      'a',
      undefined,
      false,
    ],
    [
      'a set prefix goes with other operators, too',
      'ForAnyValue:IpAddress',
      '10.0.0.0/8',
      ['x', '10.1.1.1'],
      true,
    ],
  ]);
});

describe('what an operator is', () => {
  it.each([
    ['StringNotEquals', true, false],
    ['ForAnyValue:StringNotLikeIfExists', true, false],
    ['NotIpAddress', true, false],
    ['StringEquals', false, true],
    ['ForAllValues:StringEqualsIgnoreCase', false, true],
    ['StringLike', false, false],
    ['Null', false, false],
  ])('%s', (operator, negated, exact) => {
    expect(isNegated(element(operator, 'true'))).toBe(negated);
    expect(isExact(element(operator, 'true'))).toBe(exact);
  });
});
