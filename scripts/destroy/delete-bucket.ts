import {
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectIdentifier,
  type S3Client,
} from '@aws-sdk/client-s3';

/**
 * Deletes a bucket with all versions of all objects; returns how many versions there were.
 * @throws {Error} that names the bucket and the first objects that S3 does not delete; the others are gone then.
 */
export async function deleteBucket(client: S3Client, bucket: string, tries = 5): Promise<number> {
  const deleted = await empty(client, bucket);
  try {
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    return deleted;
  } catch (error) {
    // S3 writes its access logs late, and they come into a bucket that was empty a moment ago.
    const isFilledAgain = error instanceof Error && error.name === 'BucketNotEmpty';
    if (isFilledAgain && tries > 1) return deleted + (await deleteBucket(client, bucket, tries - 1));
    throw new Error(`Cannot delete ${bucket}: ${(error as Error).message}; it is empty, delete it by hand`, {
      cause: error,
    });
  }
}

async function empty(client: S3Client, bucket: string): Promise<number> {
  let deleted = 0;
  const kept: string[] = [];
  for await (const versions of listVersions(client, bucket)) {
    const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: versions, Quiet: true } });
    const { Errors = [] } = await client.send(command);
    kept.push(...Errors.map(({ Key, Message, Code }) => `${Key}: ${Message ?? Code ?? 'no reason given'}`));
    deleted += versions.length - Errors.length;
  }
  if (kept.length === 0) return deleted;
  throw new Error(
    `Cannot delete ${bucket}: S3 keeps ${kept.length} of its objects (${kept.slice(0, 3).join('; ')}); what is locked can be deleted when its lock ends`,
  );
}

/** Versions and delete markers, at most 1000 at a time: as many as one request may delete. */
async function* listVersions(client: S3Client, bucket: string): AsyncGenerator<ObjectIdentifier[]> {
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    const after = page && { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...after }));
    const versions = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].flatMap(
      ({ Key, VersionId }) => (Key === undefined ? [] : [{ Key, VersionId }]),
    );
    if (versions.length > 0) yield versions;
  } while (page.IsTruncated);
}
