/** S3 in path style: REST with XML, one operation for each method. */
import { createHash } from 'node:crypto';
import { refusalOf } from '../authorization.ts';
import { AwsError } from '../aws-error.ts';
import { decodeChunks } from '../aws-chunked.ts';
import type { Call } from '../call.ts';
import type { StoredObject } from '../cloud-state.ts';
import { listObjects } from '../object-list.ts';
import { xmlElement, xmlMembers } from '../protocols/xml.ts';
import {
  routed,
  usualDenial,
  type HttpAnswer,
  type HttpRequest,
  type Operation,
  type Service,
} from '../service.ts';

interface S3Input {
  bucket: string;
  /** Empty for the bucket itself. */
  key: string;
  request: HttpRequest;
}

const operations: Record<string, Operation<S3Input>> = {
  'PUT object': { action: 's3:PutObject', resource: arnOf, run: putObject },
  'GET object': { action: 's3:GetObject', resource: arnOf, run: getObject },
  'HEAD object': { action: 's3:GetObject', resource: arnOf, run: getObject },
  'DELETE object': { action: 's3:DeleteObject', resource: arnOf, run: deleteObject },
  'GET bucket': {
    action: 's3:ListBucket',
    resource: arnOf,
    run: ({ bucket, request }, call) =>
      answer(200, listObjects(bucket, objectsOf(bucket, call), request.url.searchParams)),
  },
};

export const s3: Service = {
  signingName: 's3',
  regional: true,
  dialect: {
    denied: ['AccessDenied', 403],
    unknownKey: ['InvalidAccessKeyId', 403],
    expired: ['ExpiredToken', 400],
    deniedMessage: ({ resource, ...refused }) =>
      usualDenial({ ...refused, resource: resource && `"${resource}"` }),
  },
  route(request, call) {
    const [, bucket = '', ...rest] = decodeURIComponent(request.url.pathname).split('/');
    const input = { bucket, key: rest.join('/'), request };
    const operation = operations[`${request.method} ${input.key ? 'object' : 'bucket'}`];
    return operation && bucket && asksForNothingElse(input)
      ? routed(operation, input, call, (output) => output as HttpAnswer)
      : null;
  },
  writeError: ({ code, message, status, fields }, requestId) =>
    answer(
      status,
      xmlElement('Error', xmlMembers({ Code: code, Message: message, ...fields, RequestId: requestId })),
    ),
};

/** Other operations share method and path with those that are here, and are told apart by the query. */
function asksForNothingElse({ key, request }: S3Input): boolean {
  const { searchParams } = request.url;
  if (!key) return searchParams.get('list-type') === '2';
  const isCopy = request.headers['x-amz-copy-source'] !== undefined;
  return !isCopy && [...searchParams.keys()].every((name) => /^x-/i.test(name));
}

function putObject({ bucket, key, request }: S3Input, call: Call): HttpAnswer {
  const objects = objectsOf(bucket, call);
  checkConditions(request, key, objects.get(key));
  const body = isChunked(request) ? decodeChunks(request.body) : request.body;
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  const contentType = request.headers['content-type'] ?? 'binary/octet-stream';
  objects.set(key, { body, etag, contentType, lastModified: new Date(), metadata: metadataOf(request) });
  return answer(200, '', { etag });
}

/** `If-None-Match: *` writes only what does not exist, `If-Match` only over what has that ETag. */
function checkConditions({ headers }: HttpRequest, key: string, existing: StoredObject | undefined): void {
  const wanted = headers['if-match'];
  if (wanted !== undefined && !existing) throw noSuchKey(key);
  if ((wanted !== undefined && wanted !== existing?.etag) || (headers['if-none-match'] === '*' && existing))
    throw new AwsError(
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
      412,
      {
        Condition: wanted === undefined ? 'If-None-Match' : 'If-Match',
      },
    );
}

function getObject(input: S3Input, call: Call): HttpAnswer {
  const object = objectsOf(input.bucket, call).get(input.key);
  if (!object) throw missing(input, call);
  const { body, etag, contentType, lastModified, metadata } = object;
  const userHeaders = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]);
  return answer(200, body, {
    etag,
    'content-type': contentType,
    'content-length': String(body.length),
    'last-modified': lastModified.toUTCString(),
    ...(Object.fromEntries(userHeaders) as Record<string, string>),
  });
}

/** Who may not list a bucket does not learn whether a key exists. */
function missing(input: S3Input, call: Call): AwsError {
  if (!refusalOf('s3:ListBucket', call)) return noSuchKey(input.key);
  const resource = `arn:${call.account.partition}:s3:::${input.bucket}`;
  const because = 'because no identity-based policy allows the s3:ListBucket action';
  const refused = { caller: call.caller, action: 's3:ListBucket', resource, because };
  return new AwsError('AccessDenied', s3.dialect.deniedMessage(refused), 403);
}

function deleteObject({ bucket, key }: S3Input, call: Call): HttpAnswer {
  objectsOf(bucket, call).delete(key);
  return answer(204, '');
}

function objectsOf(bucket: string, { cloud }: Call): Map<string, StoredObject> {
  const objects = cloud.buckets.get(bucket);
  if (!objects)
    throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
  return objects;
}

function noSuchKey(key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key: key });
}

function arnOf({ bucket, key }: S3Input, { account }: Call): string {
  return `arn:${account.partition}:s3:::${bucket}${key && `/${key}`}`;
}

/** SDKs send streams, and all bodies over TLS, in chunks with a checksum after them. */
function isChunked({ headers }: HttpRequest): boolean {
  return String(headers['x-amz-content-sha256']).startsWith('STREAMING-');
}

function metadataOf({ headers }: HttpRequest): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => name.startsWith('x-amz-meta-'));
  return Object.fromEntries(
    entries.map(([name, value]) => [name.slice('x-amz-meta-'.length), String(value)]),
  );
}

function answer(status: number, body: string | Buffer, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}
