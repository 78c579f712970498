import { Annotations, CfnOutput, Duration, Fn, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { awsReadPolicy } from '../shared/collect/aws/read-policy.ts';
import { stackOutputs } from '../shared/deployment.ts';
import { environment } from '../shared/settings.ts';
import { consoleAddress } from './console-address.ts';
import { AccessEntries } from './constructs/access-entries.ts';
import { AlarmTopic } from './constructs/alarm-topic.ts';
import { allow } from './constructs/allow.ts';
import { AuditSchedule } from './constructs/audit-schedule.ts';
import { AuditWorkflow } from './constructs/audit-workflow.ts';
import { AuditorAlarms } from './constructs/auditor-alarms.ts';
import { AuditorDashboard } from './constructs/auditor-dashboard.ts';
import { AuditorFunction } from './constructs/auditor-function.ts';
import { Capture } from './constructs/capture.ts';
import { deadLetterQueue } from './constructs/dead-letter-queue.ts';
import { GoogleAuditorRole } from './constructs/google-auditor-role.ts';
import { grantMembers, grantPlanOfOrganization } from './constructs/organization-grants.ts';
import { grantTrail } from './constructs/grant-trail.ts';
import { MailSender } from './constructs/mail-sender.ts';
import { ReportTopic } from './constructs/report-topic.ts';
import { ReportsBucket } from './constructs/reports-bucket.ts';
import { organizationSettings, type StackSettings } from './settings.ts';

interface Destinations {
  reports: ReportsBucket;
  topic: ReportTopic;
}

type Auditors = Record<'plan' | 'audit' | 'digest', AuditorFunction>;
type Functions = Record<keyof Auditors, IFunction>;

interface Watched extends Destinations {
  workflow: AuditWorkflow;
  functions: Functions;
  deadLetters: Queue;
  alarmTopic: AlarmTopic;
  capture: Capture | null;
}

/** The auditor of one AWS account: schedule → plan → audit → digest → bucket, topic and mail. */
export class AuditorStack extends Stack {
  readonly #settings: StackSettings;

  constructor(scope: Construct, settings: StackSettings) {
    super(scope, settings.stackName, {
      description: 'clusterwhy: why workloads on EKS are denied, and what repairs it; it only reads',
      tags: { application: 'clusterwhy' },
    });
    this.#settings = settings;
    // Where a role is given, the CDK lets what uses it depend on it twice over, which cfn-lint warns of.
    this.templateOptions.metadata = { 'cfn-lint': { config: { ignore_checks: ['W3005'] } } };
    const deadLetters = deadLetterQueue(this, 'the schedule and of the subscriptions');
    const alarmTopic = new AlarmTopic(this, 'AlarmTopic', settings);
    const topic = new ReportTopic(this, 'ReportTopic', { settings, deadLetters });
    const reports = new ReportsBucket(this, 'ReportsBucket', settings);
    const auditors = this.#auditors({ reports, topic });
    const functions = {
      plan: auditors.plan.function,
      audit: auditors.audit.function,
      digest: auditors.digest.function,
    };
    const capture = this.#capture(auditors);
    const workflow = new AuditWorkflow(this, 'Workflow', { settings, functions, reports, alarmTopic });
    new AuditSchedule(this, 'Schedule', { settings, stateMachine: workflow.stateMachine, deadLetters });
    this.#watch({ workflow, functions, deadLetters, reports, topic, alarmTopic, capture });
    this.#outputs(workflow, reports, topic);
    this.#letInGoogle({ reports, topic });
    if (settings.organization === 'YES') this.#tellMembers(auditors);
    this.#warn();
  }

  #watch({ workflow, functions, deadLetters, reports, topic, alarmTopic, capture }: Watched): void {
    const settings = this.#settings;
    const { alarms } = new AuditorAlarms(this, 'Alarms', {
      settings,
      functions: [...Object.values(functions), ...(capture ? [capture.function] : [])],
      stateMachine: workflow.stateMachine,
      deadLetters,
      reportTopic: topic.topic,
      alarmTopic: alarmTopic.topic,
      ...(capture && { denialQueue: capture.queue }),
    });
    const bucket = reports.bucket as IBucket;
    new AuditorDashboard(this, 'Dashboard', { settings, workflow, functions, bucket, alarms });
  }

  #auditors(destinations: Destinations): Auditors {
    return {
      plan: this.#plan(destinations),
      audit: this.#audit(destinations),
      digest: this.#digest(destinations),
    };
  }

  /** Null where refused calls are not captured as they happen. */
  #capture({ audit, digest }: Auditors): Capture | null {
    const { region, captureRegions } = this.#settings;
    if (captureRegions.length === 0 || region === null) return null;
    return new Capture(this, 'Capture', { settings: this.#settings, region, audit, digest });
  }

  /** Needs no permission of one account: whoever has credentials may ask whose they are. */
  #plan({ reports }: Destinations): AuditorFunction {
    const organization = organizationSettings(this.#settings);
    const plan = new AuditorFunction(this, 'Plan', {
      settings: this.#settings,
      name: 'plan',
      description: 'Says which accounts a run audits',
      memoryMb: organization ? 1024 : 256,
      timeout: Duration.minutes(organization ? 15 : 1),
      ...(organization && {
        environment: {
          [environment.bucket]: reports.bucket.bucketName,
          [environment.organization]: JSON.stringify(organization),
        },
      }),
    });
    if (organization) grantPlanOfOrganization(plan.role, { organization, reports });
    return plan;
  }

  /** Reads the account, and stores what it found; sends nothing. */
  #audit({ reports }: Destinations): AuditorFunction {
    const { oidcDiscoveryUrl, lookupRate, reservedConcurrency, kubernetes, accessEntries } = this.#settings;
    const { vpcSubnets: subnetIds, vpcSecurityGroups: securityGroupIds, trail, trailKey } = this.#settings;
    const organization = organizationSettings(this.#settings);
    const audit = new AuditorFunction(this, 'Audit', {
      settings: this.#settings,
      name: 'audit',
      description: 'Reads one account and judges it; changes nothing there',
      memoryMb: 1024,
      timeout: Duration.minutes(15),
      environment: {
        [environment.bucket]: reports.bucket.bucketName,
        ...(oidcDiscoveryUrl !== null && { [environment.oidcDiscoveryUrl]: oidcDiscoveryUrl }),
        ...(lookupRate !== null && { [environment.lookupRate]: lookupRate }),
        ...(trail !== null && { [environment.trail]: trail }),
        ...(kubernetes === 'NEVER' && { [environment.kubernetes]: 'never' }),
        ...languageOf(this.#settings),
        ...(organization && { [environment.organization]: JSON.stringify(organization) }),
      },
      reservedConcurrency,
      network: subnetIds.length > 0 ? { subnetIds, securityGroupIds } : null,
    });
    if (accessEntries.length > 0)
      new AccessEntries(this, 'AccessEntries', { clusters: accessEntries, role: audit.role });
    const { Statement } = awsReadPolicy({ partition: this.partition, account: this.account });
    for (const { Sid: sid, Action: actions, Resource } of Statement) {
      allow(audit.role, {
        sid,
        actions,
        resources: [Resource],
        widerBecause: 'It audits all clusters, roles and providers of the account; these actions only read.',
      });
    }
    reports.grantAudit(audit.role);
    if (trail !== null) grantTrail(audit.role, trail, trailKey);
    if (organization) grantMembers(audit.role, { organization, reports });
    return audit;
  }

  /** Compares, stores and sends; cannot read what is audited. */
  #digest({ reports, topic }: Destinations): AuditorFunction {
    const { mutes } = this.#settings;
    const mail = new MailSender(this, 'Mail', this.#settings);
    const digest = new AuditorFunction(this, 'Digest', {
      settings: this.#settings,
      name: 'digest',
      description: 'Makes one report of a run, and sends it',
      memoryMb: 1024,
      timeout: Duration.minutes(15),
      environment: {
        [environment.bucket]: reports.bucket.bucketName,
        [environment.topicArn]: topic.topic.topicArn,
        [environment.reportUrl]: this.#reportUrl(reports),
        ...(mutes !== null && { [environment.mutes]: mutes }),
        ...languageOf(this.#settings),
        ...mail.environment,
      },
    });
    reports.grantDigest(digest.role, mutes);
    topic.grantPublish(digest.role);
    mail.grantSend(digest.role);
    return digest;
  }

  /** Where people open a page of the bucket, unless the settings know a better place: in the console. */
  #reportUrl({ bucket }: ReportsBucket): string {
    const page = `${consoleAddress(this)}/s3/object/${bucket.bucketName}?region=${this.region}&prefix=`;
    return this.#settings.reportUrl ?? page;
  }

  #outputs({ stateMachine }: AuditWorkflow, { bucket }: ReportsBucket, { topic }: ReportTopic): void {
    new CfnOutput(this, stackOutputs.stateMachineArn, { value: stateMachine.stateMachineArn });
    new CfnOutput(this, stackOutputs.bucket, { value: bucket.bucketName });
    new CfnOutput(this, stackOutputs.topicArn, { value: topic.topicArn });
  }

  /** Whom the accounts of the organization let in. */
  #tellMembers({ plan, audit }: Auditors): void {
    const roles = [plan.role.roleArn, audit.role.roleArn];
    new CfnOutput(this, stackOutputs.auditorRoleArns, { value: Fn.join(',', roles) });
  }

  /** Nobody of Google's, where the settings name no service account. */
  #letInGoogle(destinations: Destinations): void {
    const { googleServiceAccountId: serviceAccountId, googleAudience: audience, mutes } = this.#settings;
    if (serviceAccountId === null) return;
    const trust = { serviceAccountId, audience };
    const { role } = new GoogleAuditorRole(this, 'GoogleAuditor', { trust, mutes, ...destinations });
    new CfnOutput(this, stackOutputs.googleRoleArn, { value: role.roleArn });
  }

  #warn(): void {
    const { email, alarmEmail, mailTo, watchHours } = this.#settings;
    const warnings = Annotations.of(this);
    if (email.length + mailTo.length === 0)
      warnings.addWarningV2(
        'nobody-is-told',
        'Nobody gets the reports by mail: give -c email=ops@example.com',
      );
    if (email.length + alarmEmail.length === 0)
      warnings.addWarningV2(
        'nobody-is-alarmed',
        'Nobody gets the alarms: give -c alarmEmail=ops@example.com',
      );
    if (watchHours > 7 * 24)
      warnings.addWarningV2(
        'watched-too-rarely',
        `Runs are up to ${watchHours - 2} hours apart, and CloudWatch looks back 168 at most: the alarm "no successful run" also goes off between runs; let it run twice a week or more often, as with -c "schedule=cron(0 6 ? * MON,THU *)"`,
      );
  }
}

/** English is what the program speaks where nothing is set. */
function languageOf({ lang }: StackSettings): Record<string, string> {
  return lang === 'EN' ? {} : { [environment.language]: lang.toLowerCase() };
}
