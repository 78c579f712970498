/**
 * A trust policy as IAM reads it, or why IAM would refuse it.
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".
 */

export interface PrincipalEntry {
  /** `*` for `"Principal": "*"`. */
  type: 'AWS' | 'Federated' | 'Service' | 'CanonicalUser' | '*';
  value: string;
}

export interface ConditionElement {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  operator: string;
  set: 'ForAllValues' | 'ForAnyValue' | null;
  /** The operator without set prefix and IfExists, in lower case. */
  base: string;
  ifExists: boolean;
  /** As written; context keys ignore case. */
  key: string;
  values: string[];
}

export interface Statement {
  index: number;
  sid: string | null;
  effect: 'Allow' | 'Deny';
  principals: PrincipalEntry[];
  notPrincipal: boolean;
  actions: string[];
  notAction: boolean;
  conditions: ConditionElement[];
}

export interface PolicyDocument {
  /** Whether `${…}` is a variable: only in Version 2012-10-17. */
  expandsVariables: boolean;
  statements: Statement[];
}

export type ParsedPolicy = { ok: true; policy: PolicyDocument } | { ok: false; errors: string[] };

const positive = [
  'StringEquals',
  'StringEqualsIgnoreCase',
  'StringLike',
  'NumericEquals',
  'NumericLessThan',
  'NumericLessThanEquals',
  'NumericGreaterThan',
  'NumericGreaterThanEquals',
  'DateEquals',
  'DateLessThan',
  'DateLessThanEquals',
  'DateGreaterThan',
  'DateGreaterThanEquals',
  'Bool',
  'BinaryEquals',
  'IpAddress',
  'ArnEquals',
  'ArnLike',
];
const negated = [
  'StringNotEquals',
  'StringNotEqualsIgnoreCase',
  'StringNotLike',
  'NumericNotEquals',
  'DateNotEquals',
  'NotIpAddress',
  'ArnNotEquals',
  'ArnNotLike',
];
const operators = new Set([...positive, ...negated].map((name) => name.toLowerCase()));
const statementElements = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Condition',
]);
const principalTypes = new Set(['AWS', 'Federated', 'Service', 'CanonicalUser']);

const parsed = new WeakMap<object, ParsedPolicy>();

/** Reads a trust policy: an object, or its JSON text. Never throws on JSON; what IAM would refuse is a list of errors. */
export function parsePolicy(input: unknown): ParsedPolicy {
  const document = typeof input === 'string' ? parseJson(input) : input;
  if (!isObject(document)) return { ok: false, errors: ['The policy is not a JSON object'] };
  const known = parsed.get(document);
  if (known) return known;
  const result = read(document);
  parsed.set(document, result);
  return result;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // not JSON: the caller reports it as not an object
  }
}

function read(document: Record<string, unknown>): ParsedPolicy {
  const errors: string[] = [];
  for (const name of Object.keys(document))
    if (!['Version', 'Id', 'Statement'].includes(name)) errors.push(`Unknown element "${name}"`);
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    errors.push(`Version is ${show(version)}; IAM knows "2012-10-17" and "2008-10-17"`);
  if (document['Id'] !== undefined && typeof document['Id'] !== 'string')
    errors.push('The policy has an Id that is not text');
  const list = asList(document['Statement']);
  if (list.length === 0) errors.push('The policy has no Statement');
  const statements = list.map((statement, index) => readStatement(statement, index, errors));
  errors.push(...repeatedSids(statements));
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, policy: { expandsVariables: version === '2012-10-17', statements } };
}

function repeatedSids(statements: Statement[]): string[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { sid } of statements) if (sid) (seen.has(sid) ? repeated : seen).add(sid);
  return [...repeated].map((sid) => `Two statements have the Sid "${sid}"`);
}

function readStatement(input: unknown, index: number, errors: string[]): Statement {
  // People count from one.
  const where = `Statement ${index + 1}`;
  const statement = isObject(input) ? input : {};
  if (!isObject(input)) errors.push(`${where} is not an object`);
  for (const name of Object.keys(statement))
    if (!statementElements.has(name))
      errors.push(`${where} has the element "${name}", which a trust policy may not have`);
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny')
    errors.push(`${where} has the Effect ${show(effect)}; it must be "Allow" or "Deny", in this case`);
  return {
    index,
    sid: readSid(statement['Sid'], where, errors),
    effect: effect === 'Deny' ? 'Deny' : 'Allow',
    notPrincipal: statement['NotPrincipal'] !== undefined,
    principals: readPrincipals(
      exactlyOne(statement, 'Principal', 'NotPrincipal', where, errors),
      where,
      errors,
    ),
    notAction: statement['NotAction'] !== undefined,
    actions: readActions(exactlyOne(statement, 'Action', 'NotAction', where, errors), where, errors),
    conditions: readConditions(statement['Condition'], where, errors),
  };
}

/** IAM takes letters and digits only, and the empty text. */
function readSid(input: unknown, where: string, errors: string[]): string | null {
  if (input === undefined) return null;
  if (typeof input === 'string' && /^[A-Za-z0-9]*$/.test(input)) return input;
  errors.push(`${where} has the Sid ${show(input)}; only letters and digits may stand in it`);
  return null;
}

function exactlyOne(
  statement: Record<string, unknown>,
  a: string,
  b: string,
  where: string,
  errors: string[],
): unknown {
  const [first, second] = [statement[a] !== undefined, statement[b] !== undefined];
  if (first && second) errors.push(`${where} has both ${a} and ${b}`);
  if (!first && !second) errors.push(`${where} has neither ${a} nor ${b}`);
  return first ? statement[a] : statement[b];
}

function readPrincipals(input: unknown, where: string, errors: string[]): PrincipalEntry[] {
  if (input === '*') return [{ type: '*', value: '*' }];
  if (input === undefined) return [];
  if (!isObject(input)) {
    errors.push(`${where} has the principal ${show(input)}; only "*" may stand without a type`);
    return [];
  }
  if (Object.keys(input).length === 0) errors.push(`${where} has an empty principal`);
  return Object.entries(input).flatMap(([type, value]) => {
    if (!principalTypes.has(type)) errors.push(`${where} has the unknown principal type "${type}"`);
    const values = texts(value, `${where}, principal ${type}`, errors);
    if (values.length === 0) errors.push(`${where} has no principal of the type ${type}`);
    return values.map((text) => ({ type: type as PrincipalEntry['type'], value: text }));
  });
}

function readActions(input: unknown, where: string, errors: string[]): string[] {
  if (input === undefined) return [];
  const actions = texts(input, `${where}, Action`, errors);
  if (actions.length === 0) errors.push(`${where} has an empty list of actions`);
  for (const action of actions)
    if (action !== '*' && !/^[A-Za-z0-9-]+:.+$/.test(action))
      errors.push(`${where} has the action "${action}"; an action is written service:Name`);
  return actions;
}

function readConditions(input: unknown, where: string, errors: string[]): ConditionElement[] {
  if (input === undefined) return [];
  if (!isObject(input)) {
    errors.push(`${where} has a Condition that is not an object`);
    return [];
  }
  return Object.entries(input).flatMap(([operator, keys]) => {
    const form = readOperator(operator);
    if (!form) errors.push(`${where} has the unknown condition operator "${operator}"`);
    if (!isObject(keys)) {
      errors.push(`${where} has no keys under ${operator}`);
      return [];
    }
    return Object.entries(keys).map(([key, value]) => ({
      ...(form ?? { operator, set: null, base: '', ifExists: false }),
      key,
      values: texts(value, `${where}, ${operator} ${key}`, errors),
    }));
  });
}

function readOperator(operator: string): Omit<ConditionElement, 'key' | 'values'> | null {
  const [, prefix, rest = ''] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/is.exec(operator) ?? [];
  const set = !prefix ? null : prefix.toLowerCase() === 'forallvalues' ? 'ForAllValues' : 'ForAnyValue';
  const lower = rest.toLowerCase();
  if (lower === 'null') return { operator, set, base: 'null', ifExists: false };
  const ifExists = lower.endsWith('ifexists');
  const base = ifExists ? lower.slice(0, -'ifexists'.length) : lower;
  return operators.has(base) ? { operator, set, base, ifExists } : null;
}

function texts(input: unknown, where: string, errors: string[]): string[] {
  return asList(input).flatMap((value) => {
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
      return [String(value)];
    errors.push(`${where} holds ${show(value)}; a text or a list of texts is needed`);
    return [];
  });
}

/** One item may stand without a list around it. A hole in a list counts as an item that is not there. */
function asList(input: unknown): unknown[] {
  if (input === undefined) return [];
  return Array.isArray(input) ? Array.from<unknown>(input) : [input];
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

/** A value in an error message: short, whatever it is. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === undefined || value === null) return value === null ? 'null' : 'nothing';
  return Array.isArray(value) ? 'a list' : 'an object';
}
