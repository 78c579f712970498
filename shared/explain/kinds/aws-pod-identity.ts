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
    cause: 'The agent does not run on the node of the pod',
    decides:
      'Where a node is without a running agent, install the add-on with the second (EKS Auto Mode and Fargate need or know none).',
    commands: [
      'kubectl get pods --namespace=kube-system -l app.kubernetes.io/name=eks-pod-identity-agent -o wide',
      sh`aws eks create-addon --cluster-name ${v.cluster} --addon-name eks-pod-identity-agent ${inRegion(known)}`.trimEnd(),
    ],
  };
}

const trustRefuses: ErrorKind = {
  id: 'eks-pod-identity-trust',
  row: 'A3',
  title: 'EKS may not assume the role of the Pod Identity association',
  cloud: 'aws',
  needles: ['EKS does not have permissions to assume the associated role'],
  patterns: [like(/EKS does not have permissions to assume the associated role/)],
  covers: ['aws-denied', 'aws-no-credentials', 'eks-pod-identity-denied'],
  meaning: (v, known) => ({
    happened:
      'The pod has an association, and the trust policy of its role does not let pods.eks.amazonaws.com in.',
    usually:
      'Usually the role is still written for IRSA, or its policy lacks sts:TagSession, which Pod Identity needs besides sts:AssumeRole.',
    excludes: [
      'It is no OIDC provider and no annotation: Pod Identity uses neither, and comes before them where both are set.',
    ],
    suspects: [
      {
        cause:
          'The trust policy lacks the principal pods.eks.amazonaws.com, or one of sts:AssumeRole and sts:TagSession',
        decides:
          'The first gives the id of the association, the second its role; the policy that the third prints must allow the service pods.eks.amazonaws.com both actions, and its conditions on aws:RequestTag must name this cluster and namespace.',
        commands: [
          association(v, known),
          sh`aws eks describe-pod-identity-association --cluster-name ${v.cluster} --association-id ${v.associationId} --query association.roleArn ${inRegion(known)}`.trimEnd(),
          sh`aws iam get-role --role-name ${v.roleName} --query Role.AssumeRolePolicyDocument`,
        ],
      },
      {
        cause: 'The role does not exist any more, or is in another account than the cluster',
        decides:
          'The role of the association must exist in the account of the cluster; another account takes a target role besides.',
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
  title: 'The Pod Identity agent got no credentials from EKS',
  cloud: 'aws',
  needles: ['unable to fetch credentials from EKS Auth', 'AssumeRoleForPodIdentity', 'No association found'],
  patterns: [
    like(/unable to fetch credentials from EKS Auth/),
    like(/An error occurred \((?<code>\w{1,60})\) when calling the AssumeRoleForPodIdentity operation/),
    like(/operation error EKS Auth: AssumeRoleForPodIdentity/),
  ],
  covers: ['aws-denied', 'aws-no-credentials'],
  meaning: (v, known) => ({
    happened: 'The agent on the node asked EKS for the credentials of the pod and was refused.',
    usually:
      'Usually the association is missing or the pod is older than it, or the role of the node lacks eks-auth:AssumeRoleForPodIdentity.',
    suspects: [
      {
        cause: 'There is no association for the service account, or the pod is older than it',
        decides: 'Where the first lists none, make one with the second; where it does, restart the pod.',
        commands: [
          association(v, known),
          sh`aws eks create-pod-identity-association --cluster-name ${v.cluster} --namespace ${v.namespace} --service-account ${v.serviceAccount} --role-arn ${v.roleArn} ${inRegion(known)}`.trimEnd(),
        ],
      },
      {
        cause: 'The role of the node may not call EKS Auth',
        decides: 'The policies must hold AmazonEKSWorkerNodePolicy, or eks-auth:AssumeRoleForPodIdentity.',
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
  title: 'The Pod Identity agent on the node does not answer',
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
    happened: 'The pod was set up for Pod Identity, and nothing answered at the address of the agent.',
    usually:
      'Usually the add-on eks-pod-identity-agent is not installed or not ready on that node, or a proxy or network policy stands between.',
    excludes: ['It is no trust policy: EKS was not asked.'],
    suspects: [
      agentAbsent(v, known),
      {
        cause: 'A proxy takes the request',
        decides: 'Where HTTP_PROXY is set, NO_PROXY must hold 169.254.170.23 and [fd00:ec2::23].',
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
  title: 'The token that the pod showed to the Pod Identity agent is not valid any more',
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
    happened: 'EKS refused the token itself, because its time has passed or it cannot be read.',
    usually:
      'Usually the program keeps the first token that it read, or the agent still tries for a pod that has ended; the latter is harmless.',
    excludes: ['It is neither the association nor the trust policy.'],
    suspects: [
      {
        cause: 'The program keeps the first token, or its pod has ended',
        decides:
          'Where the pod still runs, update the SDK or let it read the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE each time.',
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
