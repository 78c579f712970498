/** ListObjectsV2: keys in the order of their bytes, in pages, with common prefixes where a delimiter is given. */
import { AwsError } from './aws-error.ts';
import type { StoredObject } from './cloud-state.ts';
import { xmlElement, xmlMembers } from './protocols/xml.ts';

/** One line of the list: an object, or all those that share a prefix up to the delimiter. */
interface Line {
  name: string;
  object: StoredObject | null;
}

export function listObjects(
  bucket: string,
  objects: Map<string, StoredObject>,
  query: URLSearchParams,
): string {
  const prefix = query.get('prefix') ?? '';
  const after = startOf(query);
  const lines = linesOf(objects, prefix, query.get('delimiter')).filter(({ name }) => isAfter(name, after));
  const size = Math.min(Number(query.get('max-keys') ?? 1000), 1000);
  const page = lines.slice(0, size);
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text;
  const truncated = lines.length > page.length;
  const head = {
    Name: bucket,
    Prefix: encode(prefix),
    EncodingType: query.get('encoding-type'),
    KeyCount: page.length,
    MaxKeys: size,
    IsTruncated: truncated,
    NextContinuationToken: truncated ? writeToken(page.at(-1)?.name ?? '') : null,
  };
  const body = xmlMembers(head) + page.map((line) => writeLine(line, encode)).join('');
  return `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${body}</ListBucketResult>`;
}

function linesOf(objects: Map<string, StoredObject>, prefix: string, delimiter: string | null): Line[] {
  const lines = new Map<string, Line>();
  for (const [key, object] of objects) {
    if (!key.startsWith(prefix)) continue;
    const cut = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    const name = delimiter && cut >= 0 ? key.slice(0, cut + delimiter.length) : key;
    lines.set(name, { name, object: cut >= 0 ? null : object });
  }
  return [...lines.values()].sort((a, b) => compareBytes(a.name, b.name));
}

function writeLine({ name, object }: Line, encode: (text: string) => string): string {
  if (!object) return xmlElement('CommonPrefixes', xmlMembers({ Prefix: encode(name) }));
  const { lastModified, etag, body } = object;
  const members = { Key: encode(name), LastModified: lastModified, ETag: etag, Size: body.length };
  return xmlElement('Contents', xmlMembers({ ...members, StorageClass: 'STANDARD' }));
}

function startOf(query: URLSearchParams): string | null {
  const token = query.get('continuation-token');
  if (token === null) return query.get('start-after');
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('after/'))
    throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect');
  return text.slice('after/'.length);
}

function writeToken(name: string): string {
  return Buffer.from(`after/${name}`).toString('base64url');
}

function isAfter(name: string, start: string | null): boolean {
  return start === null || compareBytes(name, start) > 0;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
