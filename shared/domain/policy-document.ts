/**
 * A trust policy as IAM reads it, or why IAM would refuse it.
 * Source: IAM User Guide, "Grammar of the IAM JSON policy language" and "IAM JSON policy elements reference".
 */
import { en, ja, type Localized, type Words } from '../words.ts';

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

export type ParsedPolicy = { ok: true; policy: PolicyDocument } | { ok: false; errors: Localized[] };

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
  if (!isObject(document))
    return {
      ok: false,
      errors: [{ en: 'The policy is not a JSON object', ja: 'ポリシーが JSON オブジェクトではありません' }],
    };
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
  const errors: Localized[] = [];
  for (const name of Object.keys(document))
    if (!['Version', 'Id', 'Statement'].includes(name))
      errors.push({ en: `Unknown element "${name}"`, ja: `不明な要素 "${name}" があります` });
  const version = document['Version'];
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17')
    errors.push({
      en: en`Version is ${show(version)}; IAM knows "2012-10-17" and "2008-10-17"`,
      ja: ja`Version が ${show(version)} です。IAM が受け付けるのは "2012-10-17" と "2008-10-17" です`,
    });
  if (document['Id'] !== undefined && typeof document['Id'] !== 'string')
    errors.push({ en: 'The policy has an Id that is not text', ja: 'ポリシーの Id が文字列ではありません' });
  const list = asList(document['Statement']);
  if (list.length === 0)
    errors.push({ en: 'The policy has no Statement', ja: 'ポリシーに Statement がありません' });
  const statements = list.map((statement, index) => readStatement(statement, index, errors));
  errors.push(...repeatedSids(statements));
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, policy: { expandsVariables: version === '2012-10-17', statements } };
}

function repeatedSids(statements: Statement[]): Localized[] {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { sid } of statements) if (sid) (seen.has(sid) ? repeated : seen).add(sid);
  return [...repeated].map((sid) => ({
    en: `Two statements have the Sid "${sid}"`,
    ja: `Sid "${sid}" が複数のステートメントにあります`,
  }));
}

function readStatement(input: unknown, index: number, errors: Localized[]): Statement {
  // People count from one.
  const where = { en: `Statement ${index + 1}`, ja: `ステートメント ${index + 1}` };
  const statement = isObject(input) ? input : {};
  if (!isObject(input))
    errors.push({ en: en`${where} is not an object`, ja: ja`${where} がオブジェクトではありません` });
  for (const name of Object.keys(statement))
    if (!statementElements.has(name))
      errors.push({
        en: en`${where} has the element "${name}", which a trust policy may not have`,
        ja: ja`${where} に、信頼ポリシーでは使用できない要素 "${name}" があります`,
      });
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny')
    errors.push({
      en: en`${where} has the Effect ${show(effect)}; it must be "Allow" or "Deny", in this case`,
      ja: ja`${where} の Effect が ${show(effect)} です。"Allow" か "Deny" (大文字と小文字もこの通り) でなければなりません`,
    });
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
function readSid(input: unknown, where: Localized, errors: Localized[]): string | null {
  if (input === undefined) return null;
  if (typeof input === 'string' && /^[A-Za-z0-9]*$/.test(input)) return input;
  errors.push({
    en: en`${where} has the Sid ${show(input)}; only letters and digits may stand in it`,
    ja: ja`${where} の Sid が ${show(input)} です。使用できるのは英字と数字だけです`,
  });
  return null;
}

function exactlyOne(
  statement: Record<string, unknown>,
  a: string,
  b: string,
  where: Localized,
  errors: Localized[],
): unknown {
  const [first, second] = [statement[a] !== undefined, statement[b] !== undefined];
  if (first && second)
    errors.push({
      en: en`${where} has both ${a} and ${b}`,
      ja: ja`${where} に ${a} と ${b} の両方があります`,
    });
  if (!first && !second)
    errors.push({
      en: en`${where} has neither ${a} nor ${b}`,
      ja: ja`${where} に ${a} も ${b} もありません`,
    });
  return first ? statement[a] : statement[b];
}

function readPrincipals(input: unknown, where: Localized, errors: Localized[]): PrincipalEntry[] {
  if (input === '*') return [{ type: '*', value: '*' }];
  if (input === undefined) return [];
  if (!isObject(input)) {
    errors.push({
      en: en`${where} has the principal ${show(input)}; only "*" may stand without a type`,
      ja: ja`${where} のプリンシパルが ${show(input)} です。種類なしで書けるのは "*" だけです`,
    });
    return [];
  }
  if (Object.keys(input).length === 0)
    errors.push({ en: en`${where} has an empty principal`, ja: ja`${where} のプリンシパルが空です` });
  return Object.entries(input).flatMap(([type, value]) => readPrincipalsOf(type, value, where, errors));
}

function readPrincipalsOf(
  type: string,
  value: unknown,
  where: Localized,
  errors: Localized[],
): PrincipalEntry[] {
  if (!principalTypes.has(type))
    errors.push({
      en: en`${where} has the unknown principal type "${type}"`,
      ja: ja`${where} に不明なプリンシパルの種類 "${type}" があります`,
    });
  const place = { en: en`${where}, principal ${type}`, ja: ja`${where} のプリンシパル ${type}` };
  const values = texts(value, place, errors);
  if (values.length === 0)
    errors.push({
      en: en`${where} has no principal of the type ${type}`,
      ja: ja`${where} に種類 ${type} のプリンシパルがありません`,
    });
  return values.map((text) => ({ type: type as PrincipalEntry['type'], value: text }));
}

function readActions(input: unknown, where: Localized, errors: Localized[]): string[] {
  if (input === undefined) return [];
  const actions = texts(input, { en: en`${where}, Action`, ja: ja`${where} の Action` }, errors);
  if (actions.length === 0)
    errors.push({
      en: en`${where} has an empty list of actions`,
      ja: ja`${where} のアクションのリストが空です`,
    });
  for (const action of actions)
    if (action !== '*' && !/^[A-Za-z0-9-]+:.+$/.test(action))
      errors.push({
        en: en`${where} has the action "${action}"; an action is written service:Name`,
        ja: ja`${where} に "${action}" というアクションがあります。アクションは service:Name の形式で書きます`,
      });
  return actions;
}

function readConditions(input: unknown, where: Localized, errors: Localized[]): ConditionElement[] {
  if (input === undefined) return [];
  if (!isObject(input)) {
    errors.push({
      en: en`${where} has a Condition that is not an object`,
      ja: ja`${where} の Condition がオブジェクトではありません`,
    });
    return [];
  }
  return Object.entries(input).flatMap(([operator, keys]) => {
    const form = readOperator(operator);
    if (!form)
      errors.push({
        en: en`${where} has the unknown condition operator "${operator}"`,
        ja: ja`${where} に不明な条件演算子 "${operator}" があります`,
      });
    if (!isObject(keys)) {
      errors.push({
        en: en`${where} has no keys under ${operator}`,
        ja: ja`${where} の ${operator} の下にキーがありません`,
      });
      return [];
    }
    return Object.entries(keys).map(([key, value]) => ({
      ...(form ?? { operator, set: null, base: '', ifExists: false }),
      key,
      values: texts(
        value,
        { en: en`${where}, ${operator} ${key}`, ja: ja`${where} の ${operator} ${key}` },
        errors,
      ),
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

function texts(input: unknown, where: Localized, errors: Localized[]): string[] {
  return asList(input).flatMap((value) => {
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
      return [String(value)];
    errors.push({
      en: en`${where} holds ${show(value)}; a text or a list of texts is needed`,
      ja: ja`${where} の値が ${show(value)} です。文字列か文字列のリストが必要です`,
    });
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
function show(value: unknown): Words {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return 'null';
  if (value === undefined) return { en: 'nothing', ja: '未指定' };
  return Array.isArray(value) ? { en: 'a list', ja: 'リスト' } : { en: 'an object', ja: 'オブジェクト' };
}
