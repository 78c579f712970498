/**
 * The IAM action that a recorded call takes. Most services name their actions as their calls; the others are listed
 * in the Service Authorization Reference (docs.aws.amazon.com/service-authorization/latest/reference).
 */

/** IAM's prefix of services whose endpoint has another name. */
const prefixes: Readonly<Record<string, string>> = {
  'application-insights': 'applicationinsights',
  'data.iot': 'iot',
  email: 'ses',
  'entitlement.marketplace': 'aws-marketplace',
  iotdata: 'iot',
  'ingest.timestream': 'timestream',
  'metering-marketplace': 'aws-marketplace',
  'metering.marketplace': 'aws-marketplace',
  monitoring: 'cloudwatch',
  'query.timestream': 'timestream',
  'runtime.lex': 'lex',
  'runtime.sagemaker': 'sagemaker',
  'streams.dynamodb': 'dynamodb',
  tagging: 'tag',
};

/** Calls whose action has another name. */
const actions: Readonly<Record<string, string>> = {
  'lambda:Invoke': 'lambda:InvokeFunction',
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:CopyObject': 's3:PutObject',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:DeleteBucketCors': 's3:PutBucketCORS',
  's3:DeleteBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:DeleteBucketLifecycle': 's3:PutLifecycleConfiguration',
  's3:DeleteBucketReplication': 's3:PutReplicationConfiguration',
  's3:DeleteBucketTagging': 's3:PutBucketTagging',
  's3:DeleteObjects': 's3:DeleteObject',
  's3:GetBucketAccelerateConfiguration': 's3:GetAccelerateConfiguration',
  's3:GetBucketCors': 's3:GetBucketCORS',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketLifecycle': 's3:GetLifecycleConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetBucketNotificationConfiguration': 's3:GetBucketNotification',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:ListBuckets': 's3:ListAllMyBuckets',
  's3:ListMultipartUploads': 's3:ListBucketMultipartUploads',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListObjects': 's3:ListBucket',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListParts': 's3:ListMultipartUploadParts',
  's3:PutBucketCors': 's3:PutBucketCORS',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:PutBucketLifecycle': 's3:PutLifecycleConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:PutBucketNotificationConfiguration': 's3:PutBucketNotification',
  's3:PutBucketReplication': 's3:PutReplicationConfiguration',
  's3:UploadPart': 's3:PutObject',
  's3:UploadPartCopy': 's3:PutObject',
};

/**
 * The IAM action of an event (`s3.amazonaws.com`, `HeadBucket` → `s3:ListBucket`); null where source or name is none.
 * Lambda's, CloudFront's and a few other services' events carry the API's version: `ListFunctions20150331`.
 */
export function actionOfEvent(eventSource: string, eventName: string): string | null {
  const endpoint = /^([a-z0-9.-]+?)\.(?:amazonaws\.com(?:\.cn)?|aws\.internal)$/i
    .exec(eventSource)?.[1]
    ?.toLowerCase();
  const name = /^([A-Z][A-Za-z0-9]*?)(?:20\d\d_?\d\d_?\d\d(?:v\d+)?)?$/.exec(eventName)?.[1];
  if (endpoint === undefined || name === undefined) return null;
  const service = Object.hasOwn(prefixes, endpoint) ? prefixes[endpoint] : endpoint;
  const action = `${service}:${name}`;
  return Object.hasOwn(actions, action) ? (actions[action] ?? action) : action;
}
