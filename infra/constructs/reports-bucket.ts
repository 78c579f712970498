import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectLockRetention,
  ObjectOwnership,
  type BucketProps,
  type IBucket,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { prefixes } from '../../shared/deployment.ts';
import type { StackSettings } from '../settings.ts';
import { acknowledge } from './acknowledge.ts';
import { allow } from './allow.ts';

/** Where reports, the marks of their delivery and the state of the audits are kept, and a log of who read them. */
export class ReportsBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, settings: StackSettings) {
    super(scope, id);
    const accessLogs = new Bucket(this, 'AccessLogs', {
      ...kept,
      lifecycleRules: [{ expiration: Duration.days(settings.reportDays) }, tidying],
    });
    acknowledge(accessLogs, 'S1', 'The access logs are kept here; a log of reading the log would never end.');
    this.bucket = new Bucket(this, 'Reports', {
      ...kept,
      serverAccessLogsBucket: accessLogs as IBucket,
      serverAccessLogsPrefix: 'reports/',
      lifecycleRules: lifecycle(settings),
      ...objectLock(settings),
    });
  }

  /** Lets the audit store what it found in an account; it can read nothing here. */
  grantAudit(role: Role): void {
    allow(role, {
      sid: 'StoreReportsOfAccounts',
      actions: ['s3:PutObject'],
      resources: [this.bucket.arnForObjects(`${prefixes.reports}*/accounts/*`)],
      widerBecause: 'The names hold the day, the run and the account, which are not known before it runs.',
    });
  }

  /** To read the file of mutes under this key; null where there is none. */
  grantMutes(role: Role, mutes: string | null): void {
    if (mutes === null) return;
    allow(role, {
      sid: 'ReadMutes',
      actions: ['s3:GetObject'],
      resources: [this.bucket.arnForObjects(mutes)],
    });
  }

  /** Lets the digest keep reports, marks and state, and read the file of mutes; it can delete nothing. */
  grantDigest(role: Role, mutes: string | null): void {
    this.grantMutes(role, mutes);
    const folders = Object.values(prefixes);
    allow(role, {
      sid: 'KeepReports',
      // A conditional write over an object that exists takes the right to read it.
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: folders.map((prefix) => this.bucket.arnForObjects(`${prefix}*`)),
      widerBecause: 'The names hold the day and the run, which are not known before it runs.',
    });
    allow(role, {
      sid: 'TellAbsentFromForbidden',
      actions: ['s3:ListBucket'],
      resources: [this.bucket.bucketArn],
    });
  }
}

const tidying: LifecycleRule = {
  abortIncompleteMultipartUploadAfter: Duration.days(1),
  noncurrentVersionExpiration: Duration.days(30),
  expiredObjectDeleteMarker: true,
};

/** Common to both buckets. They outlive the stack: what was reported is not lost with the auditor. */
const kept: BucketProps = {
  encryption: BucketEncryption.S3_MANAGED,
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
  versioned: true,
  removalPolicy: RemovalPolicy.RETAIN,
};

/** Reports and marks of old runs expire; state is needed by the next run, however late it comes. */
function lifecycle({ reportDays }: StackSettings): LifecycleRule[] {
  const expiring = [prefixes.reports, prefixes.deliveries];
  return [...expiring.map((prefix) => ({ prefix, expiration: Duration.days(reportDays) })), tidying];
}

function objectLock({ objectLockDays, objectLockMode }: StackSettings): BucketProps {
  if (objectLockDays === null) return {};
  const time = Duration.days(objectLockDays);
  const isStrict = objectLockMode === 'COMPLIANCE';
  return {
    objectLockEnabled: true,
    objectLockDefaultRetention: isStrict
      ? ObjectLockRetention.compliance(time)
      : ObjectLockRetention.governance(time),
  };
}
