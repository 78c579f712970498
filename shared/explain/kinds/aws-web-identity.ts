/** Row A3: STS refused a service account's token, or the role that was asked for with it. */
import { roleArnFault } from '../../domain/arn.ts';
import { sh } from '../../shell.ts';
import { en, ja, type Localized, type Words } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';

const irsa = 'https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html';
const stsErrors = 'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html';
const irsaErrors = 'https://repost.aws/knowledge-center/eks-troubleshoot-irsa-errors';

/** `--region` where it is known; the AWS command line has its own otherwise. */
export function inRegion({ region }: Values): string[] {
  return region === undefined ? [] : ['--region', region];
}

function readTrustPolicy(v: FilledValues): string {
  return sh`aws iam get-role --role-name ${v.roleName} --query Role.AssumeRolePolicyDocument`;
}

function roleOfServiceAccount(v: FilledValues): string {
  return sh`kubectl describe serviceaccount ${v.serviceAccount} -n ${v.namespace} | grep -i arn`;
}

function issuerOfCluster(v: FilledValues, known: Values): string {
  return sh`aws eks describe-cluster --name ${v.cluster} --query cluster.identity.oidc.issuer --output text ${inRegion(known)}`.trimEnd();
}

function wrongRole(v: FilledValues, known: Values): Suspect {
  const fault = known.roleArn === undefined ? null : roleArnFault(known.roleArn);
  return {
    cause:
      fault === null
        ? {
            en: 'The pod asks for another role than you mean, or for one that does not exist',
            ja: 'Pod が意図したものとは別のロール、または存在しないロールを要求しています',
          }
        : {
            en: en`The role that was asked for cannot exist: ${v.roleArn} ${fault}`,
            ja: ja`要求されたロール ${v.roleArn} は存在しえません: ${fault}`,
          },
    decides: {
      en: 'The ARN that the second prints must be that of the role that the third prints; STS says "not authorized" of a role that does not exist, too. Correct the annotation, and start the pods anew.',
      ja: '2 番目のコマンドが表示する ARN は、3 番目のコマンドが表示するロールの ARN と一致する必要があります。STS は、存在しないロールにも "not authorized" を返します。アノテーションを修正し、Pod を再起動してください。',
    },
    commands: [
      'kubectl get serviceaccount -A',
      roleOfServiceAccount(v),
      sh`aws iam get-role --role-name ${v.roleName} --query Role.Arn --output text`,
    ],
  };
}

function trustRefuses(v: FilledValues, known: Values): Suspect {
  const issuer = known.issuer ?? 'ISSUER_URL';
  const subject = known.subject ?? 'system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT';
  return {
    cause: {
      en: "The role's trust policy does not allow this service account of this cluster",
      ja: 'ロールの信頼ポリシーが、このクラスターのこのサービスアカウントを許可していません',
    },
    decides: {
      en: `Each must be so to the letter: Principal.Federated is the provider of the cluster's issuer, Action is sts:AssumeRoleWithWebIdentity, the condition on ":sub" is ${subject}, that on ":aud" is sts.amazonaws.com; a wildcard needs StringLike. The last command says which of them is not, and what repairs it.`,
      ja: `次のすべてが 1 文字も違わずに一致する必要があります。Principal.Federated はクラスターの発行者のプロバイダー、Action は sts:AssumeRoleWithWebIdentity、":sub" の条件は ${subject}、":aud" の条件は sts.amazonaws.com です。ワイルドカードを使うには StringLike が必要です。一致していない項目とその修正方法は、最後のコマンドでわかります。`,
    },
    commands: [
      readTrustPolicy(v),
      ...(known.issuer === undefined ? [issuerOfCluster(v, known)] : []),
      sh`clusterwhy can-assume --role ${v.roleArn} --service-account ${`${v.namespace}/${v.serviceAccount}`} --issuer ${issuer}`,
    ],
  };
}

function eventsOfDenial(v: FilledValues, known: Values): Suspect {
  const filter =
    known.requestId === undefined
      ? 'Events[].CloudTrailEvent'
      : `Events[?contains(CloudTrailEvent, '${known.requestId}')].CloudTrailEvent`;
  return {
    cause: {
      en: 'Something outside of the trust policy refuses it: a resource control policy, or the policy of a VPC endpoint',
      ja: '信頼ポリシー以外のもの (リソースコントロールポリシー、または VPC エンドポイントのポリシー) が拒否しています',
    },
    decides: {
      en: 'Where the trust policy allows the call and the event of the first stands in CloudTrail, an organization policy is left; where there is no event at all, the policy of the STS endpoint is. The event names the service account (userName) and the role that was asked for (roleArn).',
      ja: '信頼ポリシーが呼び出しを許可していて、1 番目のコマンドのイベントが CloudTrail にある場合、残る原因は組織のポリシーです。イベントがまったくない場合は、STS のエンドポイントのポリシーです。イベントには、サービスアカウント (userName) と要求されたロール (roleArn) が記録されています。',
    },
    commands: [
      sh`aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity --query ${filter} --output text ${inRegion(known)}`.trimEnd(),
      sh`aws ec2 describe-vpc-endpoints --filters ${`Name=service-name,Values=com.amazonaws.${v.region}.sts`} --query VpcEndpoints[].PolicyDocument ${inRegion(known)}`.trimEnd(),
    ],
  };
}

function happenedOf(known: Values): Localized {
  const role = known.roleArn ?? { en: 'the role', ja: 'ロール' };
  const subject = known.subject === undefined ? '' : ` (${known.subject})`;
  return {
    en: en`The pod showed STS the token of its service account${subject} and was refused ${role}. CloudTrail records this with "An unknown error occurred"; the reason stands nowhere.`,
    ja: ja`Pod はサービスアカウント${subject} のトークンを STS に提示しましたが、${role} の引き受けを拒否されました。CloudTrail にはこの拒否が "An unknown error occurred" と記録され、理由はどこにも示されません。`,
  };
}

const denied: ErrorKind = {
  id: 'aws-web-identity-denied',
  row: 'A3',
  title: {
    en: 'STS refused the role to the service account',
    ja: 'STS がサービスアカウントによるロールの引き受けを拒否しました',
  },
  cloud: 'aws',
  needles: ['AssumeRoleWithWebIdentity'],
  patterns: [
    like(/Not authorized to perform sts:AssumeRoleWithWebIdentity/i),
    like(/not authorized to perform: sts:AssumeRoleWithWebIdentity/),
    like(
      /An error occurred \(AccessDenied(?:Exception)?\) when calling the AssumeRoleWithWebIdentity operation/,
    ),
    like(/AssumeRoleWithWebIdentity 操作を呼び出すときエラー \(AccessDenied\)/),
    like(/operation error STS: AssumeRoleWithWebIdentity, [^\n]{0,300}?api error AccessDenied/),
    like(
      /Error (?:calling|assuming) (?:AssumeRole|role)[^\n]{0,40}for role (?<roleArn>arn:aws[\w:+=,.@/-]{10,200})[^\n]{0,20}\n[^\n]{0,120}Not authorized to perform sts:AssumeRoleWithWebIdentity/,
    ),
  ],
  covers: ['aws-no-credentials', 'aws-denied'],
  meaning: (v, known) => ({
    happened: happenedOf(known),
    usually: {
      en: 'Usually the trust policy names another service account, namespace or cluster than the one that calls, or the annotation names another role.',
      ja: '多くの場合、信頼ポリシーが呼び出し元とは別のサービスアカウント、名前空間、クラスターを指定しているか、アノテーションが別のロールを指定しています。',
    },
    excludes: [
      {
        en: 'The IAM OIDC provider is there, takes the audience and could verify the token: else STS would say InvalidIdentityToken.',
        ja: 'IAM の OIDC プロバイダーは原因ではありません。プロバイダーは存在し、オーディエンスを受け入れ、トークンを検証できています。そうでなければ、STS は InvalidIdentityToken を返します。',
      },
      {
        en: "It is none of the role's permissions: they are looked at only after the role was assumed.",
        ja: 'ロールの権限は原因ではありません。権限が評価されるのは、ロールを引き受けた後です。',
      },
    ],
    suspects: [wrongRole(v, known), trustRefuses(v, known), eventsOfDenial(v, known)],
  }),
  rules: [
    'eks/irsa-trust-subject',
    'eks/irsa-trust-provider',
    'eks/irsa-trust-other-cluster',
    'eks/irsa-trust-action',
    'eks/irsa-trust-wildcard',
    'eks/irsa-trust-audience',
    'eks/irsa-trust-condition-key',
    'eks/irsa-trust-other-condition',
    'eks/irsa-trust-explicit-deny',
    'eks/irsa-trust-policy-version',
    'eks/irsa-role-missing',
    'eks/irsa-role-arn-malformed',
    'eks/irsa-stale-pod',
    'eks/irsa-denied-outside-trust',
    'eks/irsa-undecided',
  ],
  references: [irsa, irsaErrors],
  examples: [
    {
      from: 'botocore',
      text: 'File "/usr/local/lib/python3.11/site-packages/botocore/client.py", line 960, in _make_api_call\nraise error_class(parsed_response, operation_name)\nbotocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    },
    {
      from: 'AWS CLI',
      text: 'An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation (reached max retries: 4): Not authorized to perform sts:AssumeRoleWithWebIdentity',
    },
    {
      from: 'Go 1',
      text: 'WebIdentityErr: failed to retrieve credentials\ncaused by: AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n\tstatus code: 403, request id: a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7',
      values: { requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7' },
    },
    {
      from: 'Go 2',
      text: 'operation error S3: ListBuckets, get identity: get credentials: failed to refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403, RequestID: a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity',
      values: { requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7' },
    },
    {
      from: 'Java 2',
      text: 'software.amazon.awssdk.services.sts.model.StsException: Not authorized to perform sts:AssumeRoleWithWebIdentity (Service: Sts, Status Code: 403, Request ID: d8ee3773-3046-41d0-9b95-373ec1ae7b07, Extended Request ID: null)',
      values: { requestId: 'd8ee3773-3046-41d0-9b95-373ec1ae7b07' },
    },
    {
      from: 'Java 2',
      text: 'Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(credentialsProviders=[SystemPropertyCredentialsProvider(), WebIdentityTokenCredentialsProvider()]) : [SystemPropertyCredentialsProvider(): Unable to load credentials from system settings., WebIdentityTokenCredentialsProvider(): Not authorized to perform sts:AssumeRoleWithWebIdentity (Service: Sts, Status Code: 403, Request ID: d8ee3773-3046-41d0-9b95-373ec1ae7b07)]',
      values: { requestId: 'd8ee3773-3046-41d0-9b95-373ec1ae7b07' },
    },
    {
      from: 'Java 1',
      text: 'com.amazonaws.services.securitytoken.model.AWSSecurityTokenServiceException: Not authorized to perform sts:AssumeRoleWithWebIdentity (Service: AWSSecurityTokenService; Status Code: 403; Error Code: AccessDenied; Request ID: 83bfc431-3733-11e4-90c0-6dbe37b9d930)',
      values: { requestId: '83bfc431-3733-11e4-90c0-6dbe37b9d930' },
    },
    {
      from: 'JavaScript 3',
      text: 'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n    at throwDefaultError (/app/node_modules/@smithy/smithy-client/dist-cjs/index.js:840:20)',
    },
    {
      from: 'JavaScript 2',
      text: "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity\n    at Request.extractError (/app/node_modules/aws-sdk/lib/protocol/query.js:50:29) {\n  code: 'AccessDenied',\n  requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7'",
      values: { requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7' },
    },
    {
      from: '.NET',
      text: "Unhandled exception. Amazon.Runtime.AmazonClientException: Error calling AssumeRole for role arn:aws:iam::111122223333:role/cart\n ---> Amazon.SecurityToken.AmazonSecurityTokenServiceException: Not authorized to perform sts:AssumeRoleWithWebIdentity ---> Amazon.Runtime.Internal.HttpErrorResponseException: Exception of type 'Amazon.Runtime.Internal.HttpErrorResponseException' was thrown.",
      values: { roleArn: 'arn:aws:iam::111122223333:role/cart', roleName: 'cart', account: '111122223333' },
    },
    {
      from: 'Ruby',
      text: "raise_response_errors.rb:17:in `call': Not authorized to perform sts:AssumeRoleWithWebIdentity (Aws::STS::Errors::AccessDenied)",
    },
    {
      from: 'Rust',
      text: 'an error occurred while loading credentials: unhandled error (AccessDenied): Error { code: "AccessDenied", message: "Not authorized to perform sts:AssumeRoleWithWebIdentity", aws_request_id: "a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7" }',
      values: { requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7' },
    },
    {
      from: 'PHP',
      text: 'Error executing "AssumeRoleWithWebIdentity" on "https://sts.eu-west-1.amazonaws.com"; AWS HTTP error: Client error: `POST https://sts.eu-west-1.amazonaws.com` resulted in a `403 Forbidden` response: AccessDenied (client): Not authorized to perform sts:AssumeRoleWithWebIdentity',
      values: { region: 'eu-west-1' },
    },
    {
      from: 'C++',
      text: '[ERROR] AWSClient HTTP response code: 403 Exception name: AccessDenied Error message: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    },
    {
      from: 'Kotlin',
      text: 'aws.sdk.kotlin.runtime.auth.credentials.CredentialsProviderException: STS failed to assume role from web identity: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    },
    {
      from: 'STS',
      text: '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error><RequestId>a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7</RequestId></ErrorResponse>',
      values: { requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7' },
    },
    {
      from: 'CloudTrail',
      text: '{  \n    "eventVersion": "1.08",  \n    "userIdentity": {  \n        "type": "WebIdentityUser",  \n        "userName": "system:serviceaccount:serverless:aws-sdk"  \n    },  \n    "eventName": "AssumeRoleWithWebIdentity",  \n    "errorCode": "AccessDenied",  \n    "errorMessage": "An unknown error occurred",  \n    "requestParameters": {  \n        "roleArn": "arn:aws:iam::11112222333:role/AccessEC2role",  \n        "roleSessionName": "botocore-session-1675698641"  \n    }  \n}',
      values: {
        roleArn: 'arn:aws:iam::11112222333:role/AccessEC2role',
        subject: 'system:serviceaccount:serverless:aws-sdk',
        namespace: 'serverless',
        serviceAccount: 'aws-sdk',
      },
    },
    {
      from: 'the article in Japanese',
      text: 'AssumeRoleWithWebIdentity 操作を呼び出すときエラー (AccessDenied) が発生しました',
    },
  ],
};

function noProviderFor(issuer: Words): Localized {
  return {
    en: en`IAM of the role's account knows no OIDC provider for ${issuer}, so STS could not even look at the trust policy.`,
    ja: ja`ロールのアカウントの IAM に ${issuer} の OIDC プロバイダーがないため、STS は信頼ポリシーの評価にも至りませんでした。`,
  };
}

const noProvider: ErrorKind = {
  id: 'aws-token-no-provider',
  row: 'A3',
  title: {
    en: "The cluster's issuer is no identity provider in the role's account",
    ja: 'クラスターの発行者が、ロールのアカウントに ID プロバイダーとして登録されていません',
  },
  cloud: 'aws',
  needles: ['No OpenIDConnect provider found in your account'],
  patterns: [
    like(
      /No OpenIDConnect provider found in your account(?: for (?<issuer>https:\/\/oidc\.eks\.[a-z0-9-]{4,30}\.amazonaws\.com(?:\.cn)?\/id\/[0-9A-Za-z]{6,40}))?/,
    ),
  ],
  covers: ['aws-token-invalid', 'aws-no-credentials'],
  meaning: (v, known) => ({
    happened: noProviderFor(known.issuer ?? { en: "the cluster's issuer", ja: 'クラスターの発行者' }),
    usually: {
      en: 'Usually the provider was never made for a new cluster, was deleted with an older one, or is only in the account of the cluster while the role is in another.',
      ja: '多くの場合、新しいクラスターのプロバイダーが作成されていないか、以前のクラスターと一緒に削除されたか、ロールとは別のアカウントであるクラスターのアカウントにしかありません。',
    },
    excludes: [
      {
        en: 'It is neither the namespace nor the name of the service account: the trust policy was not looked at.',
        ja: '名前空間やサービスアカウントの名前が原因ではありません。信頼ポリシーは評価されていません。',
      },
      {
        en: 'CloudTrail most likely has no event of it.',
        ja: 'CloudTrail では確認できません。このエラーのイベントは、ほとんどの場合記録されません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: "The account of the role has no provider for this cluster's issuer",
          ja: 'ロールのアカウントに、このクラスターの発行者のプロバイダーがありません',
        },
        decides: {
          en: 'Where the list of the first lacks the issuer that the second prints, make it with the third, with credentials of the account of the role.',
          ja: '2 番目のコマンドが表示する発行者が 1 番目のコマンドの一覧にない場合は、ロールのアカウントの認証情報を使い、3 番目のコマンドでプロバイダーを作成してください。',
        },
        commands: [
          'aws iam list-open-id-connect-providers',
          issuerOfCluster(v, known),
          sh`aws iam create-open-id-connect-provider --url ${v.issuer} --client-id-list sts.amazonaws.com`,
        ],
      },
      {
        cause: {
          en: 'The role is in another account than you think',
          ja: 'ロールが想定とは別のアカウントにあります',
        },
        decides: {
          en: 'The account in the ARN must be one that has the provider.',
          ja: 'ARN のアカウントに、プロバイダーが存在する必要があります。',
        },
        commands: [roleOfServiceAccount(v), 'aws sts get-caller-identity --query Account --output text'],
      },
    ],
  }),
  rules: ['eks/irsa-provider-missing'],
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/enable-iam-roles-for-service-accounts.html',
    irsaErrors,
  ],
  examples: [
    {
      from: 'Go 2',
      text: 'failed to refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, exceeded maximum number of attempts, 3, https response error StatusCode: 400, RequestID: a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7, InvalidIdentityToken: No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.amazonaws.com/id/6754AF9632A2745E85C293E5AAC08633',
      values: {
        issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/6754AF9632A2745E85C293E5AAC08633',
        region: 'eu-west-1',
        requestId: 'a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7',
      },
    },
    {
      from: 'JavaScript 3',
      text: 'InvalidIdentityTokenException: No OpenIDConnect provider found in your account for https://oidc.eks.us-west-2.amazonaws.com/id/6754AF9632A2745E85C293E5AAC08633',
    },
    {
      from: 'AWS CLI',
      text: 'An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: No OpenIDConnect provider found in your account for https://oidc.eks.eu-west-1.amazonaws.com/id/6754AF9632A2745E85C293E5AAC08633',
    },
  ],
};

const wrongAudience: ErrorKind = {
  id: 'aws-token-audience',
  row: 'A3',
  title: {
    en: "The identity provider does not take the token's audience",
    ja: 'ID プロバイダーがトークンのオーディエンスを受け入れません',
  },
  cloud: 'aws',
  needles: ['Incorrect token audience'],
  patterns: [like(/Incorrect token audience/)],
  covers: ['aws-token-invalid', 'aws-no-credentials'],
  meaning: (v) => ({
    happened: {
      en: 'The token names an audience that is not among the client ids of the IAM OIDC provider.',
      ja: 'トークンのオーディエンスが、IAM の OIDC プロバイダーのクライアント ID に含まれていません。',
    },
    usually: {
      en: 'Usually the provider was made without sts.amazonaws.com, or the service account asks for another audience by an annotation.',
      ja: '多くの場合、プロバイダーが sts.amazonaws.com なしで作成されているか、サービスアカウントがアノテーションで別のオーディエンスを要求しています。',
    },
    excludes: [
      {
        en: 'It is neither the namespace nor the name of the service account: the trust policy was not looked at.',
        ja: '名前空間やサービスアカウントの名前が原因ではありません。信頼ポリシーは評価されていません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The provider lacks the client id sts.amazonaws.com',
          ja: 'プロバイダーにクライアント ID sts.amazonaws.com がありません',
        },
        decides: {
          en: 'Where the first does not list it, add it with the second.',
          ja: '1 番目のコマンドの一覧にこれがない場合は、2 番目のコマンドで追加してください。',
        },
        commands: [
          sh`aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${`arn:aws:iam::${v.account}:oidc-provider/${v.issuer.replace('https://', '')}`} --query ClientIDList`,
          sh`aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${`arn:aws:iam::${v.account}:oidc-provider/${v.issuer.replace('https://', '')}`} --client-id sts.amazonaws.com`,
        ],
      },
      {
        cause: {
          en: 'The service account is annotated with another audience',
          ja: 'サービスアカウントのアノテーションに、別のオーディエンスが指定されています',
        },
        decides: {
          en: 'Where this prints eks.amazonaws.com/audience, remove it unless the provider takes that one.',
          ja: 'このコマンドが eks.amazonaws.com/audience を表示する場合は、プロバイダーがそのオーディエンスを受け入れるときを除き、アノテーションを外してください。',
        },
        commands: [
          sh`kubectl get serviceaccount ${v.serviceAccount} -n ${v.namespace} -o jsonpath='{.metadata.annotations}'`,
        ],
      },
    ],
  }),
  rules: ['eks/irsa-provider-audience'],
  references: [stsErrors],
  examples: [
    {
      from: 'AWS CLI',
      text: 'An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Incorrect token audience',
    },
    {
      from: 'Java 2',
      text: 'software.amazon.awssdk.services.sts.model.InvalidIdentityTokenException: Incorrect token audience (Service: Sts, Status Code: 400, Request ID: d8ee3773-3046-41d0-9b95-373ec1ae7b07)',
      values: { requestId: 'd8ee3773-3046-41d0-9b95-373ec1ae7b07' },
    },
  ],
};

const keysUnreachable: ErrorKind = {
  id: 'aws-token-keys',
  row: 'A3',
  title: {
    en: "STS could not get the keys of the cluster's issuer",
    ja: 'STS がクラスターの発行者の鍵を取得できませんでした',
  },
  cloud: 'aws',
  needles: [
    'retrieve verification key from your identity provider',
    'IDPCommunicationError',
    'configured thumbprint',
  ],
  patterns: [
    like(/couldn't retrieve verification key from your identity provider/i),
    like(/IDPCommunicationError/),
    like(/HTTPS certificate doesn't match configured thumbprint/),
  ],
  covers: ['aws-token-invalid', 'aws-no-credentials'],
  meaning: (v, known) => ({
    happened: {
      en: "STS tried to fetch the public keys of the token's issuer and could not.",
      ja: 'STS はトークンの発行者の公開鍵を取得しようとしましたが、できませんでした。',
    },
    usually: {
      en: 'Usually it passes: the issuer did not answer for a moment. Where it stays, the cluster of the token is gone, or a self-hosted issuer cannot be reached from the internet.',
      ja: '多くの場合、発行者が一時的に応答しなかっただけで、自然に解消します。エラーが続く場合は、トークンのクラスターがもう存在しないか、セルフホストの発行者にインターネットから到達できません。',
    },
    excludes: [
      {
        en: 'It is neither the trust policy nor the name of the service account.',
        ja: '信頼ポリシーやサービスアカウントの名前が原因ではありません。',
      },
      {
        en: 'CloudTrail has no event of it: it fails before one is made.',
        ja: 'CloudTrail では確認できません。イベントが作成される前に失敗します。',
      },
    ],
    suspects: [
      {
        cause: { en: 'The issuer does not answer', ja: '発行者が応答しません' },
        decides: {
          en: 'Both must answer with JSON from outside of the VPC; see the health dashboard of AWS where an EKS issuer does not.',
          ja: 'どちらのコマンドにも、VPC の外から JSON が返る必要があります。EKS の発行者から返らない場合は、AWS Health Dashboard を確認してください。',
        },
        commands: [
          sh`curl -sS -m 10 ${`${v.issuer}/.well-known/openid-configuration`}`,
          sh`curl -sS -m 10 ${`${v.issuer}/keys`}`,
        ],
      },
      {
        cause: {
          en: 'The token is of a cluster that was deleted',
          ja: '削除されたクラスターのトークンが使われています',
        },
        decides: {
          en: 'Where no cluster has the issuer, the pod uses a token from elsewhere.',
          ja: 'この発行者を持つクラスターがない場合、Pod は別の場所で発行されたトークンを使っています。',
        },
        commands: [issuerOfCluster(v, known)],
      },
    ],
  }),
  rules: ['eks/irsa-token-rejected'],
  references: ['https://repost.aws/knowledge-center/iam-sts-invalididentitytoken'],
  examples: [
    {
      from: 'Rust',
      text: "an error occurred while loading credentials: service error: InvalidIdentityTokenException: Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    },
    {
      from: 'PHP',
      text: "InvalidIdentityToken (client): couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    },
    {
      from: 'AWS CLI',
      text: "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    },
    {
      from: 'STS',
      text: 'An error occurred (IDPCommunicationError) when calling the AssumeRoleWithWebIdentity operation: The request could not be fulfilled because the identity provider could not be reached',
    },
  ],
};

const tokenInvalid: ErrorKind = {
  id: 'aws-token-invalid',
  row: 'A3',
  title: {
    en: 'STS did not accept the token of the service account',
    ja: 'STS がサービスアカウントのトークンを受け付けませんでした',
  },
  cloud: 'aws',
  needles: ['InvalidIdentityToken', 'IDPRejectedClaim', 'not present in the roles claim'],
  patterns: [
    like(/InvalidIdentityToken/),
    like(/IDPRejectedClaim/),
    like(/The target role ARN is not present in the roles claim/),
  ],
  covers: ['aws-no-credentials'],
  meaning: (v, known) => ({
    happened: {
      en: 'STS refused the token itself; this part of the text does not say why. The message behind the code does.',
      ja: 'STS がトークン自体を拒否しました。テキストのこの部分に理由は示されていません。理由は、エラーコードに続くメッセージに示されます。',
    },
    usually: {
      en: "Usually the cluster's issuer is no OIDC provider in the account of the role, or the provider does not take the audience. A single one may pass by itself; the SDK tries again.",
      ja: '多くの場合、クラスターの発行者がロールのアカウントに OIDC プロバイダーとして登録されていないか、プロバイダーがオーディエンスを受け入れません。1 回だけのエラーは、SDK の再試行で解消することがあります。',
    },
    excludes: [
      {
        en: 'It is neither the namespace nor the name of the service account: the trust policy was not looked at.',
        ja: '名前空間やサービスアカウントの名前が原因ではありません。信頼ポリシーは評価されていません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: "The account of the role has no provider for the cluster's issuer",
          ja: 'ロールのアカウントに、クラスターの発行者のプロバイダーがありません',
        },
        decides: {
          en: 'The list of the first must hold the issuer that the second prints.',
          ja: '1 番目のコマンドの一覧に、2 番目のコマンドが表示する発行者が含まれている必要があります。',
        },
        commands: ['aws iam list-open-id-connect-providers', issuerOfCluster(v, known)],
      },
      {
        cause: {
          en: 'The provider does not take the audience of the token',
          ja: 'プロバイダーがトークンのオーディエンスを受け入れません',
        },
        decides: {
          en: 'ClientIDList must hold sts.amazonaws.com.',
          ja: 'ClientIDList に sts.amazonaws.com が含まれている必要があります。',
        },
        commands: [
          sh`aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${`arn:aws:iam::${v.account}:oidc-provider/${v.issuer.replace('https://', '')}`}`,
        ],
      },
    ],
  }),
  rules: ['eks/irsa-provider-missing', 'eks/irsa-provider-audience', 'eks/irsa-token-rejected'],
  references: [stsErrors],
  examples: [
    { from: 'STS', text: '<Code>InvalidIdentityToken</Code>' },
    {
      from: 'Go 2',
      text: 'api error InvalidIdentityToken: The target role ARN is not present in the roles claim of the identity token',
    },
    {
      from: 'STS',
      text: '<Error><Type>Sender</Type><Code>IDPRejectedClaim</Code><Message>The identity provider rejected the claim</Message></Error>',
    },
  ],
};

const tokenExpired: ErrorKind = {
  id: 'aws-token-expired',
  row: 'A3',
  title: {
    en: 'The token of the service account has expired',
    ja: 'サービスアカウントのトークンの有効期限が切れています',
  },
  cloud: 'aws',
  needles: ['Token expired: current date', 'must be before the expiration date', 'ExpiredTokenException'],
  patterns: [
    like(/Token expired: current date\/time \d{9,11} must be before the expiration date\/time/),
    like(
      /An error occurred \(ExpiredToken(?:Exception)?\) when calling the AssumeRoleWithWebIdentity operation/,
    ),
  ],
  covers: ['aws-token-invalid', 'aws-no-credentials', 'aws-credentials-expired'],
  meaning: (v) => ({
    happened: {
      en: 'The program showed STS a token whose time had passed.',
      ja: 'プログラムが、有効期限の切れたトークンを STS に提示しました。',
    },
    usually: {
      en: 'Usually the program read the token once at its start; kubelet writes a new one before the old ends, and SDKs that are too old, or code that caches it, keep the first. A paused process or a wrong clock does the same.',
      ja: '多くの場合、プログラムが起動時に一度だけトークンを読み取っています。kubelet は有効期限が切れる前に新しいトークンを書き込みますが、古すぎる SDK や、トークンをキャッシュするコードは、最初のトークンを使い続けます。プロセスの一時停止や時計のずれでも同じエラーになります。',
    },
    excludes: [
      {
        en: 'It is no trust policy and no missing provider.',
        ja: '信頼ポリシーやプロバイダーの不足が原因ではありません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The program keeps the first token',
          ja: 'プログラムが最初のトークンを使い続けています',
        },
        decides: {
          en: 'Where the file is younger than the pod, kubelet does its part: let the SDK read the file each time, or update it.',
          ja: 'ファイルが Pod より新しい場合、kubelet は正しく更新しています。SDK がファイルを毎回読み直すようにするか、SDK を更新してください。',
        },
        commands: [
          sh`kubectl exec ${v.pod} -n ${v.namespace} -- ls -lL --time-style=full-iso /var/run/secrets/eks.amazonaws.com/serviceaccount/token`,
          sh`kubectl get pod ${v.pod} -n ${v.namespace} -o jsonpath='{.status.startTime}'`,
        ],
      },
      {
        cause: { en: 'The clock of the node is wrong', ja: 'ノードの時計がずれています' },
        decides: {
          en: 'Where the two differ by minutes, mend the time service of the node.',
          ja: '2 つの時刻に分単位の差がある場合は、ノードの時刻同期を修正してください。',
        },
        commands: [sh`kubectl exec ${v.pod} -n ${v.namespace} -- date -u`, 'date -u'],
      },
    ],
  }),
  rules: ['eks/irsa-token-rejected'],
  references: [stsErrors],
  examples: [
    {
      from: 'Rust',
      text: 'ExpiredTokenException: Token expired: current date/time 1704727025 must be before the expiration date/time 1704574064',
    },
    {
      from: 'AWS CLI',
      text: 'An error occurred (ExpiredTokenException) when calling the AssumeRoleWithWebIdentity operation: Token expired: current date/time 1704727025 must be before the expiration date/time1704574064',
    },
  ],
};

function formOf(roleArn: string): Localized {
  const fault = roleArnFault(roleArn) ?? { en: 'has the right form', ja: '形式は正しいものです' };
  return {
    en: en`The text names ${roleArn}, which ${fault}.`,
    ja: ja`テキストに示されている ARN は ${roleArn} です。${fault}。`,
  };
}

const arnInvalid: ErrorKind = {
  id: 'aws-role-arn-invalid',
  row: 'A3',
  title: {
    en: 'The role ARN that was asked for cannot exist',
    ja: '要求された ARN は、ロールの ARN としてありえません',
  },
  cloud: 'aws',
  needles: ['Request ARN is invalid'],
  patterns: [like(/Request ARN is invalid/)],
  covers: ['aws-no-credentials'],
  meaning: (v, known) => ({
    happened: {
      en: 'STS could not read the ARN in the annotation of the service account (or in AWS_ROLE_ARN).',
      ja: 'STS は、サービスアカウントのアノテーション (または AWS_ROLE_ARN) の ARN を解釈できませんでした。',
    },
    usually: {
      en: 'Usually a colon or a digit is too many or too few: arn:aws:iam::123456789012:role/NAME has two colons before an account of twelve digits.',
      ja: '多くの場合、コロンまたは数字が多いか、足りません。正しい形式は arn:aws:iam::123456789012:role/NAME であり、12 桁のアカウント ID の前にコロンが 2 つあります。',
    },
    excludes: [
      {
        en: 'It is no trust policy: no role was looked up.',
        ja: '信頼ポリシーが原因ではありません。ロールは参照されていません。',
      },
    ],
    suspects: [
      {
        cause: { en: 'The annotation is misspelt', ja: 'アノテーションに誤りがあります' },
        decides:
          known.roleArn === undefined
            ? {
                en: 'Compare what the first prints with the ARN of the second; annotate anew, and restart the pods.',
                ja: '1 番目のコマンドの出力を 2 番目のコマンドの ARN と比較し、アノテーションを付け直して、Pod を再起動してください。',
              }
            : formOf(known.roleArn),
        commands: [
          roleOfServiceAccount(v),
          sh`aws iam get-role --role-name ${v.roleName} --query Role.Arn --output text`,
        ],
      },
    ],
  }),
  rules: ['eks/irsa-role-arn-malformed'],
  references: [irsaErrors],
  examples: [
    {
      from: 'AWS CLI',
      text: 'An error occurred (ValidationError) when calling the AssumeRoleWithWebIdentity operation: Request ARN is invalid',
    },
  ],
};

const sessionTooLong: ErrorKind = {
  id: 'aws-session-duration',
  row: 'A3',
  title: {
    en: 'The program asks for a longer session than the role allows',
    ja: 'プログラムがロールの許可より長いセッションを要求しています',
  },
  cloud: 'aws',
  needles: ['DurationSeconds exceeds the MaxSessionDuration'],
  patterns: [like(/The requested DurationSeconds exceeds the MaxSessionDuration set for this role/)],
  covers: ['aws-no-credentials'],
  meaning: (v) => ({
    happened: {
      en: 'The request named a session duration above the maximum of the role.',
      ja: 'リクエストのセッション時間が、ロールの最大セッション時間を超えています。',
    },
    usually: {
      en: 'Usually a setting of the SDK or of a tool asks for some hours, and the role has the default of one.',
      ja: '多くの場合、SDK やツールの設定が数時間を要求していますが、ロールの設定はデフォルトの 1 時間です。',
    },
    excludes: [
      {
        en: 'It is no trust policy and no missing provider.',
        ja: '信頼ポリシーやプロバイダーの不足が原因ではありません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The maximum of the role is too low for what the program asks',
          ja: 'ロールの最大セッション時間が、プログラムの要求より短く設定されています',
        },
        decides: {
          en: 'Ask for less in the program, or raise the maximum (seconds, at most 43200) with the second.',
          ja: 'プログラムが要求する時間を短くするか、2 番目のコマンドで最大値 (秒単位、43200 以下) を引き上げてください。',
        },
        commands: [
          sh`aws iam get-role --role-name ${v.roleName} --query Role.MaxSessionDuration`,
          sh`aws iam update-role --role-name ${v.roleName} --max-session-duration 43200`,
        ],
      },
    ],
  }),
  rules: ['eks/irsa-session-duration'],
  references: [stsErrors],
  examples: [
    {
      from: 'Java 2',
      text: 'StsException: The requested DurationSeconds exceeds the MaxSessionDuration set for this role. (Service: Sts, Status Code: 400)',
    },
  ],
};

const regionDisabled: ErrorKind = {
  id: 'aws-sts-region-disabled',
  row: 'A3',
  title: { en: 'STS is turned off in this region', ja: 'このリージョンでは STS が無効になっています' },
  cloud: 'aws',
  needles: ['STS is not activated in this region'],
  patterns: [like(/STS is not activated in this region(?: for account:(?<account>\d{12}))?/)],
  covers: ['aws-no-credentials'],
  meaning: () => ({
    happened: {
      en: 'The account has deactivated STS in the region whose endpoint was called.',
      ja: '呼び出されたエンドポイントのリージョンで、アカウントの STS が無効化されています。',
    },
    usually: {
      en: 'Usually an administrator turned it off where nobody worked at the time.',
      ja: '多くの場合、使われていなかったリージョンを管理者が無効にしています。',
    },
    excludes: [
      {
        en: 'It is no trust policy: STS answers nobody of this account there.',
        ja: '信頼ポリシーが原因ではありません。このリージョンの STS は、このアカウントのだれにも応答しません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The region is deactivated in the account settings of IAM',
          ja: 'IAM のアカウント設定で、このリージョンが無効になっています',
        },
        decides: {
          en: 'Activate it in the console: IAM, Account settings, Security Token Service; there is no command for it. EKS also reports it as a health issue of the cluster.',
          ja: 'コンソールの IAM の [アカウント設定] で、Security Token Service (STS) のこのリージョンを有効にしてください。有効にするコマンドはありません。EKS も、これをクラスターのヘルスの問題として報告します。',
        },
        commands: [],
      },
    ],
  }),
  rules: ['eks/sts-region-disabled'],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html'],
  examples: [
    {
      from: 'STS',
      text: 'RegionDisabledException: STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.',
      values: { account: '123456789012' },
    },
  ],
};

const wrongScope: ErrorKind = {
  id: 'aws-signature-scope',
  row: null,
  title: {
    en: 'The request was signed for another region than that of its endpoint',
    ja: 'リクエストがエンドポイントとは別のリージョン向けに署名されています',
  },
  cloud: 'aws',
  needles: ['Credential should be scoped to a valid region'],
  patterns: [like(/Credential should be scoped to a valid region/)],
  meaning: (v) => ({
    happened: {
      en: 'An endpoint got a request whose signature names another region.',
      ja: 'エンドポイントに、別のリージョンを指定する署名のリクエストが届きました。',
    },
    usually: {
      en: 'Usually the program calls the global endpoint of STS while the service account is set to regional ones, or the other way round.',
      ja: '多くの場合、サービスアカウントがリージョンのエンドポイントを使う設定であるのに対し、プログラムが STS のグローバルエンドポイントを呼び出しているか、その逆です。',
    },
    excludes: [{ en: 'It is no missing permission.', ja: '権限の不足が原因ではありません。' }],
    suspects: [
      {
        cause: {
          en: 'The program and the service account differ on the endpoint of STS',
          ja: 'STS のエンドポイントについて、プログラムとサービスアカウントの設定が一致していません',
        },
        decides: {
          en: 'Set the annotation eks.amazonaws.com/sts-regional-endpoints to what the program uses, and restart the pods; or let the program use regional endpoints.',
          ja: 'アノテーション eks.amazonaws.com/sts-regional-endpoints をプログラムに合わせて設定し、Pod を再起動してください。または、プログラムがリージョンのエンドポイントを使うようにしてください。',
        },
        commands: [
          sh`kubectl exec ${v.pod} -n ${v.namespace} -- printenv AWS_STS_REGIONAL_ENDPOINTS AWS_REGION`,
          sh`kubectl annotate serviceaccount ${v.serviceAccount} -n ${v.namespace} eks.amazonaws.com/sts-regional-endpoints=true`,
        ],
      },
    ],
  }),
  rules: [],
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/configure-sts-endpoint.html'],
  examples: [
    {
      from: 'botocore',
      text: "An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: Credential should be scoped to a valid region, not 'us-east-1'.",
    },
  ],
};

export const awsWebIdentityKinds = [
  denied,
  noProvider,
  wrongAudience,
  keysUnreachable,
  tokenInvalid,
  tokenExpired,
  arnInvalid,
  sessionTooLong,
  regionDisabled,
  wrongScope,
];
