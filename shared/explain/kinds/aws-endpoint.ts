/** Row A2: an endpoint of AWS, or CoreDNS on the way to it, cannot be reached. */
import { sh } from '../../shell.ts';
import { like, type ErrorKind } from '../error-kind.ts';

const host = String.raw`(?<host>[a-z0-9.-]{1,120}\.(?:amazonaws\.com(?:\.cn)?|api\.aws))`;

const endpointUnreachable: ErrorKind = {
  id: 'aws-endpoint-unreachable',
  row: 'A2',
  title: { en: 'An endpoint of AWS cannot be reached', ja: 'AWS のエンドポイントに到達できません' },
  cloud: 'aws',
  needles: [
    'EndpointConnectionError',
    'Could not connect to the endpoint URL',
    'Connect timeout on endpoint URL',
    'Read timeout on endpoint URL',
    'no such host',
    'i/o timeout',
    'context deadline exceeded',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ETIMEDOUT',
    'ECONNREFUSED',
    'UnknownHostException',
    'Unable to execute HTTP request',
    'Encountered a `SocketError`',
    'dispatch failure',
    'Could not resolve host',
    'Name or service not known',
    'Temporary failure in name resolution',
    'Connection timed out',
    'curlCode: ',
    'エンドポイント URL に接続できない',
  ],
  patterns: [
    like(
      new RegExp(
        String.raw`(?:Could not connect to the endpoint URL|(?:Connect|Read) timeout on endpoint URL): "https?:\/\/${host}`,
      ),
    ),
    like(/EndpointConnectionError/),
    like(new RegExp(String.raw`lookup ${host}[^\n]{0,60}(?:no such host|i\/o timeout|server misbehaving)`)),
    like(
      new RegExp(
        String.raw`"https:\/\/${host}[^"\n]{0,200}": (?:dial tcp[^\n]{0,100}(?:i\/o timeout|connection refused)|context deadline exceeded)`,
      ),
    ),
    like(new RegExp(String.raw`(?:ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED) ${host}`)),
    like(new RegExp(String.raw`UnknownHostException: ${host}`)),
    like(new RegExp(String.raw`Unable to execute HTTP request: (?:Connect to )?${host}`)),
    like(
      new RegExp(String.raw`Encountered a .SocketError. while attempting to connect to: https?:\/\/${host}`),
    ),
    like(
      new RegExp(
        String.raw`(?:Could not resolve host|Name or service not known|Temporary failure in name resolution):? \W?${host}`,
      ),
    ),
    like(
      new RegExp(
        String.raw`${host}[^\n]{0,80}(?:Name or service not known|Temporary failure in name resolution|Connection timed out)`,
      ),
    ),
    like(new RegExp(String.raw`dispatch failure[^\n]{0,300}dns error`)),
    like(/curlCode: (?:6|7|28), /),
    like(/エンドポイント URL に接続できない/),
  ],
  meaning: (v, known) => ({
    happened: {
      en: `A request${known.host === undefined ? '' : ` to ${known.host}`} got no answer at all: the name could not be resolved, or no connection came about.`,
      ja: `${known.host === undefined ? '' : `${known.host} への`}リクエストにまったく応答がありませんでした。名前を解決できなかったか、接続を確立できませんでした。`,
    },
    usually: {
      en: 'Usually CoreDNS does not run (no node has room for it), or the subnet of the node has no way out: no NAT, and no interface endpoint for this service.',
      ja: '多くの場合、空きのあるノードがなく CoreDNS が動作していないか、ノードのサブネットに NAT もこのサービスのインターフェイスエンドポイントもなく、外への経路がありません。',
    },
    excludes: [
      {
        en: 'It is no trust policy and no missing permission: AWS did not see the request.',
        ja: '信頼ポリシーや権限の不足が原因ではありません。リクエストは AWS に届いていません。',
      },
    ],
    suspects: [
      {
        cause: {
          en: 'CoreDNS does not run, for want of nodes or room on them',
          ja: 'ノード、またはノードの空きが足りないため、CoreDNS が動作していません',
        },
        decides: {
          en: 'Where the pods of the first are not all Running and ready, and the second shows no ready nodes, add nodes; else see the third for why they do not start.',
          ja: '1 番目のコマンドに Running でない、または準備完了でない Pod があり、2 番目のコマンドに準備完了のノードがない場合は、ノードを追加してください。それ以外の場合は、Pod が起動しない理由を 3 番目のコマンドで確認してください。',
        },
        commands: [
          'kubectl get pods --namespace=kube-system -l k8s-app=kube-dns -o wide',
          'kubectl get nodes',
          'kubectl describe pods --namespace=kube-system -l k8s-app=kube-dns',
        ],
      },
      {
        cause: { en: 'The name cannot be resolved from the pod', ja: 'Pod から名前を解決できません' },
        decides: {
          en: 'Where the first fails and CoreDNS runs, look at its log and at enableDnsSupport and enableDnsHostnames of the VPC; where it answers with a private address, an interface endpoint is on the way.',
          ja: 'CoreDNS が動作しているのに 1 番目のコマンドが失敗する場合は、CoreDNS のログと、VPC の enableDnsSupport および enableDnsHostnames を確認してください。プライベートアドレスが返る場合は、インターフェイスエンドポイントを経由しています。',
        },
        commands: [
          sh`kubectl exec ${v.pod} -n ${v.namespace} -- nslookup ${v.host}`,
          'kubectl logs --namespace=kube-system -l k8s-app=kube-dns --tail=50',
        ],
      },
      {
        cause: {
          en: 'The name resolves, and nothing answers: route, security group, network ACL or proxy',
          ja: '名前は解決できますが、応答がありません (ルート、セキュリティグループ、ネットワーク ACL、またはプロキシ)',
        },
        decides: {
          en: 'Where this runs into its time limit, the subnet needs a NAT gateway or an interface endpoint of the service, and port 443 must be open to it.',
          ja: 'このコマンドがタイムアウトする場合は、サブネットに NAT ゲートウェイまたはこのサービスのインターフェイスエンドポイントが必要です。そこへのポート 443 も開いている必要があります。',
        },
        commands: [
          sh`kubectl run clusterwhy-probe --rm -i --restart=Never -n ${v.namespace} --image=curlimages/curl -- -sv -m 5 ${`https://${v.host}/`}`,
        ],
      },
    ],
  }),
  rules: [
    'eks/coredns-unhealthy',
    'eks/no-ready-nodes',
    'eks/vpc-dns-disabled',
    'eks/sts-unreachable',
    'eks/endpoint-unreachable',
  ],
  references: [
    'https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html',
    'https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html',
  ],
  examples: [
    {
      from: 'botocore',
      text: 'File "/usr/local/lib/python2.7/site-packages/botocore/retryhandler.py", line 359, in _check_caught_exception\nraise caught_exception\nbotocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://ec2.eu-west-1.amazonaws.com/"',
      values: { host: 'ec2.eu-west-1.amazonaws.com', region: 'eu-west-1' },
    },
    {
      from: 'botocore',
      text: 'botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: "https://sts.us-west-2.amazonaws.com/"',
      values: { host: 'sts.us-west-2.amazonaws.com' },
    },
    { from: 'the article', text: '  • EndpointConnectionError' },
    {
      from: 'Go 1',
      text: 'RequestError: send request failed\ncaused by: Post "https://sts.eu-west-1.amazonaws.com/": dial tcp: lookup sts.eu-west-1.amazonaws.com on 10.100.0.10:53: no such host',
      values: { host: 'sts.eu-west-1.amazonaws.com' },
    },
    {
      from: 'Go 2',
      text: 'operation error STS: AssumeRoleWithWebIdentity, exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, Post "https://sts.eu-west-1.amazonaws.com/": dial tcp 52.94.5.1:443: i/o timeout',
      values: { host: 'sts.eu-west-1.amazonaws.com' },
    },
    {
      from: 'JavaScript 3',
      text: 'Error: getaddrinfo ENOTFOUND sts.eu-west-1.amazonaws.com',
      values: { host: 'sts.eu-west-1.amazonaws.com' },
    },
    {
      from: 'JavaScript 2',
      text: 'UnknownEndpoint: getaddrinfo EAI_AGAIN sqs.eu-west-1.amazonaws.com',
      values: { host: 'sqs.eu-west-1.amazonaws.com' },
    },
    {
      from: 'Java 2',
      text: 'software.amazon.awssdk.core.exception.SdkClientException: Received an UnknownHostException when attempting to interact with a service. Caused by: java.net.UnknownHostException: sqs.eu-west-1.amazonaws.com',
      values: { host: 'sqs.eu-west-1.amazonaws.com' },
    },
    {
      from: 'Java 1',
      text: 'com.amazonaws.SdkClientException: Unable to execute HTTP request: Connect to sqs.eu-west-1.amazonaws.com:443 [sqs.eu-west-1.amazonaws.com] failed: connect timed out',
      values: { host: 'sqs.eu-west-1.amazonaws.com' },
    },
    {
      from: 'Ruby',
      text: 'Encountered a `SocketError` while attempting to connect to:\n\n  https://sts.eu-west-1.amazonaws.com/',
      values: { host: 'sts.eu-west-1.amazonaws.com' },
    },
    {
      from: 'Rust',
      text: 'dispatch failure: io error: error trying to connect: dns error: failed to lookup address information: Name or service not known',
    },
    {
      from: 'PHP',
      text: 'cURL error 6: Could not resolve host: s3.eu-west-1.amazonaws.com',
      values: { host: 's3.eu-west-1.amazonaws.com' },
    },
    { from: 'C++', text: "curlCode: 6, Couldn't resolve host name" },
    {
      from: '.NET',
      text: 'System.Net.Http.HttpRequestException: Name or service not known (sts.eu-west-1.amazonaws.com:443)',
      values: { host: 'sts.eu-west-1.amazonaws.com' },
    },
    { from: 'the article in Japanese', text: 'エンドポイント URL に接続できない' },
  ],
};

const corednsDown: ErrorKind = {
  id: 'coredns-not-running',
  row: 'A2',
  title: { en: 'CoreDNS does not run', ja: 'CoreDNS が動作していません' },
  cloud: 'aws',
  needles: ['coredns-'],
  patterns: [
    like(
      /coredns-[a-z0-9-]{3,30} \d{1,3}\/\d{1,3} (?:Pending|CrashLoopBackOff|ImagePullBackOff|ErrImagePull|Evicted|ContainerCreating|Error|Unknown)/,
    ),
    like(/coredns-[a-z0-9-]{3,30} 0\/\d{1,3} Running/),
  ],
  meaning: () => ({
    happened: {
      en: 'A pod of CoreDNS is not ready, so names of AWS endpoints cannot be resolved in the cluster.',
      ja: 'CoreDNS の Pod が準備完了ではないため、クラスター内で AWS エンドポイントの名前を解決できません。',
    },
    usually: {
      en: 'Usually no node has room for it, or there is no ready node at all.',
      ja: '多くの場合、空きのあるノードがないか、準備完了のノードが 1 つもありません。',
    },
    suspects: [
      {
        cause: {
          en: 'No node is ready or has room',
          ja: '準備完了のノード、または空きのあるノードがありません',
        },
        decides: {
          en: 'Where the first shows no node that is Ready, or the second ends with FailedScheduling, add nodes.',
          ja: '1 番目のコマンドに Ready のノードがない場合、または 2 番目のコマンドの末尾に FailedScheduling がある場合は、ノードを追加してください。',
        },
        commands: ['kubectl get nodes', 'kubectl describe pods --namespace=kube-system -l k8s-app=kube-dns'],
      },
      {
        cause: { en: 'It starts and fails', ja: 'CoreDNS が起動後に異常終了しています' },
        decides: {
          en: 'The log says why: a loop to itself, a faulty Corefile, an API server that it cannot reach.',
          ja: 'ログで理由を確認してください。自身への転送のループ、Corefile の誤り、API サーバーに到達できないことなどが考えられます。',
        },
        commands: ['kubectl logs --namespace=kube-system -l k8s-app=kube-dns --previous --tail=50'],
      },
    ],
  }),
  rules: ['eks/coredns-unhealthy', 'eks/no-ready-nodes'],
  references: ['https://docs.aws.amazon.com/eks/latest/userguide/managing-coredns.html'],
  examples: [
    {
      from: 'kubectl',
      text: 'coredns-7f85bf9964-kz8lp   0/1     Pending   0          15d   <none>   <none>   <none>   <none>',
    },
    {
      from: 'kubectl',
      text: 'coredns-7f85bf9964-wjxvb   0/1     Running   4          15d   192.168.135.215   ip-192-168-143-137.eu-west-1.compute.internal',
    },
  ],
};

export const awsEndpointKinds = [endpointUnreachable, corednsDown];
