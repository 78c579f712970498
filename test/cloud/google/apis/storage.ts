/** Cloud Storage's JSON API v1: objects that are read, and written whole, with preconditions on their generation. */
import { GoogleError, notFound } from '../google-error.ts';
import { RawAnswer } from '../api-server.ts';
import { route, type Call, type Route } from '../route.ts';
import type { GoogleWorld, StoredObject } from '../world.ts';

export function storageRoutes(world: GoogleWorld): Route[] {
  return [
    route('GET /storage/v1/b/{bucket}/o/{object}?generation', (call) => readObject(world, call)),
    route(
      'POST /upload/storage/v1/b/{bucket}/o?uploadType&name&ifGenerationMatch',
      (call) => writeObject(world, call),
      { raw: true },
    ),
  ];
}

function bucketFor(
  world: GoogleWorld,
  { params, demand }: Call,
  permission: string,
): Map<string, StoredObject> {
  demand(permission, `buckets/${params.bucket}`);
  const bucket = world.buckets.get(params.bucket ?? '');
  if (!bucket) throw notFound('The specified bucket does not exist.');
  return bucket;
}

/** Whoever may not list a bucket is not told what it does not hold. */
function readObject(world: GoogleWorld, call: Call): object {
  const { params, query, demand } = call;
  const object = bucketFor(world, call, 'storage.objects.get').get(params.object ?? '');
  const generation = query.get('generation');
  if (!object || (generation !== null && generation !== String(object.generation))) {
    demand('storage.objects.list', `buckets/${params.bucket}`);
    throw notFound(`No such object: ${params.bucket}/${params.object}`);
  }
  if (query.get('alt') === 'media')
    return new RawAnswer(200, object.text, { 'content-type': object.contentType });
  return answerOf(params.object ?? '', object);
}

function writeObject(world: GoogleWorld, call: Call): object {
  const { params, query, text, headers, demand } = call;
  const bucket = bucketFor(world, call, 'storage.objects.create');
  const name = query.get('name') ?? '';
  if (query.get('uploadType') !== 'media' || name === '')
    throw new GoogleError(400, 'Only uploads of uploadType=media with a name are simulated.');
  const known = bucket.get(name);
  const wanted = query.get('ifGenerationMatch');
  if (wanted !== null && wanted !== String(known?.generation ?? 0))
    throw new GoogleError(412, 'At least one of the pre-conditions you specified did not hold.');
  if (known) demand('storage.objects.delete', `buckets/${params.bucket}`);
  const object = {
    text,
    contentType: headers['content-type'] as string,
    generation: (known?.generation ?? 1_700_000_000_000_000) + 1,
    updated: new Date().toISOString(),
  };
  bucket.set(name, object);
  return answerOf(name, object);
}

/** Numbers of 64 bits come as text. */
function answerOf(name: string, { contentType, generation, updated }: StoredObject): object {
  return { kind: 'storage#object', name, contentType, generation: String(generation), updated };
}
