/** EKS Pod Identity: the agent on the node, and the role behind an association. */
import { sh } from '../../shell.ts';
import { like, type ErrorKind, type FilledValues, type Suspect, type Values } from '../error-kind.ts';
import { inRegion } from './aws-web-identity.ts';

const podIdentity = 'https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html';
const trustOfPodIdentity = 'https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html';

function association(v: FilledValues, known: Values): string {
  return sh`aws eks list-pod-identity-associations --cluster-name ${v.cluster} --namespace ${v.namespace} --service-account ${v.serviceAccount} ${inRegion(known)}`.trimEnd();
}

function agentAbsent(v: FilledValues, known: Values): Suspect {
  return {
    cause: {
      en: 'The agent does not run on the node of the pod',
      ja: 'Pod のノードでエージェントが動作していません',
    },
    decides: {
      en: 'Where a node is without a running agent, install the add-on with the second (EKS Auto Mode and Fargate need or know none).',
      ja: 'エージェントが動作していないノードがある場合は、2 番目のコマンドでアドオンをインストールしてください (EKS Auto Mode では不要であり、Fargate では使えません)。',
    },
    commands: [
      'kubectl get pods --namespace=kube-system -l app.kubernetes.io/name=eks-pod-identity-agent -o wide',
      sh`aws eks create-addon --cluster-name ${v.cluster} --addon-name eks-pod-identity-agent ${inRegion(known)}`.trimEnd(),
    ],
  };
}

const trustRefuses: ErrorKind = {
  id: 'eks-pod-identity-trust',
  row: 'A3',
  title: {
    en: 'EKS may not assume the role of the Pod Identity association',
    ja: 'EKS が Pod Identity の関連付けのロールを引き受けられません',
  },
  cloud: 'aws',
  needles: ['EKS does not have permissions to assume the associated role'],
  patterns: [like(/EKS does not have permissions to assume the associated role/)],
  covers: ['aws-denied', 'aws-no-credentials', 'eks-pod-identity-denied'],
  meaning: (v, known) => ({
    happened: {
      en: 'The pod has an association, and the trust policy of its role does not let pods.eks.amazonaws.com in.',
      ja: 'Pod には関連付けがありますが、そのロールの信頼ポリシーが pods.eks.amazonaws.com を許可していません。',
    },
    usually: {
      en: 'Usually the role is still written for IRSA, or its policy lacks sts:TagSession, which Pod Identity needs besides sts:AssumeRole.',
      ja: '多くの場合、ロールが IRSA 向けのままであるか、Pod Identity が sts:AssumeRole のほかに必要とする sts:TagSession が信頼ポリシーにありません。',
    },
    excludes: [
      {
        en: 'It is no OIDC provider and no annotation: Pod Identity uses neither, and comes before them where both are set.',
        ja: 'OIDC プロバイダーやアノテーションが原因ではありません。Pod Identity はどちらも使いません。IRSA も設定されている場合は、Pod Identity が優先されます。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The trust policy lacks the principal pods.eks.amazonaws.com, or one of sts:AssumeRole and sts:TagSession',
          ja: '信頼ポリシーに、プリンシパル pods.eks.amazonaws.com、または sts:AssumeRole と sts:TagSession のどちらかがありません',
        },
        decides: {
          en: 'The first gives the id of the association, the second its role; the policy that the third prints must allow the service pods.eks.amazonaws.com both actions, and its conditions on aws:RequestTag must name this cluster and namespace.',
          ja: '1 番目のコマンドで関連付けの ID、2 番目のコマンドでそのロールがわかります。3 番目のコマンドが表示するポリシーは、サービス pods.eks.amazonaws.com に両方のアクションを許可している必要があります。aws:RequestTag の条件は、このクラスターと名前空間を指定している必要があります。',
        },
        commands: [
          association(v, known),
          sh`aws eks describe-pod-identity-association --cluster-name ${v.cluster} --association-id ${v.associationId} --query association.roleArn ${inRegion(known)}`.trimEnd(),
          sh`aws iam get-role --role-name ${v.roleName} --query Role.AssumeRolePolicyDocument`,
        ],
      },
      {
        cause: {
          en: 'The role does not exist any more, or is in another account than the cluster',
          ja: 'ロールがすでに存在しないか、クラスターとは別のアカウントにあります',
        },
        decides: {
          en: 'The role of the association must exist in the account of the cluster; another account takes a target role besides.',
          ja: '関連付けのロールは、クラスターのアカウントに存在する必要があります。別のアカウントのロールを使うには、さらにターゲットロールの指定が必要です。',
        },
        commands: [sh`aws iam get-role --role-name ${v.roleName} --query Role.Arn --output text`],
      },
    ],
  }),
  rules: ['eks/pod-identity-trust', 'eks/pod-identity-shadows-irsa'],
  references: [trustOfPodIdentity],
  examples: [
    {
      from: 'botocore',
      text: 'Error when retrieving credentials from container-role: Error retrieving metadata: Received non 200 response 400 from container metadata: [a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7]: (AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client',
    },
    {
      from: 'CloudTrail',
      text: '{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole"},"eventSource":"eks-auth.amazonaws.com","eventName":"AssumeRoleForPodIdentity","awsRegion":"eu-west-1","errorCode":"AccessDenied","errorMessage":"Unauthorized Exception! EKS does not have permissions to assume the associated role.","requestParameters":{"clusterName":"prod"}}',
      values: { cluster: 'prod', region: 'eu-west-1' },
    },
  ],
};

const podIdentityDenied: ErrorKind = {
  id: 'eks-pod-identity-denied',
  row: 'A3',
  title: {
    en: 'The Pod Identity agent got no credentials from EKS',
    ja: 'Pod Identity エージェントが EKS から認証情報を取得できません',
  },
  cloud: 'aws',
  needles: ['unable to fetch credentials from EKS Auth', 'AssumeRoleForPodIdentity', 'No association found'],
  patterns: [
    like(/unable to fetch credentials from EKS Auth/),
    like(/An error occurred \((?<code>\w{1,60})\) when calling the AssumeRoleForPodIdentity operation/),
    like(/operation error EKS Auth: AssumeRoleForPodIdentity/),
  ],
  covers: ['aws-denied', 'aws-no-credentials'],
  meaning: (v, known) => ({
    happened: {
      en: 'The agent on the node asked EKS for the credentials of the pod and was refused.',
      ja: 'ノード上のエージェントが EKS に Pod の認証情報を要求し、拒否されました。',
    },
    usually: {
      en: 'Usually the association is missing or the pod is older than it, or the role of the node lacks eks-auth:AssumeRoleForPodIdentity.',
      ja: '多くの場合、関連付けがないか、Pod が関連付けより古いか、ノードのロールに eks-auth:AssumeRoleForPodIdentity がありません。',
    },
    suspects: [
      {
        cause: {
          en: 'There is no association for the service account, or the pod is older than it',
          ja: 'サービスアカウントに関連付けがないか、Pod が関連付けより前に作成されています',
        },
        decides: {
          en: 'Where the first lists none, make one with the second; where it does, restart the pod.',
          ja: '1 番目のコマンドに関連付けが表示されない場合は、2 番目のコマンドで作成してください。表示される場合は、Pod を再起動してください。',
        },
        commands: [
          association(v, known),
          sh`aws eks create-pod-identity-association --cluster-name ${v.cluster} --namespace ${v.namespace} --service-account ${v.serviceAccount} --role-arn ${v.roleArn} ${inRegion(known)}`.trimEnd(),
        ],
      },
      {
        cause: {
          en: 'The role of the node may not call EKS Auth',
          ja: 'ノードのロールに EKS Auth を呼び出す権限がありません',
        },
        decides: {
          en: 'The policies must hold AmazonEKSWorkerNodePolicy, or eks-auth:AssumeRoleForPodIdentity.',
          ja: 'ポリシーに AmazonEKSWorkerNodePolicy または eks-auth:AssumeRoleForPodIdentity が含まれている必要があります。',
        },
        commands: [sh`aws iam list-attached-role-policies --role-name ${v.nodeRole}`],
      },
    ],
  }),
  rules: ['eks/pod-identity-association', 'eks/pod-identity-trust'],
  references: [podIdentity],
  examples: [
    {
      from: 'botocore',
      text: 'Error when retrieving credentials from container-role: Error retrieving metadata: Received non 200 response 500 from container metadata: [a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7]: unable to fetch credentials from EKS Auth: operation error EKS Auth: AssumeRoleForPodIdentity, https response error StatusCode: 400',
    },
  ],
};

const agentUnreachable: ErrorKind = {
  id: 'eks-pod-identity-agent-unreachable',
  row: 'A1',
  title: {
    en: 'The Pod Identity agent on the node does not answer',
    ja: 'ノード上の Pod Identity エージェントが応答しません',
  },
  cloud: 'aws',
  needles: ['169.254.170.23', 'fd00:ec2::23', 'Called agent through invalid address'],
  patterns: [
    like(
      /(?:169\.254\.170\.23|\[?fd00:ec2::23\]?)[^\n]{0,200}(?:context deadline exceeded|i\/o timeout|connection refused|timed out|timeout|no route to host)/i,
    ),
    like(
      /(?:timed out|timeout|connect(?:ion)? refused|ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH)[^\n]{0,120}(?:169\.254\.170\.23|fd00:ec2::23)/i,
    ),
    like(/Called agent through invalid address/),
  ],
  covers: ['aws-no-credentials', 'aws-endpoint-unreachable'],
  meaning: (v, known) => ({
    happened: {
      en: 'The pod was set up for Pod Identity, and nothing answered at the address of the agent.',
      ja: 'Pod は Pod Identity を使うように設定されていますが、エージェントのアドレスから応答がありませんでした。',
    },
    usually: {
      en: 'Usually the add-on eks-pod-identity-agent is not installed or not ready on that node, or a proxy or network policy stands between.',
      ja: '多くの場合、アドオン eks-pod-identity-agent がインストールされていないか、そのノードで準備完了になっていないか、プロキシやネットワークポリシーが通信を遮っています。',
    },
    excludes: [
      {
        en: 'It is no trust policy: EKS was not asked.',
        ja: '信頼ポリシーが原因ではありません。EKS には問い合わせていません。',
      },
    ],
    suspects: [
      agentAbsent(v, known),
      {
        cause: { en: 'A proxy takes the request', ja: 'リクエストがプロキシに送られています' },
        decides: {
          en: 'Where HTTP_PROXY is set, NO_PROXY must hold 169.254.170.23 and [fd00:ec2::23].',
          ja: 'HTTP_PROXY が設定されている場合は、NO_PROXY に 169.254.170.23 と [fd00:ec2::23] を含める必要があります。',
        },
        commands: [sh`kubectl exec ${v.pod} -n ${v.namespace} -- printenv HTTP_PROXY HTTPS_PROXY NO_PROXY`],
      },
    ],
  }),
  rules: ['eks/pod-identity-agent-missing'],
  references: [podIdentity],
  examples: [
    {
      from: 'Go 2',
      text: 'failed to refresh cached credentials, failed to load credentials, Get "http://169.254.170.23/v1/credentials": context deadline exceeded',
    },
    { from: 'JavaScript 3', text: 'Error: connect ECONNREFUSED 169.254.170.23:80' },
    {
      from: 'agent',
      text: 'Called agent through invalid address, please use either 169.254.170.23 or fd00:ec2::23',
    },
  ],
};

const podTokenExpired: ErrorKind = {
  id: 'eks-pod-identity-token-expired',
  row: 'A3',
  title: {
    en: 'The token that the pod showed to the Pod Identity agent is not valid any more',
    ja: 'Pod が Pod Identity エージェントに提示したトークンが無効になっています',
  },
  cloud: 'aws',
  needles: [
    'The token included in the request is expired',
    'Service account token cannot be parsed',
    'InvalidTokenException',
  ],
  patterns: [
    like(/\(ExpiredTokenException\): The token included in the request is expired/),
    like(/Service account token cannot be parsed/),
    like(/operation error EKS Auth: AssumeRoleForPodIdentity[^\n]{0,200}InvalidTokenException/),
  ],
  covers: ['aws-denied', 'aws-no-credentials', 'aws-token-expired', 'eks-pod-identity-denied'],
  meaning: (v) => ({
    happened: {
      en: 'EKS refused the token itself, because its time has passed or it cannot be read.',
      ja: '有効期限が切れているか解析できないため、EKS がトークン自体を拒否しました。',
    },
    usually: {
      en: 'Usually the program keeps the first token that it read, or the agent still tries for a pod that has ended; the latter is harmless.',
      ja: '多くの場合、プログラムが最初に読み取ったトークンを使い続けているか、エージェントがすでに終了した Pod の認証情報を要求し続けています。後者に実害はありません。',
    },
    excludes: [
      {
        en: 'It is neither the association nor the trust policy.',
        ja: '関連付けや信頼ポリシーが原因ではありません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'The program keeps the first token, or its pod has ended',
          ja: 'プログラムが最初のトークンを使い続けているか、Pod がすでに終了しています',
        },
        decides: {
          en: 'Where the pod still runs, update the SDK or let it read the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE each time.',
          ja: 'Pod がまだ動いている場合は、SDK を更新するか、AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE のファイルを毎回読み直すようにしてください。',
        },
        commands: [
          sh`kubectl get pod ${v.pod} -n ${v.namespace} -o wide`,
          sh`kubectl exec ${v.pod} -n ${v.namespace} -- printenv AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`,
        ],
      },
    ],
  }),
  rules: [],
  references: [podIdentity],
  examples: [
    {
      from: 'botocore',
      text: 'Error retrieving metadata: Received non 200 response 400 from container metadata: [a3ead691-bf6c-4a2b-93b6-d9b6b6a1f0c7]: (ExpiredTokenException): The token included in the request is expired: current date/time 1706541900 must be before the expiration date/time 1706541000, fault: client',
    },
    { from: 'agent', text: 'Service account token cannot be parsed' },
  ],
};

export const awsPodIdentityKinds = [trustRefuses, podIdentityDenied, agentUnreachable, podTokenExpired];
