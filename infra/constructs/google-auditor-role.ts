import { FederatedPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { googlePrefix } from '../../shared/deployment.ts';
import { googleTrustPolicy, type GoogleTrust } from '../../shared/domain/google-federation.ts';
import { allow } from './allow.ts';
import type { ReportTopic } from './report-topic.ts';
import type { ReportsBucket } from './reports-bucket.ts';

interface GoogleAuditorRoleProps {
  /** The one service account that is let in. */
  trust: GoogleTrust;
  reports: ReportsBucket;
  topic: ReportTopic;
  /** Key of the file of mutes, which are for its own messages, too; null where there is none. */
  mutes: string | null;
}

/**
 * What the auditor of Google Cloud may do here, which shows an identity token of its service account. It needs no key
 * of KMS: the bucket is encrypted by S3's own, and the topic by AWS's, which admits whoever may publish.
 */
export class GoogleAuditorRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, { trust, reports, topic, mutes }: GoogleAuditorRoleProps) {
    super(scope, id);
    const { bucket } = reports;
    const [{ Principal, Action, Condition }] = googleTrustPolicy(trust).Statement;
    this.role = new Role(this, 'Role', {
      assumedBy: new FederatedPrincipal(Principal.Federated, Condition, Action),
      description: 'Lets the auditor of Google Cloud leave its report, and publish it',
    });
    allow(this.role, {
      sid: 'KeepReportsOfGoogleCloud',
      // It reads what it wrote itself: the clusters and the report of the run before, and the marks of its deliveries.
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [bucket.arnForObjects(`${googlePrefix}*`)],
      widerBecause: 'The marks of delivery bear the names of runs, which are not known before.',
    });
    reports.grantMutes(this.role, mutes);
    topic.grantPublish(this.role);
  }
}
