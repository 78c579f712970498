/** Row A4: AWS knows who calls, and a policy does not allow it. */
import { sh } from '../../shell.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';
import {
  like,
  type ErrorKind,
  type FilledValues,
  type Meaning,
  type Suspect,
  type Values,
} from '../error-kind.ts';

const accessDenied = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html';
const policyArns =
  'https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns/';

/** Where the text names a resource: the part of a sentence that names it, before the action in Japanese. */
function onResource({ resource }: Values): Words {
  return resource === undefined ? '' : { en: ` on ${resource}`, ja: `${resource} に対する ` };
}

/** The article's first step: whose role is it at all? */
function wrongIdentity(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The pod calls with another role than you mean, that of the node for one',
      ja: 'Pod が意図したものとは別のロール (ノードのロールなど) で呼び出しています',
    },
    decides: {
      en: 'The role that the first prints from inside of the pod must be that of its service account, which the second prints. Where it is the role of the node, the pod has no role of its own: annotate the service account, and restart the pod.',
      ja: '1 番目のコマンドが Pod の中から表示するロールは、2 番目のコマンドが表示するサービスアカウントのロールと一致する必要があります。ノードのロールが表示される場合、Pod には自身のロールがありません。サービスアカウントにアノテーションを付け、Pod を再起動してください。',
    },
    commands: [
      sh`kubectl exec ${v.pod} -n ${v.namespace} -- aws sts get-caller-identity`,
      sh`kubectl describe serviceaccount ${v.serviceAccount} -n ${v.namespace} | grep -i arn`,
    ],
  };
}

function identityPolicy(v: FilledValues, known: Values): Suspect {
  const resource = known.resource?.startsWith('arn:') ? ['--resource-arns', known.resource] : [];
  const action = known.action ?? { en: 'the action', ja: 'このアクション' };
  const on = onResource(known);
  const denies = {
    cause: {
      en: en`A policy of the role denies ${action}`,
      ja: ja`ロールのポリシーが ${action} を拒否しています`,
    },
    decides: {
      en: 'Where the last says explicitDeny, MatchedStatements names the policy: change the Deny there. No Allow outweighs it.',
      ja: '最後のコマンドが explicitDeny と表示する場合は、MatchedStatements にそのポリシーが示されます。そのポリシーの Deny を変更してください。Allow を追加しても拒否が優先されます。',
    },
  };
  const lacks = {
    cause: {
      en: en`No policy of the role allows ${action}`,
      ja: ja`${action} を許可するポリシーがロールにありません`,
    },
    decides: {
      en: en`Where the last says implicitDeny, add ${v.action}${on} to a policy of the role, and to no more than that resource.`,
      ja: ja`最後のコマンドが implicitDeny と表示する場合は、${on}${v.action} をロールのポリシーに追加してください。対象は必要なリソースに限定してください。`,
    },
  };
  return {
    ...(known.policyEffect === 'explicit' ? denies : lacks),
    commands: [
      sh`aws iam list-attached-role-policies --role-name ${v.roleName}`,
      sh`aws iam list-role-policies --role-name ${v.roleName}`,
      sh`aws iam simulate-principal-policy --policy-source-arn ${`arn:aws:iam::${v.account}:role/${v.roleName}`} --action-names ${v.action} ${resource}`.trimEnd(),
    ],
  };
}

function boundary(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The permissions boundary of the role leaves the action out',
      ja: 'ロールのアクセス許可の境界が、このアクションを許可していません',
    },
    decides: {
      en: 'The policy that this prints must allow the action too; it grants nothing by itself.',
      ja: 'このコマンドが表示するポリシーも、このアクションを許可している必要があります。このポリシーだけでは何も許可されません。',
    },
    commands: [sh`aws iam get-role --role-name ${v.roleName} --query Role.PermissionsBoundary`],
  };
}

/** A type of policy of an organization: its name, and that in the API of AWS Organizations. */
interface OrganizationPolicy {
  name: Localized;
  filter: string;
}

const serviceControl: OrganizationPolicy = {
  name: { en: 'service control policy', ja: 'サービスコントロールポリシー' },
  filter: 'SERVICE_CONTROL_POLICY',
};
const resourceControl: OrganizationPolicy = {
  name: { en: 'resource control policy', ja: 'リソースコントロールポリシー' },
  filter: 'RESOURCE_CONTROL_POLICY',
};

/** Those of services bind the caller's account, those of resources that of the resource; bucket names have none. */
function organization(v: FilledValues, { name, filter }: OrganizationPolicy): Suspect {
  const ofResource = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):/.exec(v.resource)?.[1];
  const account = filter === resourceControl.filter ? (ofResource ?? v.account) : v.account;
  return {
    cause: { en: en`A ${name} of the organization forbids it`, ja: ja`組織の${name}が禁止しています` },
    decides: {
      en: 'Whoever manages the organization can see and change it; nothing in this account helps. AWS may name an explicit deny where the policy merely allows nothing.',
      ja: 'このポリシーを確認、変更できるのは組織の管理者です。このアカウントの設定では解決できません。AWS は、ポリシーが何も許可していないだけの場合にも、明示的な拒否と表示することがあります。',
    },
    commands: [sh`aws organizations list-policies-for-target --target-id ${account} --filter ${filter}`],
  };
}

function sessionPolicy(): Suspect {
  return {
    cause: {
      en: 'The session was made with a policy of its own, which narrows the role',
      ja: 'セッションの作成時に指定されたポリシーが、ロールの権限を狭めています',
    },
    decides: {
      en: 'Look where the program or the tool assumes the role with a "Policy", and at the policy of the Pod Identity association; IRSA itself sets none.',
      ja: 'プログラムやツールが "Policy" を指定してロールを引き受けている箇所と、Pod Identity の関連付けのポリシーを確認してください。IRSA 自体はこのようなポリシーを設定しません。',
    },
    commands: [],
  };
}

function resourcePolicy({ resource }: Values): Suspect {
  const named = resource ?? { en: 'the resource', ja: 'リソース' };
  return {
    cause: {
      en: 'The policy of the resource itself (bucket, key, queue, secret) does not let the role in, or denies it',
      ja: 'リソース自体 (バケット、KMS キー、キュー、シークレット) のポリシーが、ロールを許可していないか、拒否しています',
    },
    decides: {
      en: en`Across accounts both sides must allow it: the policy of ${named} must name the role, and the role must have the action.`,
      ja: ja`アカウントをまたぐ場合は、双方の許可が必要です。${named} のポリシーがこのロールを指定し、ロールにもこのアクションが許可されている必要があります。`,
    },
    commands: [],
  };
}

function endpointPolicy(known: Values): Suspect {
  const region = known.region === undefined ? [] : ['--region', known.region];
  return {
    cause: {
      en: 'The policy of the VPC endpoint that the request went through leaves it out',
      ja: 'リクエストが経由した VPC エンドポイントのポリシーが許可していません',
    },
    decides: {
      en: 'The policy of the endpoint of this service must allow the action for the role and the resource. CloudTrail has no event of such a denial.',
      ja: 'このサービスのエンドポイントのポリシーが、このロールとリソースに対してアクションを許可している必要があります。この拒否のイベントは CloudTrail にありません。',
    },
    commands: [
      sh`aws ec2 describe-vpc-endpoints --query ${'VpcEndpoints[].[VpcEndpointId,ServiceName,PolicyDocument]'} ${region}`.trimEnd(),
    ],
  };
}

function trustOfRole(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The trust policy of the role that was to be assumed does not let the caller in',
      ja: '引き受けようとしたロールの信頼ポリシーが、呼び出し元を許可していません',
    },
    decides: {
      en: `It must allow ${v.action} to the caller, and the caller must have the action on that role.`,
      ja: `信頼ポリシーが呼び出し元に ${v.action} を許可し、呼び出し元にもそのロールに対するこのアクションが許可されている必要があります。`,
    },
    commands: [
      sh`aws iam get-role --role-name ${v.resource.split('/').at(-1) ?? v.roleName} --query Role.AssumeRolePolicyDocument`,
    ],
  };
}

/** What is suspected of the caller itself, which differs for roles and users. */
export interface OfCaller {
  identity: Suspect[];
  boundary: Suspect;
}

/**
 * What refuses, as AWS writes it, or null where it does not.
 * Source: IAM User Guide, "Troubleshoot access denied error messages".
 */
export function refusedBy(v: FilledValues, known: Values, own: OfCaller): Suspect[] | null {
  const type = known.policyType?.toLowerCase() ?? '';
  if (type.includes('service control')) return [organization(v, serviceControl)];
  if (type.includes('resource control')) return [organization(v, resourceControl)];
  if (type.includes('boundary')) return [own.boundary];
  if (type.includes('session')) return [sessionPolicy()];
  if (type.includes('endpoint')) return [endpointPolicy(known)];
  if (type.includes('trust')) return [trustOfRole(v)];
  if (type.includes('resource')) return [resourcePolicy(known)];
  return type.includes('identity') ? own.identity : null;
}

function suspectsOf(v: FilledValues, known: Values): Suspect[] {
  const identity = [...(isNoPod(known) ? [] : [wrongIdentity(v)]), identityPolicy(v, known)];
  return refusedBy(v, known, { identity, boundary: boundary(v) }) ?? [...identity, ...lessUsual(v, known)];
}

/** Roles of IAM Identity Center are for people, and workflows of GitHub name their sessions so; no pod has either. */
function isNoPod({ roleName, session }: Values): boolean {
  return (roleName?.startsWith('AWSReservedSSO_') ?? false) || session === 'GitHubActions';
}

export function lessUsual(v: FilledValues, known: Values): Suspect[] {
  const isAssume = /^sts:AssumeRole$/.test(known.action ?? '');
  return [...(isAssume ? [trustOfRole(v)] : []), resourcePolicy(known), organization(v, serviceControl)];
}

export function withPolicyArn(suspects: Suspect[], { policyArn }: Values): Suspect[] {
  if (policyArn === undefined) return suspects;
  const isIam = policyArn.includes(':iam:');
  const read = isIam
    ? sh`aws iam get-policy --policy-arn ${policyArn}`
    : sh`aws organizations describe-policy --policy-id ${policyArn.split('/').at(-1) ?? policyArn}`;
  const named = {
    cause: { en: `The policy that refuses is ${policyArn}`, ja: `拒否しているポリシーは ${policyArn} です` },
    decides: {
      en: 'AWS names it itself: read it, and change it there.',
      ja: 'AWS 自身が示しているポリシーです。内容を確認し、このポリシーを変更してください。',
    },
    commands: [read],
  };
  return [named, ...suspects];
}

function withDecoding(suspects: Suspect[], { encoded }: Values): Suspect[] {
  if (encoded === undefined) return suspects;
  const decode = {
    cause: {
      en: 'The message holds the decision of IAM, encoded',
      ja: 'メッセージに、IAM の判定結果がエンコードされて含まれています',
    },
    decides: {
      en: 'It names the caller, the action, the resource and the statements that matched: explicitDeny tells a Deny from a missing Allow. It takes sts:DecodeAuthorizationMessage, and the message ends with time.',
      ja: 'デコードすると、呼び出し元、アクション、リソース、一致したステートメントがわかります。Deny による拒否か Allow がないだけかは、explicitDeny で区別できます。デコードには sts:DecodeAuthorizationMessage の権限が必要です。時間が経つとメッセージはデコードできなくなります。',
    },
    commands: [
      sh`aws sts decode-authorization-message --encoded-message ${encoded} --query DecodedMessage --output text`,
    ],
  };
  return [decode, ...suspects];
}

/** Types of policies as AWS writes them in English, without "policy", and as its Japanese documentation does. */
const japanesePolicyTypes: Readonly<Record<string, string>> = {
  'identity-based': 'アイデンティティベースのポリシー',
  'permissions boundary': 'アクセス許可の境界',
  'resource control': 'リソースコントロールポリシー',
  'resource-based': 'リソースベースのポリシー',
  'role trust': 'ロールの信頼ポリシー',
  'service control': 'サービスコントロールポリシー',
  session: 'セッションポリシー',
  'vpc endpoint': 'VPC エンドポイントのポリシー',
};

/** With the type as the text has it, which readers look for there. */
function japanesePolicy(type: string): string {
  const known = japanesePolicyTypes[type.toLowerCase().replace(/ policy$/, '')];
  return known === undefined ? `"${type}" のポリシー` : `${known} (${type})`;
}

export function usuallyOf({ policyType, policyEffect }: Values, otherwise: Localized): Localized {
  if (policyType === undefined) return otherwise;
  const policy = japanesePolicy(policyType);
  return policyEffect === 'explicit'
    ? {
        en: `The text says it: an explicit deny in ${/^[aeiou]/i.test(policyType) ? 'an' : 'a'} ${policyType}. No allow elsewhere outweighs that.`,
        ja: ja`テキストに示されているとおり、${policy} の明示的な拒否です。ほかのポリシーで許可しても、拒否が優先されます。`,
      }
    : {
        en: `The text says it: no ${policyType} policy allows the action.`,
        ja: ja`テキストに示されているとおり、このアクションを許可する ${policy} がありません。`,
      };
}

function excludesOf(known: Values): Localized[] {
  const { policyType } = known;
  const web: Localized = {
    en: 'The role was assumed: its trust policy and the OIDC provider are right.',
    ja: '信頼ポリシーや OIDC プロバイダーが原因ではありません。ロールの引き受けには成功しています。',
  };
  if (isNoPod(known)) return [];
  if (policyType === undefined || policyType.includes('identity')) return [web];
  return [
    web,
    {
      en: `Adding the action to a policy of the role does not help: a ${policyType.replace(/ policy$/, '')} policy refuses.`,
      ja: ja`ロールのポリシーへのアクションの追加は解決策になりません。拒否しているのは ${japanesePolicy(policyType)} です。`,
    },
  ];
}

const roleLacksIt: Localized = {
  en: 'Usually no policy of the role has the action.',
  ja: '多くの場合、ロールのポリシーにこのアクションがありません。',
};
const roleLacksItOrIsAnother: Localized = {
  en: 'Usually no policy of the role has the action, or the pod calls with another role than you mean.',
  ja: '多くの場合、ロールのポリシーにこのアクションがないか、Pod が意図したものとは別のロールで呼び出しています。',
};

function meaningOf(v: FilledValues, known: Values): Meaning {
  return {
    happened: happenedTo(callerOf(known), known),
    usually: usuallyOf(known, isNoPod(known) ? roleLacksIt : roleLacksItOrIsAnother),
    excludes: known.action?.startsWith('sts:AssumeRole') ? [] : excludesOf(known),
    suspects: withDecoding(withPolicyArn(suspectsOf(v, known), known), known),
  };
}

function callerOf({ roleName }: Values): Localized {
  return roleName === undefined
    ? { en: 'The role that the pod calls with', ja: 'Pod が使っているロール' }
    : { en: `The role ${roleName}`, ja: `ロール ${roleName}` };
}

export function happenedTo(caller: Localized, known: Values): Localized {
  const { action = known.operation, policyEffect } = known;
  const call =
    action === undefined ? { en: 'a call', ja: '呼び出し' } : { en: action, ja: `${action} の呼び出し` };
  const on = onResource(known);
  const isExplicit = policyEffect === 'explicit';
  return {
    en: en`${caller} was refused ${call}${on}${isExplicit ? ' by an explicit deny' : ''}.`,
    ja: ja`${caller} による ${on}${call}が${isExplicit ? '明示的な拒否により' : ''}拒否されました。`,
  };
}

const caller = String.raw`User: (?<principal>arn:aws[a-z-]{0,10}:[\w+=,.@:/-]{10,300})`;
export const action = String.raw`(?<action>[A-Za-z0-9-]{2,40}:[A-Za-z0-9*]{2,80})`;

/** What AWS says of the policy that refused. */
export const policyPatterns = [
  like(/because no (?<policyType>[a-zA-Z-]{3,16}(?: [a-zA-Z]{3,12}){0,2}) policy allows the/),
  like(/because no (?<policyType>permissions boundary) allows the/),
  like(
    /with an (?<policyEffect>explicit) deny in an? (?<policyType>[a-zA-Z-]{3,16}(?: (?!policy)[a-zA-Z]{3,12}){0,2}(?: policy)?)(?:: (?<policyArn>arn:aws[\w:/-]{10,200}))?/,
  ),
  like(/policy allows the [A-Za-z0-9-]{2,40}:[A-Za-z]{2,80} action: (?<policyArn>arn:aws[\w:/-]{10,200})/),
];

const denied: ErrorKind = {
  id: 'aws-denied',
  row: 'A4',
  title: {
    en: 'The role lacks a permission, or a policy forbids it',
    ja: 'ロールに権限がないか、ポリシーが禁止しています',
  },
  cloud: 'aws',
  needles: [
    'is not authorized to perform',
    'UnauthorizedOperation',
    'AccessDenied',
    'Encoded authorization failure message',
    'オペレーションを呼び出したときに',
  ],
  patterns: [
    like(
      new RegExp(
        String.raw`${caller} is not authorized to perform: ${action}(?: on resource: "?(?<resource>[\w+=,.@:/*-]{1,300}[\w*]))?`,
      ),
    ),
    like(/(?<!\w: anonymous )is not authorized to perform:? [A-Za-z0-9-]{2,40}:[A-Za-z]{2,80}/),
    ...policyPatterns,
    like(
      /An error occurred \((?<code>UnauthorizedOperation)\) when calling the (?!AssumeRoleWith|AssumeRoleFor)(?<operation>\w{2,80}) operation/,
    ),
    like(
      /An error occurred \((?<code>AccessDenied(?:Exception)?)\) when calling the (?!AssumeRoleWith|AssumeRoleFor)(?<operation>\w{2,80}) operation/,
    ),
    like(
      /(?<operation>\w{2,80}) オペレーションを呼び出したときに、エラー \((?<code>UnauthorizedOperation|AccessDenied)\) が発生しました/,
    ),
    like(/ClientError: エラーが発生しました \((?:UnauthorizedOperation|AccessDenied)\)/),
    like(/エラーが発生しました \(UnauthorizedOperation\)/),
    like(/(?<code>UnauthorizedOperation): You are not authorized to perform this operation/),
    like(
      /operation error [\w ]{2,40}: (?!AssumeRoleWith|AssumeRoleFor)(?<operation>\w{2,80}), [^\n]{0,200}?api error (?<code>AccessDenied(?:Exception)?|UnauthorizedOperation)/,
    ),
    like(/Encoded authorization failure message: (?<encoded>[\w+/=-]{20,8000})/),
    like(/(?:Error Code|ErrorCode|Code): (?<code>AccessDenied(?:Exception)?|UnauthorizedOperation)\b/),
    like(/<Code>(?<code>AccessDenied)<\/Code>(?! ?<Message>Request has expired)/),
    like(/\b(?<code>AccessDenied(?:Exception)?): (?:Access Denied|User: )/),
  ],
  meaning: meaningOf,
  rules: ['eks/permission-missing'],
  references: [accessDenied, policyArns],
  examples: [
    {
      from: 'botocore, in Japanese',
      text: 'File "/usr/local/lib/python3.11/site-packages/botocore/client.py", line 960, in _make_api_call\nraise error_class(parsed_response, operation_name)\nbotocore.exceptions.ClientError: DescribeInstances オペレーションを呼び出したときに、エラー (UnauthorizedOperation) が発生しました: この操作を実行する権限がありません。',
      values: { operation: 'DescribeInstances', action: 'ec2:DescribeInstances' },
    },
    {
      from: 'botocore',
      text: 'botocore.exceptions.ClientError: An error occurred (UnauthorizedOperation) when calling the DescribeInstances operation: You are not authorized to perform this operation.',
      values: { operation: 'DescribeInstances', action: 'ec2:DescribeInstances' },
    },
    {
      from: 'AWS CLI',
      text: 'An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::111122223333:assumed-role/cart/botocore-session-1675698641 is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::shop-orders/2026/1.json" because no identity-based policy allows the s3:PutObject action',
      values: {
        action: 's3:PutObject',
        resource: 'arn:aws:s3:::shop-orders/2026/1.json',
        roleName: 'cart',
        account: '111122223333',
        policyType: 'identity-based',
      },
    },
    {
      from: 'Go 2',
      text: 'operation error DynamoDB: GetItem, https response error StatusCode: 400, RequestID: A3EAD691BF6C4A2B93B6D9B6B6A1F0C7, api error AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/cart/1700000000 is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:eu-west-1:111122223333:table/orders with an explicit deny in a service control policy: arn:aws:organizations::444455556666:policy/o-abcdefghij/service_control_policy/p-12345678',
      values: {
        action: 'dynamodb:GetItem',
        policyType: 'service control policy',
        policyEffect: 'explicit',
        policyArn:
          'arn:aws:organizations::444455556666:policy/o-abcdefghij/service_control_policy/p-12345678',
      },
    },
    {
      from: 'Java 2',
      text: 'software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException: User: arn:aws:sts::111122223333:assumed-role/cart/aws-sdk-java-1700000000 is not authorized to perform: secretsmanager:GetSecretValue on resource: db because no permissions boundary allows the secretsmanager:GetSecretValue action (Service: SecretsManager, Status Code: 400, Request ID: d8ee3773-3046-41d0-9b95-373ec1ae7b07)',
      values: { action: 'secretsmanager:GetSecretValue', resource: 'db', roleName: 'cart' },
    },
    {
      from: 'AWS CLI',
      text: 'An error occurred (AuthorizationError) when calling the Publish operation: User: arn:aws:sts::111122223333:assumed-role/cart/aws-go-sdk-1700000000 is not authorized to perform: SNS:Publish on resource: arn:aws:sns:eu-west-1:111122223333:orders because no identity-based policy allows the SNS:Publish action',
      values: { action: 'SNS:Publish', roleName: 'cart', policyType: 'identity-based' },
    },
    {
      from: 'EC2',
      text: 'UnauthorizedOperation: You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/ebs-csi/1700000000 is not authorized to perform: ec2:CreateVolume because no identity-based policy allows the ec2:CreateVolume action. Encoded authorization failure message: 4wW7dAbcdEFGHijklMNOPqrstuvWXYZ0123456789-_abcdef',
      values: {
        action: 'ec2:CreateVolume',
        encoded: '4wW7dAbcdEFGHijklMNOPqrstuvWXYZ0123456789-_abcdef',
        roleName: 'ebs-csi',
      },
    },
    {
      from: 'EC2, older',
      text: 'UnauthorizedOperation: You are not authorized to perform this operation. Encoded authorization failure message: 4wW7dAbcdEFGHijklMNOPqrstuvWXYZ0123456789-_abcdef\n\tstatus code: 403, request id: a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7',
      values: { requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7' },
    },
    {
      from: 'CloudTrail',
      text: '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/cart/s","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111122223333:role/cart"}}},"eventTime":"2026-01-01T06:00:00Z","eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","awsRegion":"eu-west-1","errorCode":"Client.UnauthorizedOperation","errorMessage":"You are not authorized to perform this operation."}',
      values: {
        action: 'ec2:DescribeInstances',
        roleArn: 'arn:aws:iam::111122223333:role/cart',
        region: 'eu-west-1',
      },
    },
    {
      from: 'S3',
      text: '<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>ABC</RequestId></Error>',
    },
    {
      from: 'JavaScript 3',
      text: 'AccessDenied: Access Denied\n    at throwDefaultError (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:840:20)',
    },
    {
      from: 'the article in Japanese',
      text: '  • ClientError: エラーが発生しました (UnauthorizedOperation)',
    },
  ],
};

const nodeRole: ErrorKind = {
  id: 'aws-node-role-denied',
  row: 'A4',
  title: {
    en: "The pod calls with the node's role, not with one of its own",
    ja: 'Pod が自身のロールではなくノードのロールで呼び出しています',
  },
  cloud: 'aws',
  needles: ['assumed-role'],
  patterns: [
    like(
      new RegExp(
        String.raw`User: (?<principal>arn:aws[a-z-]{0,10}:sts::\d{12}:assumed-role\/[\w+=,.@-]{1,64}\/i-[0-9a-f]{8,17}) is not authorized to perform: ${action}(?: on resource: "?(?<resource>[\w+=,.@:/*-]{1,300}[\w*]))?`,
      ),
    ),
  ],
  covers: ['aws-denied'],
  meaning: (v, known) => ({
    happened: {
      en: `${known.action ?? 'A call'} was refused to the role ${v.roleName} of the instance ${v.instanceId}: the session is named after the instance, so it is the role of the node.`,
      ja: `インスタンス ${v.instanceId} のロール ${v.roleName} による${known.action === undefined ? '' : ` ${known.action} の`}呼び出しが拒否されました。セッション名がインスタンスの ID なので、これはノードのロールです。`,
    },
    usually: {
      en: 'Usually the pod has no role of its own: its service account is not annotated, the pod is older than the annotation, or the SDK does not know web identity. Then the SDK falls back to the node.',
      ja: '多くの場合、Pod に自身のロールがありません。サービスアカウントにアノテーションがないか、Pod がアノテーションより古いか、SDK がウェブ ID に対応していません。その場合 SDK はノードのロールを使います。',
    },
    excludes: [
      {
        en: 'It is no trust policy: no role of a service account was asked for.',
        ja: '信頼ポリシーが原因ではありません。サービスアカウントのロールは要求されていません。',
      },
      {
        en: 'Granting the action to the role of the node would give it to every pod there.',
        ja: 'ノードのロールへのアクションの追加は解決策になりません。そのノードのすべての Pod に許可することになります。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The service account is not annotated, or has no Pod Identity association',
          ja: 'サービスアカウントに、アノテーションまたは Pod Identity の関連付けがありません',
        },
        decides: {
          en: 'Where the second prints no ARN, annotate the service account with a role that has the action, and restart the pods. The first tells which pods run on that node.',
          ja: '2 番目のコマンドが ARN を表示しない場合は、このアクションを許可されたロールをサービスアカウントのアノテーションに指定し、Pod を再起動してください。1 番目のコマンドで、そのノードで動いている Pod がわかります。',
        },
        commands: [
          sh`kubectl get pods -A -o wide --field-selector ${`spec.nodeName=${v.node}`}`,
          sh`kubectl describe serviceaccount ${v.serviceAccount} -n ${v.namespace} | grep -i arn`,
        ],
      },
      {
        cause: {
          en: 'The pod is older than the annotation, or the SDK does not take the token',
          ja: 'Pod がアノテーションより古いか、SDK がトークンを使っていません',
        },
        decides: {
          en: 'Where this prints no AWS_WEB_IDENTITY_TOKEN_FILE, restart the pod; where it does, update the SDK, and look for code that names the instance profile.',
          ja: 'このコマンドが AWS_WEB_IDENTITY_TOKEN_FILE を表示しない場合は、Pod を再起動してください。表示する場合は、SDK を更新し、インスタンスプロファイルを指定しているコードがないか確認してください。',
        },
        commands: [
          sh`kubectl exec ${v.pod} -n ${v.namespace} -- printenv AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE`,
        ],
      },
    ],
  }),
  rules: [
    'eks/pod-on-node-role',
    'eks/service-account-not-annotated',
    'eks/pod-without-identity',
    'eks/sdk-too-old',
  ],
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html',
  ],
  examples: [
    {
      from: 'AWS CLI',
      text: 'An error occurred (AccessDenied) when calling the ListObjectsV2 operation: User: arn:aws:sts::111122223333:assumed-role/prod-nodes/i-0123456789abcdef0 is not authorized to perform: s3:ListBucket on resource: "arn:aws:s3:::shop-orders" because no identity-based policy allows the s3:ListBucket action',
      values: {
        roleName: 'prod-nodes',
        instanceId: 'i-0123456789abcdef0',
        action: 's3:ListBucket',
        resource: 'arn:aws:s3:::shop-orders',
      },
    },
  ],
};

export const awsDeniedKinds = [nodeRole, denied];
