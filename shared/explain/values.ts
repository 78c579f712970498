/** What a text names: roles, service accounts, clusters, projects, requests. */
import { arnOwner } from '../domain/arn.ts';
import { parseEksIssuer } from '../domain/issuer.ts';
import { quote } from '../shell.ts';
import { inLanguage, mapWords, type Words } from '../words.ts';
import { valueNames, type FilledValues, type ValueName, type Values } from './error-kind.ts';

/** A word that stands for what the text does not name, and the command that finds it, or where it stands. */
export interface Placeholder {
  word: string;
  find: Words;
}

const wholeMessage: Words = { en: 'the whole message', ja: 'メッセージの全文' };

const describePod = 'kubectl get pods -A -o wide';
const listProjects = 'gcloud projects list';
const listClusters = "gcloud container clusters list --format='table(name,location,status)'";

const placeholders: Record<ValueName, Placeholder> = {
  account: { word: 'ACCOUNT_ID', find: 'aws sts get-caller-identity --query Account --output text' },
  action: {
    word: 'SERVICE_ACTION',
    find: {
      en: 'the "is not authorized to perform" of the whole message',
      ja: 'メッセージ全文の "is not authorized to perform" の部分',
    },
  },
  api: { word: 'API_NAME', find: 'gcloud services list --available' },
  associationId: {
    word: 'ASSOCIATION_ID',
    find: 'aws eks list-pod-identity-associations --cluster-name CLUSTER_NAME',
  },
  audience: { word: 'AUDIENCE', find: { en: 'the "aud" of the token', ja: 'トークンの "aud"' } },
  cluster: { word: 'CLUSTER_NAME', find: 'kubectl config current-context' },
  code: { word: 'CODE', find: wholeMessage },
  correctLocation: { word: 'COMPUTE_LOCATION', find: listClusters },
  deployment: { word: 'DEPLOYMENT', find: 'kubectl get deployments -A' },
  encoded: {
    word: 'ENCODED_MESSAGE',
    find: {
      en: 'the text after "Encoded authorization failure message:"',
      ja: '"Encoded authorization failure message:" より後の文字列',
    },
  },
  eventId: {
    word: 'EVENT_ID',
    find: { en: 'the event history of CloudTrail', ja: 'CloudTrail のイベント履歴' },
  },
  host: {
    word: 'SERVICE_ENDPOINT',
    find: { en: 'the host name in the error message', ja: 'エラーメッセージのホスト名' },
  },
  instanceId: {
    word: 'INSTANCE_ID',
    find: "kubectl get nodes -o custom-columns='NAME:.metadata.name,ID:.spec.providerID'",
  },
  issuer: {
    word: 'ISSUER_URL',
    find: 'aws eks describe-cluster --name CLUSTER_NAME --query cluster.identity.oidc.issuer --output text',
  },
  location: { word: 'COMPUTE_LOCATION', find: listClusters },
  namespace: { word: 'NAMESPACE', find: describePod },
  node: {
    word: 'NODE_NAME',
    find: "kubectl get nodes -o custom-columns='NAME:.metadata.name,ID:.spec.providerID'",
  },
  nodePool: {
    word: 'POOL_NAME',
    find: 'gcloud container node-pools list --cluster=CLUSTER_NAME --location=COMPUTE_LOCATION',
  },
  operation: { word: 'OPERATION', find: wholeMessage },
  nodeRole: {
    word: 'NODE_ROLE',
    find: 'aws eks describe-nodegroup --cluster-name CLUSTER_NAME --nodegroup-name NODEGROUP --query nodegroup.nodeRole',
  },
  organization: { word: 'ORGANIZATION_ID', find: 'gcloud organizations list' },
  permission: {
    word: 'PERMISSION_NAME',
    find: { en: 'the permission in the error message', ja: 'エラーメッセージの権限' },
  },
  pod: { word: 'POD_NAME', find: describePod },
  policyArn: { word: 'POLICY_ARN', find: wholeMessage },
  policyEffect: { word: 'EFFECT', find: wholeMessage },
  policyType: { word: 'POLICY_TYPE', find: wholeMessage },
  principal: { word: 'ACCOUNT_EMAIL', find: 'gcloud auth list' },
  project: { word: 'PROJECT_ID', find: listProjects },
  projectNumber: {
    word: 'PROJECT_NUMBER',
    find: "gcloud projects describe PROJECT_ID --format='value(projectNumber)'",
  },
  region: { word: 'REGION', find: 'aws configure get region' },
  requestId: { word: 'REQUEST_ID', find: wholeMessage },
  resource: {
    word: 'RESOURCE_NAME',
    find: { en: 'the resource in the error message', ja: 'エラーメッセージのリソース' },
  },
  roleArn: {
    word: 'ROLE_ARN',
    find: 'kubectl describe serviceaccount SERVICE_ACCOUNT -n NAMESPACE | grep -i arn',
  },
  roleName: {
    word: 'ROLE_NAME',
    find: 'kubectl describe serviceaccount SERVICE_ACCOUNT -n NAMESPACE | grep -i arn',
  },
  scope: { word: 'SCOPE', find: wholeMessage },
  serviceAccount: {
    word: 'SERVICE_ACCOUNT',
    find: "kubectl get pod POD_NAME -n NAMESPACE -o jsonpath='{.spec.serviceAccountName}'",
  },
  serviceAccountEmail: {
    word: 'SERVICE_ACCOUNT_EMAIL',
    find: "gcloud container node-pools describe POOL_NAME --cluster=CLUSTER_NAME --location=COMPUTE_LOCATION --format='value(config.serviceAccount)'",
  },
  session: { word: 'SESSION_NAME', find: wholeMessage },
  subject: {
    word: 'system:serviceaccount:NAMESPACE:SERVICE_ACCOUNT',
    find: 'kubectl get serviceaccounts -A',
  },
  uniqueId: { word: 'UNIQUE_ID', find: 'gcloud logging read protoPayload.methodName:DeleteServiceAccount' },
};

/** Every value, or the word that stands for it. */
export function fillValues(values: Values): FilledValues {
  return Object.fromEntries(
    valueNames.map((name) => [name, values[name] ?? placeholders[name].word]),
  ) as FilledValues;
}

/**
 * The placeholders that stand in these commands and texts, also in the commands that find others; each word once. What
 * is known is filled into those, and what a command sets itself needs no finding.
 */
export function placeholdersIn(texts: readonly string[], known: Values): Placeholder[] {
  const found = new Map<string, Words>();
  const isSet = (word: string) => texts.some((text) => text.startsWith(`${word}=`));
  const look = (text: string) => {
    for (const { word, find } of Object.values(placeholders)) {
      if (found.has(word) || isSet(word) || !wordsOf(text).has(word)) continue;
      const filled = withKnown(find, known);
      found.set(word, filled);
      look(inLanguage(filled, 'en'));
    }
  };
  for (const text of texts) look(text);
  return [...found].map(([word, find]) => ({ word, find }));
}

function withKnown(find: Words, known: Values): Words {
  const values = new Map(
    Object.entries(known).map(([name, value]) => [placeholders[name as ValueName].word, quote(value)]),
  );
  return mapWords(find, (text) => text.replaceAll(/[A-Z_]{4,40}/g, (word) => values.get(word) ?? word));
}

function wordsOf(text: string): Set<string> {
  return new Set(text.split(/[^A-Z_]+/));
}

/** Longer than any name that a cloud gives; an encoded message may be longer. */
const longestValue = 300;
const longestEncoded = 8000;

/** What may stand in a command and on a terminal: a placeholder of an example is no value, nor is what begins like an option. */
export function tidyValues(found: Readonly<Partial<Record<ValueName, string | undefined>>>): Values {
  const known = Object.entries(found).flatMap(([name, text]) => {
    const value = text?.replace(/[.,:;]{1,5}$/, '');
    return value && isValue(name, value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(known);
}

function isValue(name: string, value: string): boolean {
  const longest = name === 'encoded' ? longestEncoded : longestValue;
  if (name === 'policyType') return value.length <= longest;
  return value.length <= longest && /^[\x21-\x7e]+$/.test(value) && !isExample(value);
}

/** `<your-project>`, `PROJECT_NAME`, `***`: what a page or a log puts in place of a value. */
function isExample(value: string): boolean {
  return /[<>]|\*\*|^-|^[A-Z]+(_[A-Z]+)+$/.test(value);
}

const requestId = String.raw`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`;

/** What may stand anywhere in an entry; it counts where the entry names only one. */
const anywhere: Partial<Record<ValueName, RegExp>> = {
  requestId: new RegExp(
    String.raw`(?:request[-_ ]?id|x-amzn-requestid)["']?\s{0,3}[:=>]?\s{0,3}["']{0,2}\s?(${requestId})`,
    'gi',
  ),
  roleArn:
    /(arn:aws[a-z-]{0,10}:iam:[^\s:"'\\,;<>()[\]]{0,20}:[^\s:"'\\,;<>()[\]]{0,20}:?role\/[\w+=,.@/-]{1,200})/g,
  subject: /(system:serviceaccount:[a-z0-9-]{1,63}:[a-z0-9.-]{1,253})/g,
  issuer: /(https:\/\/oidc\.eks\.[a-z0-9-]{4,30}\.amazonaws\.com(?:\.cn)?\/id\/[0-9A-Za-z]{6,40})/g,
  host: /\b([a-z0-9.-]{1,100}\.amazonaws\.com(?:\.cn)?)(?![\w.-]{0,5}\/id\/)/g,
  pod: /(?:\[pod\/|"pod_name"\s{0,3}:\s{0,3}")([a-z0-9.-]{1,253})(?:\/|")/g,
  // Labels that Cloud Logging gives each entry of a cluster.
  cluster: /"cluster_name"\s{0,3}:\s{0,3}"([a-z0-9-]{1,60})"/g,
  location: /"location"\s{0,3}:\s{0,3}"([a-z]{2,20}-[a-z]{2,20}\d{1,2}(?:-[a-z])?)"/g,
  namespace: /"namespace_name"\s{0,3}:\s{0,3}"([a-z0-9-]{1,63})"/g,
  project: /"project_id"\s{0,3}:\s{0,3}"([a-z][a-z0-9.:-]{4,60})"/g,
  serviceAccountEmail:
    /([a-z0-9-]{1,63}@(?:[a-z0-9-]{1,63}\.iam|developer|cloudservices|appspot)\.gserviceaccount\.com)/g,
  resource: /(projects\/[\w.:-]{1,60}\/(?:locations|zones|regions)\/[\w-]{1,40}\/clusters\/[\w-]{1,60})/g,
};

/** Values that an entry names outside of what a pattern took. */
export function valuesAnywhere(text: string): Values {
  const found = Object.entries(anywhere).map(([name, pattern]) => {
    const all = new Set([...text.matchAll(pattern)].map(([, value]) => value));
    return [name, all.size === 1 ? [...all][0] : undefined] as const;
  });
  return tidyValues(Object.fromEntries(found));
}

/** What follows from the values: a role's name and account, a subject's namespace, a resource's project. */
export function derivedValues(values: Values): Values {
  return {
    ...ofGoogleResource(values),
    ...ofIssuer(values),
    ...ofHost(values),
    ...ofOperation(values),
    ...ofRole(values),
    ...ofSession(values),
    ...ofSubject(values),
    ...values,
  };
}

function ofRole({ roleArn }: Values): Values {
  if (roleArn === undefined) return {};
  const { account } = arnOwner(roleArn);
  const roleName = /role\/(?:.*\/)?([\w+=,.@-]{1,64})$/.exec(roleArn)?.[1];
  return { ...(roleName !== undefined && { roleName }), ...(/^\d+$/.test(account) && { account }) };
}

/** The session of a role, or the account of a user, as the text of a refused call names it. */
function ofSession({ principal }: Values): Values {
  const session = /^arn:aws[a-z-]*:sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/([\w+=,.@-]{2,64})$/;
  const [, account, roleName, name] = session.exec(principal ?? '') ?? [];
  if (!account || !roleName || !name) {
    const owner = /^arn:aws[a-z-]*:iam::(\d{12}):(?:user\/|root$)/.exec(principal ?? '')?.[1];
    return owner === undefined ? {} : { account: owner };
  }
  return { account, roleName, session: name, ...(/^i-[0-9a-f]{8,17}$/.test(name) && { instanceId: name }) };
}

/** UnauthorizedOperation is a code of EC2 alone. */
function ofOperation({ code, operation }: Values): Values {
  return code === 'UnauthorizedOperation' && operation ? { action: `ec2:${operation}` } : {};
}

function ofSubject({ subject }: Values): Values {
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject ?? '') ?? [];
  return namespace && serviceAccount ? { namespace, serviceAccount } : {};
}

function ofIssuer({ issuer }: Values): Values {
  const parsed = issuer === undefined ? null : parseEksIssuer(issuer);
  return parsed ? { region: parsed.region } : {};
}

/** The region in the name of a service's endpoint. */
function ofHost({ host }: Values): Values {
  const [, region] = /\.([a-z]{2}(?:-[a-z]+)+-\d)\.(?:vpce\.)?amazonaws\.com/.exec(host ?? '') ?? [];
  return region ? { region } : {};
}

function ofGoogleResource({ resource, serviceAccountEmail }: Values): Values {
  const part = (name: RegExp) => name.exec(resource ?? '')?.[1];
  const found = {
    project: part(/(?:^|\/)projects\/([^/]+)/) ?? projectOfEmail(serviceAccountEmail),
    location: part(/\/(?:locations|zones|regions)\/([^/]+)/),
    cluster: part(/\/clusters\/([^/]+)/),
    nodePool: part(/\/nodePools\/([^/]+)/),
    projectNumber: /^(?:service-)?(\d{6,20})[-@]/.exec(serviceAccountEmail ?? '')?.[1],
  };
  return tidyValues(found);
}

/** Agents of Google (`service-NUMBER@…`) are accounts of projects of Google's own. */
function projectOfEmail(email: string | undefined): string | undefined {
  if (/^service-\d+@/.test(email ?? '')) return undefined;
  return /@([a-z][a-z0-9-]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com$/.exec(email ?? '')?.[1];
}
