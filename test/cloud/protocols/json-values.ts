/** JSON as AWS's services write it: times are seconds since 1970, members without a value are left out. */

export type JsonObject = Record<string, unknown>;

export function toAwsJson(output: object): string {
  return JSON.stringify(withEpochSeconds(output));
}

/** The request's JSON object; an empty body is an empty one. */
export function readJson(body: Buffer): JsonObject {
  const value: unknown = body.length > 0 ? JSON.parse(body.toString('utf8')) : {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new SyntaxError('Cannot read the request: its body is no JSON object');
  return value as JsonObject;
}

function withEpochSeconds(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(withEpochSeconds);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withEpochSeconds(item)]));
}
