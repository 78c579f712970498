import { Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { bucketPermissions } from '../../shared/collect/archive/bucket-files.ts';
import { allow } from './allow.ts';

const [getObject, listBucket] = bucketPermissions;

/**
 * Lets a function read the log files of a trail, and nothing else of their bucket.
 * @param trail `s3://BUCKET/PREFIX`
 * @param key ARN of the KMS key of the bucket; null where it has none of its own
 */
export function grantTrail(role: Role, trail: string, key: string | null): void {
  const [bucket = '', ...rest] = trail.slice('s3://'.length).split('/');
  const folder = rest.filter((part) => part !== '').join('/');
  const arn = `arn:${Stack.of(role).partition}:s3:::${bucket}`;
  const within = folder === '' ? '*' : `${folder}/*`;
  allow(role, {
    sid: 'ReadTrail',
    actions: [getObject],
    resources: [`${arn}/${within}`],
    widerBecause: 'The names of log files hold account, region, day and a random part.',
  });
  allow(role, {
    sid: 'ListTrail',
    actions: [listBucket],
    resources: [arn],
    ...(folder !== '' && { conditions: { StringLike: { 's3:prefix': within } } }),
  });
  if (key !== null) allow(role, { sid: 'DecryptTrail', actions: ['kms:Decrypt'], resources: [key] });
}
