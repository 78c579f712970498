/** CloudFormation templates for the member accounts of an organization, to be rolled out as StackSets: pure. */
import { denialPatterns } from './capture/denial-patterns.ts';
import { awsReadPolicy } from './collect/aws/read-policy.ts';
import { usualMemberRole } from './organization-settings.ts';

export interface RoleTemplateOptions {
  /** ARNs of the auditor's roles, as the stack's output tells them; without them the stack asks. */
  auditorRoles?: readonly string[];
  externalId?: string;
  roleName?: string;
}

export type Template = Record<string, unknown>;

/** The role through which the auditor reads an account; deployed once in each account. */
export function roleTemplate({
  auditorRoles,
  externalId,
  roleName = usualMemberRole,
}: RoleTemplateOptions): Template {
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'clusterwhy: lets the auditor of the organization read this account, and change nothing',
    Parameters: {
      AuditorRoles: {
        Type: 'CommaDelimitedList',
        Description: "ARNs of the auditor's roles: the output AuditorRoleArns of its stack",
        ...(auditorRoles && { Default: auditorRoles.join(',') }),
      },
      ExternalId: {
        Type: 'String',
        Description: 'What the auditor has to name: its setting externalId',
        AllowedPattern: '[\\w+=,.@:/-]{2,1224}',
        ...(externalId !== undefined && { Default: externalId }),
      },
      RoleName: { Type: 'String', Description: 'The setting memberRole of the auditor', Default: roleName },
    },
    Resources: { Role: memberRole() },
    Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  };
}

function memberRole(): Template {
  const { Version, Statement } = awsReadPolicy({
    partition: '${AWS::Partition}',
    account: '${AWS::AccountId}',
  });
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: { Ref: 'RoleName' },
      Description: 'Read by clusterwhy',
      // A session that another session opened may last an hour at most.
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: {
        Version,
        Statement: [
          {
            Effect: 'Allow',
            Principal: { AWS: { Ref: 'AuditorRoles' } },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'sts:ExternalId': { Ref: 'ExternalId' } } },
          },
        ],
      },
      Policies: [
        {
          PolicyName: 'clusterwhy-reads',
          PolicyDocument: {
            Version,
            Statement: Statement.map((one) => ({ ...one, Resource: substituted(one.Resource) })),
          },
        },
      ],
      Tags: [{ Key: 'application', Value: 'clusterwhy' }],
    },
  };
}

function substituted(resource: string): unknown {
  return resource.includes('${') ? { 'Fn::Sub': resource } : resource;
}

/** Forwards refused calls as they happen; deployed in each region of each account. */
export function captureTemplate({ busArn }: { busArn?: string }): Template {
  const kinds = Object.keys(denialPatterns);
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'clusterwhy: forwards refused calls of this region to the auditor of the organization',
    Parameters: {
      DenialBusArn: {
        Type: 'String',
        Description: "ARN of the auditor's event bus: the output DenialBusArn of its stack",
        AllowedPattern: 'arn:[a-z-]+:events:[a-z0-9-]+:\\d{12}:event-bus/[\\w./-]+',
        ...(busArn !== undefined && { Default: busArn }),
      },
    },
    Resources: {
      Forwarder: forwarder(),
      ...Object.fromEntries(kinds.map((kind) => [kind, forwardingRule(kind)])),
    },
  };
}

function forwarder(): Template {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      },
      Policies: [
        {
          PolicyName: 'forward',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: 'events:PutEvents', Resource: { Ref: 'DenialBusArn' } }],
          },
        },
      ],
      Tags: [{ Key: 'application', Value: 'clusterwhy' }],
    },
  };
}

function forwardingRule(kind: string): Template {
  return {
    Type: 'AWS::Events::Rule',
    Properties: {
      Description: 'Refused calls, for clusterwhy',
      EventPattern: denialPatterns[kind],
      // Calls of STS are read-only events, which a rule that is merely enabled does not get.
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      Targets: [
        {
          Id: 'clusterwhy',
          Arn: { Ref: 'DenialBusArn' },
          RoleArn: { 'Fn::GetAtt': ['Forwarder', 'Arn'] },
          RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
        },
      ],
    },
  };
}
