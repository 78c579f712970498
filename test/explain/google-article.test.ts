/** The errors of the article on GKE, as it, gcloud, kubectl, Terraform and the APIs print them: the way out, with the names filled in. */
import { explain, type Explanation } from '../../shared/explain/explanation.ts';
import { knownErrors } from '../../shared/explain/known-errors.ts';
import { scanText } from './scan.ts';

interface Procedure {
  text: string;
  /** Kind and row. */
  is: [string, string | null];
  /** These stand among the commands, in this order. */
  commands: string[];
}

const cluster = 'projects/shop-prod/locations/europe-west1/clusters/shop';
const bind = 'gcloud projects add-iam-policy-binding shop-prod';
const tokenTest = [
  'TOKEN=$(gcloud auth print-access-token)',
  'curl "https://oauth2.googleapis.com/tokeninfo?access_token=$TOKEN"',
  'curl -s -X GET "${APISERVER}/api/v1/namespaces" --header "Authorization: Bearer $TOKEN" --cacert ca.crt',
];
const writeKubeconfig = 'gcloud container clusters get-credentials CLUSTER_NAME --location=COMPUTE_LOCATION';

const article: Record<string, Procedure> = {
  '401, of the API server': {
    text: '{\n"kind": "Status",\n"apiVersion": "v1",\n"metadata": {},\n"status": "Failure",\n"message": "Unauthorized",\n"reason": "Unauthorized",\n"code": 401\n}',
    is: ['gke-unauthorized', 'G1'],
    commands: ['gcloud auth list', ...tokenTest, 'gcloud components install gke-gcloud-auth-plugin'],
  },
  '401, of kubectl': {
    text: 'error: You must be logged in to the server (Unauthorized)',
    is: ['gke-unauthorized', 'G1'],
    commands: [...tokenTest, writeKubeconfig],
  },
  'the way around the plugin': {
    text: 'export USE_GKE_GCLOUD_AUTH_PLUGIN=False',
    is: ['gke-auth-plugin-bypass', 'G1'],
    commands: ['unset USE_GKE_GCLOUD_AUTH_PLUGIN', writeKubeconfig, 'kubectl cluster-info'],
  },
  '400, of gcloud': {
    text: 'ERROR: (gcloud.container.clusters.update) ResponseError: code=400, message=Node pool "test-pool-1" requires recreation.',
    is: ['gke-node-pool-recreation', 'G2'],
    commands: [
      'gcloud container clusters upgrade CLUSTER_NAME --node-pool=test-pool-1 --location=COMPUTE_LOCATION',
    ],
  },
  '400, of an operation': {
    text: `{\n  "name": "operation-1",\n  "targetLink": "https://container.googleapis.com/v1/${cluster}",\n  "error": {\n    "code": 9,\n    "message": "Node pool \\"web\\" requires recreation."\n  }\n}`,
    is: ['gke-node-pool-recreation', 'G2'],
    commands: [
      'gcloud container clusters upgrade shop --node-pool=web --location=europe-west1 --project shop-prod',
      'gcloud container clusters update shop --complete-credential-rotation --location=europe-west1 --project shop-prod',
    ],
  },
  '403, of gcloud, as printed': {
    text: 'ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Required "container.clusters.get" permission(s) for "projects/<your-project>/locations/<region>/clusters/<your-cluster>".',
    is: ['gke-cluster-get-denied', 'G3'],
    commands: ['gcloud auth list'],
  },
  '403, of gcloud': {
    text: `ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=403, message=Required "container.clusters.get" permission(s) for "${cluster}". This command is authenticated as ci@shop-prod.iam.gserviceaccount.com which is the active account specified by the [core/account] property.`,
    is: ['gke-cluster-get-denied', 'G3'],
    commands: [
      'gcloud auth list',
      `${bind} --member=serviceAccount:ci@shop-prod.iam.gserviceaccount.com --role=roles/container.clusterViewer`,
    ],
  },
  '403, of the API': {
    text: `{"error":{"code":403,"message":"Required \\"container.clusters.get\\" permission(s) for \\"${cluster}\\".","errors":[{"reason":"forbidden"}],"status":"PERMISSION_DENIED"}}`,
    is: ['gke-cluster-get-denied', 'G3'],
    commands: [`${bind} --member=user:ACCOUNT_EMAIL --role=roles/container.clusterViewer`],
  },
  '403 while a cluster is made, as printed': {
    text: "Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:\nRequired permission 'PERMISSION_NAME' for 'RESOURCE_NAME'.",
    is: ['gke-permission-missing', 'G4'],
    commands: [
      'gcloud container clusters create-auto CLUSTER_NAME --location=COMPUTE_LOCATION --service-account=SERVICE_ACCOUNT_EMAIL',
    ],
  },
  '403 while a cluster is made, of Terraform': {
    text: "│ Error: googleapi: Error 403: Retry budget exhausted: Google Compute Engine:\n│ Required permission 'compute.zones.get' for 'projects/shop-prod/zones/europe-west1-b'., forbidden\n│ \n│   with google_container_cluster.shop,",
    is: ['gke-permission-missing', 'G4'],
    commands: [
      `${bind} --member=serviceAccount:SERVICE_ACCOUNT_EMAIL --role=roles/container.defaultNodeServiceAccount --condition=None`,
      'gcloud container clusters create-auto CLUSTER_NAME --location=europe-west1 --service-account=SERVICE_ACCOUNT_EMAIL --project shop-prod',
      `${bind} --member "serviceAccount:service-\${PROJECT_NUMBER?}@container-engine-robot.iam.gserviceaccount.com" --role roles/container.serviceAgent --condition=None`,
    ],
  },
  '404, of gcloud': {
    text: `ERROR: (gcloud.container.clusters.get-credentials) ResponseError: code=404, message=Not found: ${cluster}.`,
    is: ['gke-not-found', 'G5'],
    commands: [
      "gcloud container clusters list --format='table(name,location,status)' --project shop-prod",
      'gcloud auth login',
    ],
  },
  '404, of the API': {
    text: `{"error":{"code":404,"message":"Not found: ${cluster}.","status":"NOT_FOUND"}}`,
    is: ['gke-not-found', 'G5'],
    commands: ['gcloud auth login'],
  },
  '404, of a node pool': {
    text: `Error: googleapi: Error 404: Not found: ${cluster}/nodePools/web., notFound`,
    is: ['gke-not-found', 'G5'],
    commands: [
      'gcloud container node-pools list --cluster=shop --location=europe-west1 --project shop-prod',
      'gcloud auth login',
    ],
  },
  '400 and 403, of an account that was edited': {
    text: 'Error 400/403: Missing edit permissions on account',
    is: ['gke-edit-permission-missing', 'G6'],
    commands: [
      "PROJECT_NUMBER=$(gcloud projects describe PROJECT_ID --format 'get(projectNumber)')",
      'gcloud projects add-iam-policy-binding PROJECT_ID --member "serviceAccount:service-${PROJECT_NUMBER?}@container-engine-robot.iam.gserviceaccount.com" --role roles/container.serviceAgent --condition=None',
      'gcloud iam service-accounts enable "${PROJECT_NUMBER?}-compute@developer.gserviceaccount.com"',
      'gcloud services enable container.googleapis.com compute.googleapis.com --project PROJECT_ID',
      'gcloud services disable container.googleapis.com --project PROJECT_ID',
    ],
  },
};

function explained(text: string): Explanation {
  const { explanations } = explain(scanText(text), 'ja');
  const [one] = explanations;
  if (!one || explanations.length > 1)
    throw new Error(`Cannot compare ${text}: it is told as ${explanations.length} errors instead of one`);
  return one;
}

const commandsOf = (text: string) => explained(text).suspects.flatMap(({ commands }) => commands);

describe('the article', () => {
  it.each(Object.entries(article))('%s', (_, { text, is, commands }) => {
    const { kind, row } = explained(text);
    expect([kind, row]).toEqual(is);
    const all = commandsOf(text);
    expect(all.filter((command) => commands.includes(command))).toEqual(expect.arrayContaining(commands));
    const places = commands.map((command) => all.indexOf(command));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('pasted as a whole is each of its rows, once', () => {
    const text = Object.values(article)
      .map((one) => one.text)
      .join('\n\n');
    const { errors } = scanText(text);
    expect(errors.map(({ kind }) => kind.row)).toEqual(['G1', 'G1', 'G2', 'G3', 'G4', 'G5', 'G6']);
  });
});

describe('who lacked it', () => {
  const actingAs = (email: string) =>
    `[PERMISSIONS_ERROR]: Instance 'gke-1' creation failed: Required 'compute.instances.create' permission for 'projects/shop-prod/zones/europe-west1-b/instances/gke-1' (when acting as '${email}')`;

  it('is the agent that the text names, which is never told to be the account of the nodes', () => {
    const commands = commandsOf(actingAs('123456789012@cloudservices.gserviceaccount.com'));
    expect(commands).toContain('PROJECT_NUMBER=123456789012');
    expect(commands).toContain(
      `${bind} --member "serviceAccount:\${PROJECT_NUMBER?}@cloudservices.gserviceaccount.com" --role roles/compute.instanceGroupManagerServiceAgent --condition=None`,
    );
    expect(commands.filter((one) => /defaultNodeServiceAccount|--service-account=/.test(one))).toEqual([]);
  });

  it('is the account of the nodes that the text names, and no agent', () => {
    const commands = commandsOf(actingAs('nodes@shop-prod.iam.gserviceaccount.com'));
    expect(commands).toContain(
      `${bind} --member=serviceAccount:nodes@shop-prod.iam.gserviceaccount.com --role=roles/container.defaultNodeServiceAccount --condition=None`,
    );
    expect(commands.filter((one) => /serviceAgent|ServiceAgent/.test(one))).toEqual([]);
  });

  it('is told apart where one log has both: no command stands under the cause of another', () => {
    const [agent, nodes] = [
      '123456789012@cloudservices.gserviceaccount.com',
      'nodes@shop-prod.iam.gserviceaccount.com',
    ];
    const told = explained(`${actingAs(agent)}\n${actingAs(nodes)}`);
    const [first] = told.suspects;
    expect(first?.commands.filter((one) => /nodes@|--service-account=/.test(one))).toEqual([]);
    expect(JSON.stringify(told)).toContain(`${bind} --member=serviceAccount:${nodes} --role=`);
  });

  it('is an agent of Google that is gone, which is made again and never undeleted', () => {
    const email = 'service-123456789012@container-engine-robot.iam.gserviceaccount.com';
    const commands = commandsOf(`Service account ${email} does not exist.`);
    expect(commands[0]).toBe(
      'gcloud beta services identity create --service=container.googleapis.com --project=123456789012',
    );
    expect(commands).toContain('PROJECT_NUMBER=123456789012');
    expect(commands.filter((one) => /undelete|service-accounts (?:create|enable)/.test(one))).toEqual([]);
  });

  it('is an agent that no role is known of: nothing is told to be granted', () => {
    const commands = commandsOf(actingAs('service-123456789012@gcp-sa-other.iam.gserviceaccount.com'));
    expect(commands).toEqual([expect.stringMatching(/^gcloud logging read .*--project shop-prod/)]);
  });

  it.each([
    ['gcloud', 'Required "container.clusters.create" permission(s) for "projects/shop-prod".'],
    [
      'Terraform',
      "Error 403: Required 'compute.networks.create' permission for 'projects/shop-prod/global/networks/a', forbidden",
    ],
  ])('is the caller where %s alone was refused', (_, text) => {
    expect(explained(text).kind).toBe('google-permission-denied');
  });

  it('is nobody where a budget of retries ended for another reason', () => {
    const text = 'Error 403: Retry budget exhausted (5 attempts): Google Compute Engine: Quota exceeded';
    expect(scanText(text).errors).toEqual([]);
  });
});

describe('a number of a project', () => {
  it('is not that of the host project where the agent of another is meant', () => {
    const text =
      'Kubernetes Engine Service Agent is missing required permissions on this project: required "container.hostServiceAgent.use" permission(s) for "projects/host-net".';
    const commands = commandsOf(text);
    expect(commands[1]).toBe(
      'PROJECT_NUMBER=$(gcloud projects describe "$(gcloud config get project)" --format "get(projectNumber)")',
    );
    expect(commands[2]).toMatch(/^gcloud projects add-iam-policy-binding host-net /);
  });

  it('is set before a command takes it', () => {
    for (const { id, examples } of knownErrors)
      for (const { text } of examples) {
        const commands = commandsOf(text);
        const taken = commands.findIndex((command) => command.includes('${PROJECT_NUMBER?}'));
        const set = commands.findIndex((command) => command.startsWith('PROJECT_NUMBER='));
        expect([id, taken >= 0 && (set < 0 || set > taken)]).toEqual([id, false]);
      }
  });
});

describe('a refusal in the cluster', () => {
  const refused = (who: string, where: string) =>
    `Error from server (Forbidden): pods is forbidden: User "${who}" cannot list resource "pods" in API group "" ${where}`;

  it('is asked for where it was refused, and looked for as kubectl prints it', () => {
    const who = 'system:serviceaccount:shop:cart';
    expect(commandsOf(refused(who, 'in the namespace "web"'))).toEqual([
      `kubectl auth can-i list pods -n web --as ${who}`,
      'kubectl get rolebindings,clusterrolebindings -A -o wide | grep -F -- shop/cart',
      'kubectl get pods -n shop -o custom-columns=POD:.metadata.name,ACCOUNT:.spec.serviceAccountName',
    ]);
    expect(commandsOf(refused(who, 'at the cluster scope'))[0]).toBe(
      `kubectl auth can-i list pods -A --as ${who}`,
    );
    expect(explained(refused(who, 'at the cluster scope')).happened).toBe(`${who} may not list pods.`);
  });

  it('in an audit log is of the kind that its method names', () => {
    const entry = {
      protoPayload: {
        methodName: 'io.k8s.core.v1.pods.list',
        authenticationInfo: { principalEmail: 'dev@example.com' },
        authorizationInfo: [
          { granted: false, permission: 'io.k8s.core.v1.pods.list', resource: 'core/v1/namespaces/web/pods' },
        ],
        status: { code: 7 },
      },
    };
    expect(commandsOf(JSON.stringify(entry))[0]).toBe(
      'kubectl auth can-i list pods -n web --as dev@example.com',
    );
  });

  it.each([
    ['dev@example.com', 'gcloud auth list'],
    ['arn:aws:sts::111122223333:assumed-role/dev/me', 'aws sts get-caller-identity'],
  ])('of %s asks its own cloud who calls', (who, command) => {
    expect(commandsOf(refused(who, 'in the namespace "web"'))).toContain(command);
  });
});

it('an endpoint of EKS that does not answer is not told as one of GKE', () => {
  const text =
    'Unable to connect to the server: dial tcp: lookup 0A1B.gr7.eu-west-1.eks.amazonaws.com: no such host';
  expect(scanText(text).errors.filter(({ kind }) => kind.cloud === 'gcp')).toEqual([]);
});

it('a node pool that is gone is told beside a cluster that is, each with its own commands', () => {
  const notFound = (what: string) => `Error: googleapi: Error 404: Not found: ${what}., notFound`;
  const told = explained([notFound(`${cluster}/nodePools/web`), notFound(cluster)].join('\n'));
  const [first] = told.suspects;
  expect(first?.commands).toEqual([
    'gcloud container node-pools list --cluster=shop --location=europe-west1 --project shop-prod',
  ]);
});

it('the Google account of a pod is taken from its annotation where the text does not name it', () => {
  const text = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
  const commands = commandsOf(text);
  expect(commands[0]).toMatch(/^GOOGLE_ACCOUNT=\$\(kubectl get serviceaccount SERVICE_ACCOUNT -n NAMESPACE /);
  expect(commands[1]).toBe('gcloud iam service-accounts get-iam-policy "${GOOGLE_ACCOUNT?}"');
});
