/** Callers that AWS refuses and that are no pod: users of IAM, nobody, workflows of GitHub, the kubelet of a node. */
import { sh } from '../../shell.ts';
import { en, ja, type Localized } from '../../words.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';
import {
  action,
  happenedTo,
  lessUsual,
  policyPatterns,
  refusedBy,
  usuallyOf,
  withPolicyArn,
} from './aws-denied.ts';

const accessDenied = 'https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html';
const onResource = String.raw`(?: on resource: "?(?<resource>[\w+=,.@:/*-]{1,300}[\w*]))?`;

/** Null for the root user of an account. */
function userName({ principal }: Values): string | null {
  return /:user\/(?:.*\/)?([\w+=,.@-]{1,64})$/.exec(principal ?? '')?.[1] ?? null;
}

function userText(known: Values): Localized {
  const name = userName(known);
  return name === null
    ? { en: 'The root user of the account', ja: 'アカウントのルートユーザー' }
    : { en: `The IAM user ${name}`, ja: `IAM ユーザー ${name}` };
}

function userPolicy(v: FilledValues, known: Values): Suspect {
  const name = userName(known) ?? 'USER_NAME';
  const resource = known.resource?.startsWith('arn:') ? ['--resource-arns', known.resource] : [];
  const isDeny = known.policyEffect === 'explicit';
  return {
    cause: isDeny
      ? {
          en: `A policy of the user or of a group denies ${v.action}`,
          ja: `ユーザーまたはグループのポリシーが ${v.action} を拒否しています`,
        }
      : {
          en: `No policy of the user or of a group allows ${v.action}`,
          ja: `${v.action} を許可するポリシーがユーザーにもグループにもありません`,
        },
    decides: {
      en: 'The last says explicitDeny where a Deny matches, which MatchedStatements names, and implicitDeny where the action is missing.',
      ja: '最後のコマンドは、Deny に一致する場合は explicitDeny と表示し、そのポリシーを MatchedStatements に示します。アクションが許可されていない場合は implicitDeny と表示します。',
    },
    commands: [
      sh`aws iam list-attached-user-policies --user-name ${name}`,
      sh`aws iam list-groups-for-user --user-name ${name}`,
      sh`aws iam simulate-principal-policy --policy-source-arn ${v.principal} --action-names ${v.action} ${resource}`.trimEnd(),
    ],
  };
}

function keysOfUser(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'A program uses keys of this user where a role was meant',
      ja: 'プログラムが、ロールではなくこのユーザーのアクセスキーを使っています',
    },
    decides: {
      en: 'Where a pod called, and the first prints AWS_ACCESS_KEY_ID, the SDK takes that before the role of the service account: remove it. At a terminal, the second names the caller.',
      ja: 'Pod からの呼び出しで、1 番目のコマンドが AWS_ACCESS_KEY_ID を表示する場合、SDK はサービスアカウントのロールより先にこれを使います。削除してください。端末からの呼び出しでは、2 番目のコマンドで呼び出し元がわかります。',
    },
    commands: [
      sh`kubectl exec ${v.pod} -n ${v.namespace} -- printenv | cut -d= -f1 | grep ^AWS_`,
      'aws sts get-caller-identity',
    ],
  };
}

function boundaryOfUser(known: Values): Suspect {
  return {
    cause: {
      en: 'The permissions boundary of the user leaves the action out',
      ja: 'ユーザーのアクセス許可の境界が、このアクションを許可していません',
    },
    decides: {
      en: 'The policy that this prints must allow the action too; it grants nothing by itself.',
      ja: 'このコマンドが表示するポリシーも、このアクションを許可している必要があります。このポリシーだけでは何も許可されません。',
    },
    commands: [
      sh`aws iam get-user --user-name ${userName(known) ?? 'USER_NAME'} --query User.PermissionsBoundary`,
    ],
  };
}

function suspectsOfUser(v: FilledValues, known: Values): Suspect[] {
  const identity = userName(known) === null ? [] : [keysOfUser(v), userPolicy(v, known)];
  const named = refusedBy(v, known, { identity, boundary: boundaryOfUser(known) });
  return named?.length ? named : [...identity, ...lessUsual(v, known)];
}

const ofUser = like(
  new RegExp(
    String.raw`User: (?<principal>arn:aws[a-z-]{0,10}:iam::\d{12}:(?:user\/[\w+=,.@/-]{1,300}|root)) is not authorized to perform:? ${action}${onResource}`,
  ),
);

const userDenied: ErrorKind = {
  id: 'aws-user-denied',
  row: 'A4',
  title: {
    en: 'AWS refused a user of IAM, not the role of a pod',
    ja: 'AWS が拒否したのは Pod のロールではなく IAM ユーザーです',
  },
  cloud: 'aws',
  needles: ['is not authorized to perform'],
  patterns: [
    ...policyPatterns.map(({ source }) => new RegExp(`${ofUser.source}[^]{0,20}?${source}`, 'g')),
    ofUser,
  ],
  covers: ['aws-denied'],
  meaning: (v, known) => ({
    happened: happenedTo(userText(known), known),
    usually: usuallyOf(known, {
      en: 'Usually no policy of the user or of a group has the action, or the keys of this user stand where a role was meant.',
      ja: '多くの場合、ユーザーやグループのポリシーにこのアクションがないか、ロールを使うはずの場所でこのユーザーのアクセスキーが使われています。',
    }),
    excludes: [
      {
        en: 'No role was assumed: service accounts, trust policies and the OIDC provider have no part in it.',
        ja: 'サービスアカウント、信頼ポリシー、OIDC プロバイダーは原因ではありません。ロールは引き受けられていません。',
      },
    ],
    suspects: withPolicyArn(suspectsOfUser(v, known), known),
  }),
  rules: [],
  references: [accessDenied],
  examples: [
    {
      from: 'AWS CLI',
      text: 'An error occurred (AccessDeniedException) when calling the DescribeCluster operation: User: arn:aws:iam::111122223333:user/ann is not authorized to perform: eks:DescribeCluster on resource: arn:aws:eks:eu-west-1:111122223333:cluster/prod because no identity-based policy allows the eks:DescribeCluster action',
      values: {
        principal: 'arn:aws:iam::111122223333:user/ann',
        action: 'eks:DescribeCluster',
        policyType: 'identity-based',
      },
    },
    {
      from: 'Terraform',
      text: 'Error: deleting S3 Bucket (shop): operation error S3: DeleteBucket, https response error StatusCode: 403, RequestID: A3EAD691BF6C4A2B, api error AccessDenied: User: arn:aws:iam::111122223333:root is not authorized to perform: s3:DeleteBucket on resource: "arn:aws:s3:::shop" with an explicit deny in a service control policy',
      values: { principal: 'arn:aws:iam::111122223333:root', policyType: 'service control policy' },
    },
  ],
};

const anonymousDenied: ErrorKind = {
  id: 'aws-anonymous-denied',
  row: null,
  title: {
    en: 'The request named no caller: it was not signed',
    ja: 'リクエストに呼び出し元がありません: 署名されていません',
  },
  cloud: 'aws',
  needles: ['is not authorized to perform'],
  patterns: [
    like(
      new RegExp(
        String.raw`User: (?<principal>anonymous) is not authorized to perform:? ${action}${onResource}`,
      ),
    ),
  ],
  covers: ['aws-denied'],
  meaning: (v, known) => ({
    happened: {
      en: `A request without a signature was refused ${v.action}: AWS knows no caller, so no role was looked at.`,
      ja: `署名のないリクエストによる ${v.action} の呼び出しが拒否されました。AWS には呼び出し元がわからないため、ロールは評価されていません。`,
    },
    usually: {
      en: 'Usually a plain HTTP client calls where the service wants requests that are signed (SigV4), or the client found no credentials and went on without.',
      ja: '多くの場合、署名 (SigV4) の必要なサービスを通常の HTTP クライアントで呼び出しているか、クライアントが認証情報を見つけられないまま、署名せずに呼び出しています。',
    },
    excludes: [
      {
        en: 'Policies of the role do not matter as long as nobody shows its credentials.',
        ja: 'ロールのポリシーは原因ではありません。ロールの認証情報が提示されるまで、評価されません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The client does not sign its requests',
          ja: 'クライアントがリクエストに署名していません',
        },
        decides: {
          en: en`Let the SDK, or a signing proxy or plugin, sign requests to ${known.host ?? { en: 'the service', ja: 'サービス' }} with the credentials of the pod.`,
          ja: ja`${known.host ?? { en: 'the service', ja: 'サービス' }} へのリクエストに Pod の認証情報で署名するように、SDK、または署名を行うプロキシやプラグインを使用してください。`,
        },
        commands: [],
      },
      {
        cause: {
          en: 'It is meant to be open, and the policy of the resource does not say so',
          ja: '署名なしのアクセスを許可する意図がある場合、リソースのポリシーがそれを許可していません',
        },
        decides: {
          en: 'Only a policy of the resource itself can let in requests without a signature; narrow it to networks or VPC endpoints.',
          ja: '署名のないリクエストを許可できるのは、リソース自体のポリシーだけです。許可する場合は、ネットワークや VPC エンドポイントを限定してください。',
        },
        commands: [],
      },
    ],
  }),
  rules: [],
  references: [accessDenied],
  examples: [
    {
      from: 'OpenSearch',
      text: '{"Message":"User: anonymous is not authorized to perform: es:ESHttpGet because no resource-based policy allows the es:ESHttpGet action"}',
      values: { principal: 'anonymous', action: 'es:ESHttpGet' },
    },
    {
      from: 'API Gateway',
      text: '{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********3333:abc/prod/GET/"}',
      values: { principal: 'anonymous', action: 'execute-api:Invoke' },
    },
  ],
};

const workflowRole = 'WORKFLOW_ROLE';
const github = 'token.actions.githubusercontent.com';

function workflowTrust(known: Values): Suspect {
  const role = known.roleName ?? workflowRole;
  const subject = known.subject ?? 'repo:OWNER/REPOSITORY:ref:refs/heads/BRANCH';
  return {
    cause: {
      en: 'The trust policy of the role does not allow this repository, branch or environment, or the role is another',
      ja: 'ロールの信頼ポリシーがこのリポジトリ、ブランチ、環境を許可していないか、別のロールを指定しています',
    },
    decides: {
      en: en`The condition on "${github}:sub" must match ${subject}; a job with an environment, a tag or a pull request has another. ":aud" is sts.amazonaws.com. ${known.roleName === undefined ? 'WORKFLOW_ROLE is the name in role-to-assume of the step.' : ''}`.trimEnd(),
      ja: ja`"${github}:sub" の条件は ${subject} に一致する必要があります。環境を指定したジョブ、タグ、プルリクエストでは値が異なります。":aud" は sts.amazonaws.com です。${known.roleName === undefined ? 'WORKFLOW_ROLE は、ステップの role-to-assume に指定したロールの名前です。' : ''}`,
    },
    commands: [
      sh`aws iam get-role --role-name ${role} --query Role.AssumeRolePolicyDocument`,
      'aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=AssumeRoleWithWebIdentity --query Events[].CloudTrailEvent --output text',
    ],
  };
}

const workflowRefused: ErrorKind = {
  id: 'aws-workflow-refused',
  row: null,
  title: {
    en: 'STS refused the role to a workflow of GitHub, not to a pod',
    ja: 'STS が拒否したのは Pod ではなく GitHub のワークフローです',
  },
  cloud: 'aws',
  needles: ['Could not assume role with OIDC', github],
  patterns: [
    like(/Could not assume role with OIDC: (?:Not authorized to perform|No OpenIDConnect provider found)/),
    like(
      /No OpenIDConnect provider found in your account for https:\/\/token\.actions\.githubusercontent\.com/,
    ),
    like(
      /AccessDenied\) when calling the AssumeRoleWithWebIdentity operation: [^\n]{0,200}token\.actions\.githubusercontent\.com/,
    ),
  ],
  covers: ['aws-web-identity-denied', 'aws-token-no-provider', 'aws-denied', 'aws-no-credentials'],
  meaning: (_, known) => ({
    happened: {
      en: en`A workflow of GitHub${known.subject === undefined ? '' : ` (${known.subject})`} showed STS a token of GitHub and was refused ${known.roleArn ?? { en: 'the role', ja: 'ロール' }}.`,
      ja: ja`GitHub のワークフロー${known.subject === undefined ? '' : ` (${known.subject}) `}が GitHub のトークンを STS に提示しましたが、${known.roleArn ?? { en: 'the role', ja: 'ロール' }} の引き受けを拒否されました。`,
    },
    usually: {
      en: 'Usually the trust policy names another repository, branch or environment, or the account of the role has no OIDC provider for GitHub.',
      ja: '多くの場合、信頼ポリシーが別のリポジトリ、ブランチ、環境を指定しているか、ロールのアカウントに GitHub の OIDC プロバイダーがありません。',
    },
    excludes: [
      {
        en: 'It is no service account and no annotation: no cluster has a part in it.',
        ja: 'サービスアカウントやアノテーションは原因ではありません。クラスターは関係していません。',
      },
    ],
    suspects: [
      workflowTrust(known),
      {
        cause: {
          en: 'The account of the role has no OIDC provider for GitHub; STS then says "No OpenIDConnect provider found"',
          ja: 'ロールのアカウントに GitHub の OIDC プロバイダーがありません。その場合、STS は "No OpenIDConnect provider found" を返します',
        },
        decides: {
          en: `Where this does not print ${github}, make the provider in the account of the role.`,
          ja: `このコマンドが ${github} を表示しない場合は、ロールのアカウントにプロバイダーを作成してください。`,
        },
        commands: ['aws iam list-open-id-connect-providers'],
      },
    ],
  }),
  rules: [],
  references: [
    'https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws',
    'https://github.com/aws-actions/configure-aws-credentials#oidc',
  ],
  examples: [
    {
      from: 'GitHub Actions',
      text: 'Error: Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity',
    },
    {
      from: 'GitHub Actions',
      text: 'Error: Could not assume role with OIDC: No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com',
    },
    {
      from: 'CloudTrail',
      text: '{"eventVersion":"1.08","userIdentity":{"type":"WebIdentityUser","principalId":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com:sts.amazonaws.com:repo:shop/cart:ref:refs/heads/main","userName":"repo:shop/cart:ref:refs/heads/main","identityProvider":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"},"eventTime":"2026-01-01T06:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRoleWithWebIdentity","awsRegion":"eu-west-1","errorCode":"AccessDenied","errorMessage":"An unknown error occurred","requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/deploy","roleSessionName":"GitHubActions"}}',
      values: { roleName: 'deploy', subject: 'repo:shop/cart:ref:refs/heads/main' },
    },
  ],
};

/** The registry and the name of a repository, as its ARN has them. */
function repositoryOf({ resource }: Values): { registry: string; region: string; name: string } {
  const arn = /^arn:aws[a-z-]*:ecr:([a-z0-9-]+):(\d{12}):repository\/([\w./-]{2,256})$/;
  const [, region = 'REGION', registry = 'ACCOUNT_ID', name = 'RESOURCE_NAME'] =
    arn.exec(resource ?? '') ?? [];
  return { registry, region, name };
}

function pullOfNode(v: FilledValues): Suspect {
  const partition = v.principal.split(':')[1] ?? 'aws';
  const policy = `arn:${partition}:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly`;
  return {
    cause: {
      en: 'The role of the node lacks the permission to pull images',
      ja: 'ノードのロールに、イメージを取得する権限がありません',
    },
    decides: {
      en: 'Where the first prints neither AmazonEC2ContainerRegistryPullOnly nor AmazonEC2ContainerRegistryReadOnly, attach one with the second.',
      ja: '1 番目のコマンドが AmazonEC2ContainerRegistryPullOnly も AmazonEC2ContainerRegistryReadOnly も表示しない場合は、2 番目のコマンドでアタッチしてください。',
    },
    commands: [
      sh`aws iam list-attached-role-policies --role-name ${v.roleName}`,
      sh`aws iam attach-role-policy --role-name ${v.roleName} --policy-arn ${policy}`,
    ],
  };
}

function repositoryPolicy(known: Values): Suspect {
  const { registry, region, name } = repositoryOf(known);
  return {
    cause: {
      en: 'The repository is of another account, or its policy does not let the role in',
      ja: 'リポジトリが別のアカウントにあるか、リポジトリのポリシーがロールを許可していません',
    },
    decides: {
      en: `Where the account of the node is not that of the repository (${registry}), the policy that this prints must name the account or the role.`,
      ja: `ノードのアカウントとリポジトリのアカウント (${registry}) が異なる場合は、このコマンドが表示するポリシーが、ノードのアカウントまたはロールを許可している必要があります。`,
    },
    commands: [
      sh`aws ecr get-repository-policy --registry-id ${registry} --repository-name ${name} --region ${region}`,
    ],
  };
}

const imageDenied: ErrorKind = {
  id: 'aws-image-pull-denied',
  row: 'A4',
  title: { en: 'The node may not pull the image', ja: 'ノードにイメージの取得が許可されていません' },
  cloud: 'aws',
  needles: ['is not authorized to perform'],
  patterns: [
    like(
      new RegExp(
        String.raw`User: (?<principal>arn:aws[a-z-]{0,10}:sts::\d{12}:assumed-role\/[\w+=,.@-]{1,64}\/i-[0-9a-f]{8,17}) is not authorized to perform:? (?<action>ecr:(?:BatchGetImage|GetDownloadUrlForLayer|GetAuthorizationToken|BatchCheckLayerAvailability))${onResource}`,
      ),
    ),
  ],
  covers: ['aws-node-role-denied', 'aws-denied'],
  meaning: (v, known) => ({
    happened: {
      en: `The kubelet of the instance ${v.instanceId} was refused ${v.action}: it pulls images with the role of the node, ${v.roleName}.`,
      ja: `インスタンス ${v.instanceId} の kubelet による ${v.action} の呼び出しが拒否されました。kubelet は、ノードのロール ${v.roleName} でイメージを取得します。`,
    },
    usually: {
      en: 'Usually a role of a new node group lacks the policy for pulling, or the repository is in another account.',
      ja: '多くの場合、新しいノードグループのロールに取得用のポリシーがないか、リポジトリが別のアカウントにあります。',
    },
    excludes: [
      {
        en: 'The role of the service account has no part in it: the image is pulled before the pod runs.',
        ja: 'サービスアカウントのロールは原因ではありません。イメージは Pod の実行前に取得されます。',
      },
    ],
    suspects: [pullOfNode(v), repositoryPolicy(known)],
  }),
  rules: [],
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html',
    'https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_EKS.html',
  ],
  examples: [
    {
      from: 'kubelet',
      text: 'Failed to pull image "111122223333.dkr.ecr.eu-west-1.amazonaws.com/cart:1": rpc error: code = Unknown desc = Error response from daemon: pull access denied: User: arn:aws:sts::444455556666:assumed-role/prod-nodes/i-0123456789abcdef0 is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/cart because no resource-based policy allows the ecr:BatchGetImage action',
      values: { roleName: 'prod-nodes', action: 'ecr:BatchGetImage', account: '444455556666' },
    },
  ],
};

export const awsCallerKinds = [userDenied, anonymousDenied, workflowRefused, imageDenied];
