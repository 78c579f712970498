import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Validations } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { allow } from '../../infra/constructs/allow.ts';
import { readStackSettings } from '../../infra/settings.ts';
import { AuditorStack } from '../../infra/stack.ts';
import { faultsOf } from './structure.ts';
import {
  captureContext,
  makeApp,
  organizationContext,
  resourceOf,
  richContext,
  smtpContext,
  templateOf,
  type CloudFormation,
} from './synthesize.ts';

/** Also looked at by cdk-nag, which throws what it finds. */
function templateWith(
  context: Record<string, unknown>,
  change: (stack: AuditorStack) => void = () => undefined,
) {
  const app = makeApp();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stack = new AuditorStack(
    app,
    readStackSettings({ email: 'ops@example.com', ...context }, 'eu-west-1'),
  );
  change(stack);
  return templateOf(app, stack);
}

const templates = {
  plain: templateWith({}),
  rich: templateWith(richContext),
  smtp: templateWith(smtpContext),
  capture: templateWith(captureContext),
  organization: templateWith(organizationContext),
};

describe('the template', () => {
  it.each(Object.entries(templates))('%s has no fault of structure', (_, template) => {
    expect(faultsOf(template)).toEqual([]);
    expect(JSON.stringify(template).length).toBeLessThan(1_000_000);
  });

  it.each<[fault: string, complaint: RegExp, change: (template: CloudFormation) => void]>([
    [
      'a reference into nothing',
      /refers to Plan/,
      (template) => void deleteOf(template, 'AWS::Lambda::Function', 'Plan'),
    ],
    ['a mapping that is gone', /no mapping Console/, (template) => delete template.Mappings],
    [
      'a circle',
      /is a circle/,
      (template) => {
        const [alarm] = resourceOf(template, 'AWS::CloudWatch::Alarm', 'AlarmsThrottled');
        resourceOf(template, 'AWS::Lambda::Function', 'Plan')[1].DependsOn = [alarm];
      },
    ],
    [
      'a function without a log group',
      /no log group/,
      (template) => void deleteProperty(template, 'AWS::Lambda::Function', 'Plan', 'LoggingConfig'),
    ],
    [
      'a log that is kept for ever',
      /for ever/,
      (template) => void deleteProperty(template, 'AWS::Logs::LogGroup', 'Plan', 'RetentionInDays'),
    ],
    [
      'two functions with one role',
      /shares its role/,
      (template) => {
        const [, digest] = resourceOf(template, 'AWS::Lambda::Function', 'Digest');
        digest.Properties['Role'] = resourceOf(template, 'AWS::Lambda::Function', 'Audit')[1].Properties[
          'Role'
        ];
      },
    ],
    [
      'a schedule without a dead-letter queue',
      /no dead-letter queue/,
      (template) =>
        void delete (
          resourceOf(template, 'AWS::Scheduler::Schedule')[1].Properties['Target'] as Record<string, unknown>
        )['DeadLetterConfig'],
    ],
    [
      'a function that something calls asynchronously',
      /called asynchronously/,
      (template) => {
        const [id] = resourceOf(template, 'AWS::Lambda::Function', 'Audit');
        template.Resources['Permission'] = {
          Type: 'AWS::Lambda::Permission',
          Properties: { FunctionName: { Ref: id } },
        };
      },
    ],
    [
      'a topic in the clear',
      /not encrypted/,
      (template) => void deleteProperty(template, 'AWS::SNS::Topic', 'Report', 'KmsMasterKeyId'),
    ],
    [
      'a bucket without TLS',
      /without TLS/,
      (template) => void deleteOf(template, 'AWS::S3::BucketPolicy', 'ReportsBucketReports'),
    ],
    [
      'a wildcard',
      /grants s3:\*/,
      (template) => void policyOf(template, 'Audit', { Action: 's3:*', Resource: 'arn' }),
    ],
    [
      'a role on everything',
      /iam:GetRole on everything/,
      (template) => void policyOf(template, 'Audit', { Action: 'iam:GetRole', Resource: '*' }),
    ],
    [
      'all but something',
      /all but something/,
      (template) => void policyOf(template, 'Audit', { NotAction: 'iam:*', Resource: 'arn' }),
    ],
    ['a door for everybody', /admits everybody/, (template) => void admit(template, '*')],
    [
      'a service for anybody',
      /s3\.amazonaws\.com.* for anybody/,
      (template) => void admit(template, { Service: 's3.amazonaws.com' }),
    ],
    [
      'a state that is not there',
      /goes on to Digest/,
      (template) => void rewrite(template, '"Digest":{', '"Digested":{'),
    ],
    [
      'a state that nothing leads to',
      /never gets to Digested/,
      (template) => void rewrite(template, '"Digest":{', '"Digested":{'),
    ],
    [
      'a task that is not caught',
      /not tried again, or not caught/,
      (template) => void rewrite(template, '"Catch"', '"Caught"'),
    ],
  ])('with %s would not pass', (_, complaint, change) => {
    const template = structuredClone(templates.plain);
    change(template);
    expect(faultsOf(template).join('\n')).toMatch(complaint);
  });

  const version = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
  const itWhereInstalled = version.status === 0 ? it : it.skip;

  itWhereInstalled(
    'passes cfn-lint (skipped where it is not installed)',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'clusterwhy-lint-'));
      try {
        const files = Object.entries({ rich: templates.rich, smtp: templates.smtp }).map(
          ([name, template]) => {
            const path = join(folder, `${name}.template.json`);
            writeFileSync(path, JSON.stringify(template));
            return path;
          },
        );
        const { stdout, stderr, status } = spawnSync('cfn-lint', files, { encoding: 'utf8' });
        expect({ stdout, stderr, status }).toEqual({ stdout: '', stderr: '', status: 0 });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    120_000,
  );
});

describe('cdk-nag', () => {
  it.each<[fault: string, finding: RegExp, change: (stack: AuditorStack) => void]>([
    ['a bucket without TLS', /AwsSolutions-S10/, (stack) => void new Bucket(stack, 'Open')],
    [
      'a wildcard without a reason',
      /AwsSolutions-IAM5\[Resource::arn:aws:s3:::\*\]/,
      (stack) => {
        const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
        allow(role, { sid: 'All', actions: ['s3:GetObject'], resources: ['arn:aws:s3:::*'] });
      },
    ],
  ])('refuses %s', (_, finding, change) => {
    const silent = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(() => templateWith({}, change)).toThrow(finding);
    silent.mockRestore();
  });
});

function deleteOf(template: CloudFormation, type: string, name: string): void {
  delete template.Resources[resourceOf(template, type, name)[0]];
}

function deleteProperty(template: CloudFormation, type: string, name: string, property: string): void {
  delete resourceOf(template, type, name)[1].Properties[property];
}

function policyOf(template: CloudFormation, name: string, statement: Record<string, unknown>): void {
  const [, { Properties }] = resourceOf(template, 'AWS::IAM::Policy', name);
  (Properties['PolicyDocument'] as { Statement: unknown[] }).Statement.push({
    Effect: 'Allow',
    ...statement,
  });
}

function admit(template: CloudFormation, principal: unknown): void {
  const [, { Properties }] = resourceOf(template, 'AWS::SNS::TopicPolicy', 'Report');
  const statement = { Effect: 'Allow', Action: 'sns:Publish', Principal: principal };
  (Properties['PolicyDocument'] as { Statement: unknown[] }).Statement.push(statement);
}

function rewrite(template: CloudFormation, from: string, to: string): void {
  const [, { Properties }] = resourceOf(template, 'AWS::StepFunctions::StateMachine');
  const [, parts] = (Properties['DefinitionString'] as { 'Fn::Join': [string, unknown[]] })['Fn::Join'];
  parts.forEach((part, index) => {
    if (typeof part === 'string') parts[index] = part.replaceAll(from, to);
  });
}
