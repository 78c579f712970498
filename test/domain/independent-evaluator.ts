/**
 * A second evaluator of trust policies, written from the IAM User Guide alone and sharing no code with the product:
 * "Grammar of the IAM JSON policy language", "Condition operators", "Single-valued vs. multivalued context keys",
 * "Policy variables", "Principal", "Available keys for AWS OIDC federation". It answers with a verdict and nothing else.
 */

export interface Request {
  issuer: string;
  roleArn: string;
  claims: Record<string, unknown>;
  context: Record<string, unknown>;
}

type Json = Record<string, unknown>;
type Values = (key: string) => string[];

class Malformed extends Error {}

/** Allowed, ImplicitlyDenied, ExplicitlyDenied or Malformed. */
export function judge(policy: unknown, request: Request): string {
  try {
    return decide(policy, request);
  } catch (error) {
    if (error instanceof Malformed) return 'Malformed';
    throw error;
  }
}

function decide(policy: unknown, request: Request): string {
  const document = object(typeof policy === 'string' ? parse(policy) : policy);
  onlyKeys(document, ['Version', 'Id', 'Statement']);
  must(['string', 'undefined'].includes(typeof document['Id']));
  const version = 'Version' in document ? document['Version'] : '2008-10-17';
  must(version === '2012-10-17' || version === '2008-10-17');
  const statements = list(document['Statement']).map(object);
  must(statements.length > 0);
  const sids = statements
    .map((statement) => statement['Sid'])
    .filter((sid) => sid !== undefined && sid !== '');
  must(new Set(sids).size === sids.length);
  statements.forEach(checkStatement);
  const values = contextOf(request);
  const effects = statements
    .filter((statement) => applies(statement, request, values, version === '2012-10-17'))
    .map((statement) => statement['Effect']);
  if (effects.includes('Deny')) return 'ExplicitlyDenied';
  return effects.includes('Allow') ? 'Allowed' : 'ImplicitlyDenied';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Malformed('Cannot read the policy: it is not JSON', { cause });
  }
}

function must(condition: boolean): void {
  if (!condition) throw new Malformed('Cannot evaluate the policy: IAM would refuse it');
}

function object(value: unknown): Json {
  must(typeof value === 'object' && value !== null && !Array.isArray(value));
  return value as Json;
}

function list(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function onlyKeys(value: Json, known: string[]): void {
  must(Object.keys(value).every((key) => known.includes(key)));
}

function texts(value: unknown): string[] {
  return list(value).map((item) => {
    must(['string', 'number', 'boolean'].includes(typeof item));
    return String(item);
  });
}

function checkStatement(statement: Json): void {
  onlyKeys(statement, ['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Condition']);
  must(statement['Effect'] === 'Allow' || statement['Effect'] === 'Deny');
  must(
    !('Sid' in statement) ||
      (typeof statement['Sid'] === 'string' && /^[A-Za-z0-9]*$/.test(statement['Sid'])),
  );
  must('Principal' in statement !== 'NotPrincipal' in statement);
  must('Action' in statement !== 'NotAction' in statement);
  const actions = texts(statement['Action'] ?? statement['NotAction']);
  must(actions.length > 0 && actions.every((action) => action === '*' || /^[\w-]+:./.test(action)));
  principalsOf(statement['Principal'] ?? statement['NotPrincipal']);
  for (const [operator, keys] of Object.entries(
    object('Condition' in statement ? statement['Condition'] : {}),
  )) {
    must(readOperator(operator) !== null);
    Object.values(object(keys)).forEach(texts);
  }
}

/** Pairs of a principal's type and value; `["*", "*"]` for everybody. */
function principalsOf(principal: unknown): [string, string][] {
  if (principal === '*') return [['*', '*']];
  const entries = Object.entries(object(principal));
  must(entries.length > 0);
  must(entries.every(([type]) => ['AWS', 'Federated', 'Service', 'CanonicalUser'].includes(type)));
  must(entries.every(([, value]) => texts(value).length > 0));
  return entries.flatMap(([type, value]) => texts(value).map((text): [string, string] => [type, text]));
}

function applies(statement: Json, request: Request, values: Values, expands: boolean): boolean {
  const principal = principalsOf(statement['Principal'] ?? statement['NotPrincipal']).some(([type, value]) =>
    value === '*'
      ? ['*', 'AWS', 'Federated'].includes(type)
      : type === 'Federated' && value === provider(request),
  );
  const action = texts(statement['Action'] ?? statement['NotAction']).some((pattern) =>
    glob(pattern, 'i').test('sts:AssumeRoleWithWebIdentity'),
  );
  if (principal === 'NotPrincipal' in statement || action === 'NotAction' in statement) return false;
  return Object.entries((statement['Condition'] ?? {}) as Record<string, Json>).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) =>
      holds(operator, values(key), texts(wanted), values, expands),
    ),
  );
}

function provider({ issuer, roleArn }: Request): string {
  const [, partition, , , account] = roleArn.split(':');
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer.replace('https://', '')}`;
}

function contextOf({ issuer, claims, context }: Request): Values {
  const keys = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  for (const claim of ['sub', 'aud', 'amr'])
    keys.set(`${issuer.replace('https://', '')}:${claim}`.toLowerCase(), claims[claim]);
  return (key) => list(keys.get(key.toLowerCase())).map(String);
}

interface Operator {
  set: string;
  negated: boolean;
  family: string;
  ifExists: boolean;
}

const families =
  /^(String(Equals(IgnoreCase)?|Like)|Numeric(Equals|LessThan(Equals)?|GreaterThan(Equals)?)|Date(Equals|LessThan(Equals)?|GreaterThan(Equals)?)|Bool|BinaryEquals|IpAddress|Arn(Equals|Like)|Null)$/i;

function readOperator(name: string): Operator | null {
  const [, set = '', rest = ''] = /^(ForAllValues:|ForAnyValue:)?(.+)$/i.exec(name) ?? [];
  const base = rest.replace(/IfExists$/i, '');
  const family = base
    .replace(/^NotIpAddress$/i, 'IpAddress')
    .replace(/^(String|Numeric|Date|Arn)Not(?=Equals|Like)/i, '$1');
  if (!families.test(family) || (/^null$/i.test(family) && base !== rest)) return null;
  return {
    set: set.toLowerCase(),
    negated: family !== base,
    family: family.toLowerCase(),
    ifExists: base !== rest,
  };
}

/** Whether the request's values of one key satisfy one line of a Condition. */
function holds(name: string, given: string[], wanted: string[], values: Values, expands: boolean): boolean {
  const operator = readOperator(name);
  if (!operator) return false;
  if (operator.family === 'null') return wanted.some((text) => /^true$/i.test(text) === (given.length === 0));
  if (given.length === 0) {
    if (operator.set === 'foranyvalue:') return false;
    return operator.set === 'forallvalues:' || operator.ifExists || operator.negated;
  }
  const each = given.map((value) =>
    wanted.some((text) => compare(operator.family, value, text, values, expands)),
  );
  if (operator.negated) return operator.set === 'foranyvalue:' ? each.includes(false) : !each.includes(true);
  return operator.set === 'forallvalues:' ? !each.includes(false) : each.includes(true);
}

function compare(family: string, value: string, wanted: string, values: Values, expands: boolean): boolean {
  if (family === 'ipaddress') return inRange(value, wanted);
  if (family === 'bool') return value.toLowerCase() === wanted.toLowerCase();
  if (family === 'binaryequals') return value.replace(/=+$/, '') === wanted.replace(/=+$/, '');
  if (family.startsWith('numeric')) return ordered(family.slice(7), decimal(value), decimal(wanted));
  if (family.startsWith('date')) return ordered(family.slice(4), instant(value), instant(wanted));
  const source = expression(wanted, values, expands, family);
  if (source === null) return false;
  if (!family.startsWith('arn')) return source.test(value);
  return value.split(':').length > 5 && (wanted === '*' || source.test(value));
}

/** The policy's text as a regular expression; null where a variable has no value. */
function expression(text: string, values: Values, expands: boolean, family: string): RegExp | null {
  const wild = family.endsWith('like') || family.startsWith('arn');
  const anything = family.startsWith('arn') ? anyPart : () => '.*';
  let colons = 0;
  let source = '';
  for (const [token, name] of text.matchAll(/\$\{([^{}]*)\}|[^]/gu)) {
    const piece = name !== undefined && expands ? variable(name, values) : token;
    if (piece === null) return null;
    if (token === ':') colons++;
    if (wild && token === '*') source += anything(colons);
    else if (wild && token === '?') source += family.startsWith('arn') && colons < 5 ? '[^:]' : '.';
    else source += piece.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
  }
  return new RegExp(`^(?:${source})$`, family.includes('ignorecase') ? 'isu' : 'su');
}

/** In an ARN a wildcard does not reach over the colons of the first five parts. */
function anyPart(colons: number): string {
  return colons < 5 ? '[^:]*' : '.*';
}

function variable(name: string, values: Values): string | null {
  if (['*', '?', '$'].includes(name)) return name;
  const [, key = '', fallback] = /^([^,]*?)(?:, *'(.*)')?$/s.exec(name.trim()) ?? [];
  const found = values(key.trim());
  return (found.length === 1 ? found[0] : fallback) ?? null;
}

function glob(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, flags);
}

function ordered(relation: string, a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return false;
  if (relation === 'equals') return a === b;
  if (relation.endsWith('equals') && a === b) return true;
  return relation.startsWith('less') ? a < b : a > b;
}

function decimal(text: string): number {
  return /^[-+]?\d*\.?\d+$/.test(text) ? Number(text) : NaN;
}

function instant(text: string): number {
  return /^\d{5,}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

function inRange(address: string, range: string): boolean {
  const [network = '', bits] = range.split('/');
  const [a, b] = [toBits(address), toBits(network)];
  if (a === null || b === null || a.length !== b.length) return false;
  const prefix = bits === undefined ? a.length : Number(bits);
  return prefix <= a.length && a.slice(0, prefix) === b.slice(0, prefix);
}

/** 32 or 128 binary digits; null for what is no address. */
function toBits(address: string): string | null {
  if (/^\d+(\.\d+){3}$/.test(address)) return digits(address.split('.').map(Number), 8);
  if (!/^[\da-f:]+$/i.test(address) || !address.includes(':')) return null;
  const [head = '', tail] = address.split('::');
  const parts = (text: string) =>
    text
      .split(':')
      .filter((part) => part !== '')
      .map((part) => parseInt(part, 16));
  const missing = tail === undefined ? 0 : 8 - parts(head).length - parts(tail).length;
  return digits([...parts(head), ...Array<number>(Math.max(0, missing)).fill(0), ...parts(tail ?? '')], 16);
}

function digits(numbers: number[], width: number): string {
  return numbers.map((number) => number.toString(2).padStart(width, '0')).join('');
}
