/** Row A1: the SDK found no credentials, or none that still hold. */
import { sh } from '../../shell.ts';
import { en, ja, type Localized } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect } from '../error-kind.ts';

const sdkVersions =
  'https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts-minimum-sdk.html';
const podRoles = 'https://docs.aws.amazon.com/eks/latest/userguide/pod-configuration.html';

/** Oldest SDKs that know web identity; source: EKS User Guide, "Use IRSA with the AWS SDK". */
const oldestSdks: Localized = {
  en: 'Java 2 2.10.11, Java 1 1.11.704, Go 1 1.23.13, boto3 1.9.220, botocore 1.12.200, AWS CLI 1.16.232, JavaScript 2 2.525.0 and 3 3.27.0, Ruby 3.58.0, C++ 1.7.174, .NET 3.3.659.1, PHP 3.110.7',
  ja: 'Java 2 は 2.10.11、Java 1 は 1.11.704、Go 1 は 1.23.13、boto3 は 1.9.220、botocore は 1.12.200、AWS CLI は 1.16.232、JavaScript 2 は 2.525.0、JavaScript 3 は 3.27.0、Ruby は 3.58.0、C++ は 1.7.174、.NET は 3.3.659.1、PHP は 3.110.7',
};

/** Whether the service account carries a role at all; the first step of the article. */
function annotationMissing(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The service account that the pod uses is not annotated with a role',
      ja: 'Pod が使うサービスアカウントに、ロールのアノテーションがありません',
    },
    decides: {
      en: 'Where the first prints no service account of yours, or the second no ARN, annotate it as the third does, and start the pods anew.',
      ja: '1 番目のコマンドが意図したサービスアカウントを表示しない場合、または 2 番目のコマンドが ARN を表示しない場合は、3 番目のコマンドのようにアノテーションを付け、Pod を再起動してください。',
    },
    commands: [
      sh`kubectl get pod ${v.pod} -n ${v.namespace} -o jsonpath='{.spec.serviceAccountName}'`,
      sh`kubectl describe serviceaccount ${v.serviceAccount} -n ${v.namespace} | grep -i arn`,
      sh`kubectl annotate serviceaccount ${v.serviceAccount} -n ${v.namespace} ${`eks.amazonaws.com/role-arn=${v.roleArn}`}`,
    ],
  };
}

/** Pods keep what they were started with. */
function podNotInjected(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The pod is older than the annotation, or the webhook missed it, so nothing was put into it',
      ja: 'Pod がアノテーションより古いか、作成時に Webhook が応答しなかったため、Pod に何も注入されていません',
    },
    decides: {
      en: 'Where the first prints neither AWS_WEB_IDENTITY_TOKEN_FILE nor AWS_CONTAINER_CREDENTIALS_FULL_URI, restart its workload; where it happens again, the second must list the webhook of EKS.',
      ja: '1 番目のコマンドが AWS_WEB_IDENTITY_TOKEN_FILE も AWS_CONTAINER_CREDENTIALS_FULL_URI も表示しない場合は、ワークロードを再起動してください。それでも変わらない場合は、2 番目のコマンドで EKS の Webhook が表示されることを確認してください。',
    },
    commands: [
      sh`kubectl get pod ${v.pod} -n ${v.namespace} -o jsonpath='{.spec.containers[*].env[*].name}'`,
      'kubectl get mutatingwebhookconfigurations pod-identity-webhook',
    ],
  };
}

const noCredentials: ErrorKind = {
  id: 'aws-no-credentials',
  row: 'A1',
  title: { en: 'The AWS SDK found no credentials', ja: 'AWS SDK が認証情報を見つけられません' },
  cloud: 'aws',
  needles: [
    'Unable to locate credentials',
    'NoCredentialsError',
    'NoCredentialProviders',
    'no EC2 instance role found',
    'no EC2 IMDS role found',
    'Unable to load credentials from any of the providers in the chain',
    'Unable to load AWS credentials from any provider in the chain',
    'Could not load credentials from any providers',
    'Missing credentials in config',
    'Unable to get IAM security credentials from EC2 Instance Metadata Service',
    'Failed to resolve AWS credentials',
    'unable to sign request without credentials set',
    'no providers in chain provided credentials',
    'the credential provider was not enabled',
    'failed to load IMDS session token',
    'Error retrieving credentials from the instance profile metadata service',
    'Could not find environment variable credentials in AWS_ACCESS_KEY_ID',
    'No credentials could be loaded from the chain',
    'No identity could be resolved from the chain',
    'aws.webIdentityTokenFile',
    '認証情報が見つからない',
  ],
  patterns: [
    like(/Unable to locate credentials/),
    like(/NoCredentialsError/),
    like(/NoCredentialProviders: no valid providers in chain/),
    like(/EC2RoleRequestError: no EC2 instance role found/),
    like(/no EC2 IMDS role found/),
    like(/Unable to load credentials from any of the providers in the chain/),
    like(/Unable to load AWS credentials from any provider in the chain/),
    like(/Could not load credentials from any providers/),
    like(/Missing credentials in config/),
    like(/Unable to get IAM security credentials from EC2 Instance Metadata Service/),
    like(/Failed to resolve AWS credentials/),
    like(/unable to sign request without credentials set/),
    like(/no providers in chain provided credentials/),
    like(/the credential provider was not enabled/),
    like(/failed to load IMDS session token/),
    like(/Error retrieving credentials from the instance profile metadata service/),
    like(/Could not find environment variable credentials in AWS_ACCESS_KEY_ID/),
    like(
      /No (?:credentials could be loaded|identity could be resolved) from the chain: CredentialsProviderChain/,
    ),
    like(/AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty aws\.webIdentityTokenFile must be set/),
    like(/認証情報が見つからない/),
  ],
  meaning: (v) => ({
    happened: {
      en: 'The SDK asked every source of credentials that it knows, and none had any; no request was sent to AWS.',
      ja: 'SDK は対応しているすべての取得元を調べましたが、認証情報はどこにもありませんでした。AWS にはリクエストを送っていません。',
    },
    usually: {
      en: 'Usually the pod has no role: its service account is not annotated, or the pod was started before it was. Then the SDK looks for the role of the node, which pods cannot reach where the hop limit is 1.',
      ja: '多くの場合、Pod にロールがありません。サービスアカウントにアノテーションがないか、アノテーションを付ける前に Pod が起動しています。その場合 SDK はノードのロールを使おうとしますが、ホップ制限が 1 のノードでは、Pod からノードのロールの認証情報に到達できません。',
    },
    excludes: [
      {
        en: 'It is no trust policy and no missing permission: AWS was not asked.',
        ja: '信頼ポリシーや権限の不足が原因ではありません。AWS には問い合わせていません。',
      },
    ],
    suspects: [
      annotationMissing(v),
      podNotInjected(v),
      {
        cause: {
          en: 'The SDK is too old to know web identity tokens, or its chain of sources was replaced in the code',
          ja: 'SDK が古くてウェブ ID トークンに対応していないか、認証情報プロバイダーチェーンがコードで置き換えられています',
        },
        decides: {
          en: en`The pod has AWS_WEB_IDENTITY_TOKEN_FILE and the error stays: compare the version with the oldest that know it: ${oldestSdks}.`,
          ja: ja`Pod に AWS_WEB_IDENTITY_TOKEN_FILE があるのにエラーが続く場合は、SDK のバージョンを、ウェブ ID トークンに対応する最も古いバージョンと比較してください: ${oldestSdks}。`,
        },
        commands: [
          sh`kubectl exec ${v.pod} -n ${v.namespace} -- printenv AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE`,
        ],
      },
    ],
  }),
  rules: [
    'eks/service-account-not-annotated',
    'eks/service-account-annotation-key',
    'eks/pod-without-identity',
    'eks/pod-identity-webhook-missing',
    'eks/pod-identity-agent-missing',
    'eks/pod-identity-association',
    'eks/sdk-too-old',
  ],
  references: [podRoles, sdkVersions],
  examples: [
    {
      from: 'botocore',
      text: 'File "/usr/local/lib/python2.7/site-packages/botocore/auth.py", line 315, in add_auth\nraise NoCredentialsError\nbotocore.exceptions.NoCredentialsError: Unable to locate credentials',
    },
    {
      from: 'AWS CLI',
      text: 'Unable to locate credentials. You can configure credentials by running "aws configure".',
    },
    {
      from: 'Go 1',
      text: 'NoCredentialProviders: no valid providers in chain. Deprecated.\n\tFor verbose messaging see aws.Config.CredentialsChainVerboseErrors',
    },
    { from: 'Go 1', text: 'EC2RoleRequestError: no EC2 instance role found' },
    {
      from: 'Go 2',
      text: 'operation error S3: ListBuckets, get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, http response error StatusCode: 404, request to EC2 IMDS failed',
    },
    {
      from: 'Java 2',
      text: 'software.amazon.awssdk.core.exception.SdkClientException: Unable to load credentials from any of the providers in the chain AwsCredentialsProviderChain(credentialsProviders=[SystemPropertyCredentialsProvider(), EnvironmentVariableCredentialsProvider()])',
    },
    {
      from: 'Java 1',
      text: 'com.amazonaws.SdkClientException: Unable to load AWS credentials from any provider in the chain: [EnvironmentVariableCredentialsProvider: Unable to load AWS credentials from environment variables]',
    },
    { from: 'JavaScript 3', text: 'CredentialsProviderError: Could not load credentials from any providers' },
    {
      from: 'JavaScript 2',
      text: 'CredentialsError: Missing credentials in config, if using AWS_CONFIG_FILE, set AWS_SDK_LOAD_CONFIG=1',
    },
    {
      from: '.NET',
      text: 'Amazon.Runtime.AmazonServiceException: Unable to get IAM security credentials from EC2 Instance Metadata Service.',
    },
    {
      from: 'Ruby',
      text: 'unable to sign request without credentials set (Aws::Errors::MissingCredentialsError)',
    },
    {
      from: 'Rust',
      text: 'dispatch failure: other: the credential provider was not enabled: no providers in chain provided credentials',
    },
    {
      from: 'PHP',
      text: 'Aws\\Exception\\CredentialsException: Error retrieving credentials from the instance profile metadata service. (cURL error 28: Connection timed out after 1000 milliseconds)',
    },
    {
      from: 'Kotlin',
      text: 'No credentials could be loaded from the chain: CredentialsProviderChain -> EnvironmentCredentialsProvider -> ProfileCredentialsProvider -> StsWebIdentityProvider -> EcsCredentialsProvider -> ImdsCredentialsProvider',
    },
    {
      from: 'Kotlin',
      text: 'aws.smithy.kotlin.runtime.identity.IdentityProviderException: No identity could be resolved from the chain: CredentialsProviderChain -> SystemPropertyCredentialsProvider -> EnvironmentCredentialsProvider',
    },
    {
      from: 'Java 2',
      text: 'java.lang.IllegalStateException: Either the environment variable AWS_WEB_IDENTITY_TOKEN_FILE or the javaproperty aws.webIdentityTokenFile must be set.',
    },
    { from: 'the article in Japanese', text: '  • NoCredentialsError: 認証情報が見つからない' },
  ],
};

const moduleMissing: ErrorKind = {
  id: 'aws-sdk-module-missing',
  row: 'A1',
  title: {
    en: 'The SDK lacks the module that exchanges web identity tokens',
    ja: 'ウェブ ID トークンを交換するモジュールが SDK にありません',
  },
  cloud: 'aws',
  needles: ['module must be on the class path', 'AWSSDK.SecurityToken could not be found'],
  patterns: [
    like(/the 'sts' service module must be on the class path/),
    like(/the aws-java-sdk-sts module must be on the class path/),
    like(/Assembly AWSSDK\.SecurityToken could not be found or loaded/),
  ],
  covers: ['aws-no-credentials'],
  meaning: () => ({
    happened: {
      en: 'The pod has a role and a token, but the program was built without the part of the SDK that calls STS.',
      ja: 'Pod にはロールとトークンがありますが、SDK のうち STS を呼び出す部分がプログラムに含まれていません。',
    },
    usually: {
      en: 'Usually the dependency is missing from the build, or was removed by a tool that drops unused classes.',
      ja: '多くの場合、ビルドの依存関係に含まれていないか、未使用のクラスを取り除くツールによって削除されています。',
    },
    excludes: [
      {
        en: 'It is neither the annotation nor the trust policy: STS was never called.',
        ja: 'アノテーションや信頼ポリシーが原因ではありません。STS は呼び出されていません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The build lacks software.amazon.awssdk:sts (Java 2), aws-java-sdk-sts (Java 1) or AWSSDK.SecurityToken (.NET)',
          ja: 'ビルドに software.amazon.awssdk:sts (Java 2)、aws-java-sdk-sts (Java 1)、または AWSSDK.SecurityToken (.NET) がありません',
        },
        decides: {
          en: 'Where your build tool prints nothing, add the dependency in the version of the rest of the SDK.',
          ja: '使用しているビルドツールのコマンドが何も表示しない場合は、SDK のほかの部分と同じバージョンの依存関係を追加してください。',
        },
        commands: [
          "mvn dependency:tree | grep -i -- '-sts\\|:sts'",
          'dotnet list package | grep -i AWSSDK.SecurityToken',
        ],
      },
    ],
  }),
  rules: [],
  references: [sdkVersions],
  examples: [
    {
      from: 'Java 2',
      text: "To use web identity tokens, the 'sts' service module must be on the class path.",
    },
    {
      from: 'Java 1',
      text: 'WebIdentityTokenCredentialsProvider: To use assume role profiles the aws-java-sdk-sts module must be on the class path.',
    },
    {
      from: '.NET',
      text: 'System.InvalidOperationException: Assembly AWSSDK.SecurityToken could not be found or loaded. This assembly must be available at runtime to use Amazon.Runtime.AssumeRoleAWSCredentials.',
    },
  ],
};

const tokenFileUnreadable: ErrorKind = {
  id: 'aws-token-file-unreadable',
  row: 'A1',
  title: {
    en: "The program cannot read the service account's token",
    ja: 'プログラムがサービスアカウントのトークンを読み取れません',
  },
  cloud: 'aws',
  needles: [
    'failed fetching WebIdentity token',
    'unable to read file at',
    'Missing :web_identity_token_file parameter',
    'serviceaccount/token',
  ],
  patterns: [
    like(/WebIdentityErr: (?:failed fetching WebIdentity token|unable to read file at)/),
    like(/Missing :web_identity_token_file parameter or invalid file path/),
    like(/Permission denied:? '?\/var\/run\/secrets\/eks\.amazonaws\.com\/serviceaccount\/token/),
    like(
      /\/var\/run\/secrets\/eks\.amazonaws\.com\/serviceaccount\/token\W{0,3}(?: failed to open stream)?:? (?:Permission denied|permission denied|No such file|no such file)/,
    ),
  ],
  covers: ['aws-no-credentials'],
  meaning: (v) => ({
    happened: {
      en: 'The environment names a token file, and the program could not open it; STS was not called.',
      ja: '環境変数にトークンファイルが指定されていますが、プログラムはこのファイルを開けませんでした。STS は呼び出されていません。',
    },
    usually: {
      en: 'Usually the container runs as a user who may not read the projected token, or the variable was set by hand in a pod into which nothing was mounted.',
      ja: '多くの場合、コンテナの実行ユーザーがマウントされたトークンを読み取れないか、何もマウントされていない Pod に環境変数が手動で設定されています。',
    },
    excludes: [
      {
        en: 'It is no trust policy: no token was shown to AWS.',
        ja: '信頼ポリシーが原因ではありません。AWS にトークンを提示していません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The container runs as another user than the owner of the token',
          ja: 'コンテナの実行ユーザーがトークンの所有者と異なります',
        },
        decides: {
          en: 'Where the first prints "Permission denied", set spec.securityContext.fsGroup in the pod (65534, or a group of the container) as the second does for a Deployment.',
          ja: '1 番目のコマンドが "Permission denied" を表示する場合は、Pod の spec.securityContext.fsGroup に 65534 またはコンテナのグループを設定してください。Deployment の場合は 2 番目のコマンドで設定できます。',
        },
        commands: [
          sh`kubectl exec ${v.pod} -n ${v.namespace} -- ls -lL /var/run/secrets/eks.amazonaws.com/serviceaccount/token`,
          sh`kubectl patch deployment ${v.deployment} -n ${v.namespace} --type merge -p ${'{"spec":{"template":{"spec":{"securityContext":{"fsGroup":65534}}}}}'}`,
        ],
      },
      podNotInjected(v),
    ],
  }),
  rules: [],
  references: [podRoles],
  examples: [
    {
      from: 'Go 1',
      text: 'WebIdentityErr: failed fetching WebIdentity token: \ncaused by: WebIdentityErr: unable to read file at /var/run/secrets/eks.amazonaws.com/serviceaccount/token\ncaused by: open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: permission denied',
    },
    {
      from: 'Ruby',
      text: 'Missing :web_identity_token_file parameter or invalid file path provided. (Aws::Errors::MissingWebIdentityTokenFile)',
    },
    {
      from: 'PHP',
      text: 'Warning: file_get_contents(/var/run/secrets/eks.amazonaws.com/serviceaccount/token): failed to open stream: Permission denied in AssumeRoleWithWebIdentityCredentialProvider.php on line 97',
    },
    {
      from: 'Python',
      text: "PermissionError: [Errno 13] Permission denied: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token'",
    },
  ],
};

const credentialsExpired: ErrorKind = {
  id: 'aws-credentials-expired',
  row: null,
  title: {
    en: 'AWS no longer takes the credentials, or never knew them',
    ja: '認証情報の有効期限が切れているか、AWS が認識しない認証情報です',
  },
  cloud: 'aws',
  needles: [
    'The security token included in the request is',
    'The provided token has expired',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
  ],
  patterns: [
    like(/The security token included in the request is (?:expired|invalid)/),
    like(
      /\(ExpiredToken\) when calling the (?!AssumeRole)\w{2,80} operation: The provided token has expired/,
    ),
    like(/(?:InvalidClientTokenId|UnrecognizedClientException)/),
  ],
  meaning: (v) => ({
    happened: {
      en: 'A request was signed with credentials that AWS does not accept; what they may do was not looked at.',
      ja: 'AWS が受け付けない認証情報でリクエストが署名されています。権限の評価には至っていません。',
    },
    usually: {
      en: 'Usually they are keys or a session from an environment variable, a file or a cache that outlived them, and stand before the web identity in the chain of the SDK.',
      ja: '多くの場合、環境変数、ファイル、キャッシュに残った古いアクセスキーやセッションが、SDK の認証情報プロバイダーチェーンでウェブ ID より先に使われています。',
    },
    excludes: [
      {
        en: 'It is no missing permission: AWS refuses the caller, not the action.',
        ja: '権限の不足が原因ではありません。AWS が拒否しているのはアクションではなく呼び出し元です。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'Keys in the environment hide the role of the service account',
          ja: '環境変数のアクセスキーが、サービスアカウントのロールより先に使われています',
        },
        decides: {
          en: 'Where this prints AWS_ACCESS_KEY_ID, remove it from the pod; the SDK takes it before the token.',
          ja: 'このコマンドが AWS_ACCESS_KEY_ID を表示する場合は、Pod から削除してください。SDK はトークンより先にこれを使います。',
        },
        commands: [sh`kubectl exec ${v.pod} -n ${v.namespace} -- printenv | cut -d= -f1 | grep ^AWS_`],
      },
      {
        cause: {
          en: 'The program keeps a session that it got once, and does not renew it',
          ja: 'プログラムが一度取得したセッションを更新せずに使い続けています',
        },
        decides: {
          en: 'It begins an hour (or the session duration) after the start of the pod: let the SDK get the credentials for each client.',
          ja: 'Pod の起動から 1 時間後 (またはセッション時間の経過後) にエラーが始まる場合は、これが原因です。認証情報を保持せず、クライアントごとに SDK に取得させてください。',
        },
        commands: [sh`kubectl get pod ${v.pod} -n ${v.namespace} -o jsonpath='{.status.startTime}'`],
      },
    ],
  }),
  rules: [],
  references: ['https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html'],
  examples: [
    {
      from: 'botocore',
      text: 'botocore.exceptions.ClientError: An error occurred (ExpiredToken) when calling the ListObjectsV2 operation: The security token included in the request is expired',
    },
    {
      from: 'AWS CLI',
      text: 'An error occurred (ExpiredToken) when calling the ListBuckets operation: The provided token has expired.',
    },
    {
      from: 'Go 2',
      text: 'api error UnrecognizedClientException: The security token included in the request is invalid.',
    },
    {
      from: 'AWS CLI',
      text: 'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid.',
    },
  ],
};

export const awsCredentialKinds = [noCredentials, moduleMissing, tokenFileUnreadable, credentialsExpired];
