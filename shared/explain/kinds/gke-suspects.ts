/** Accounts, agents and APIs of a project that GKE works with: how each is checked, and what repairs it. */
import { sh } from '../../shell.ts';
import { en, ja } from '../../words.ts';
import type { FilledValues, Suspect, Values } from '../error-kind.ts';
import { ofProject } from './gke-connection.ts';

/** Keeps the number of the project for the commands after it, which name its agents. */
function projectNumber(project: string, known: Values): string {
  return known.projectNumber === undefined
    ? sh`PROJECT_NUMBER=$(gcloud projects describe ${project} --format 'get(projectNumber)')`
    : sh`PROJECT_NUMBER=${known.projectNumber}`;
}

/** The article's check of an agent's roles, and its repair; `before` and `domain` stand around the project's number. */
function agentCommands(
  v: FilledValues,
  known: Values,
  { before, domain, role }: { before: string; domain: string; role: string },
): string[] {
  return [
    sh`gcloud projects get-iam-policy ${v.project} --flatten=${'bindings[].members'} --filter=${`bindings.members:${domain}`} --format=${'value(bindings.role,bindings.members,bindings.condition.title)'}`,
    projectNumber(v.project, known),
    `${sh`gcloud projects add-iam-policy-binding ${v.project}`} --member "serviceAccount:${before}\${PROJECT_NUMBER?}@${domain}" --role ${role} --condition=None`,
  ];
}

export function serviceAgent(v: FilledValues, known: Values): Suspect {
  return {
    cause: {
      en: 'The GKE service agent has lost its role (service-PROJECT_NUMBER@container-engine-robot.iam.gserviceaccount.com)',
      ja: 'GKE サービスエージェント (service-PROJECT_NUMBER@container-engine-robot.iam.gserviceaccount.com) がロールを失っています',
    },
    decides: {
      en: 'Where the first does not print roles/container.serviceAgent, bind it again with the next two; a condition or "deleted:" beside it counts as lost.',
      ja: '1 番目のコマンドで roles/container.serviceAgent が表示されない場合は、続く 2 つのコマンドでバインドし直してください。条件または "deleted:" が付いて表示される場合も、失われているとみなします。',
    },
    commands: agentCommands(v, known, {
      before: 'service-',
      domain: 'container-engine-robot.iam.gserviceaccount.com',
      role: 'roles/container.serviceAgent',
    }),
  };
}

export function apisAgent(v: FilledValues, known: Values): Suspect {
  return {
    cause: {
      en: 'The Google APIs service agent has lost its role (PROJECT_NUMBER@cloudservices.gserviceaccount.com)',
      ja: 'Google API サービスエージェント (PROJECT_NUMBER@cloudservices.gserviceaccount.com) がロールを失っています',
    },
    decides: {
      en: 'Where the first prints neither roles/editor nor roles/compute.instanceGroupManagerServiceAgent, bind the latter; it is enough.',
      ja: '1 番目のコマンドで roles/editor も roles/compute.instanceGroupManagerServiceAgent も表示されない場合は、後者をバインドしてください。これで十分です。',
    },
    commands: agentCommands(v, known, {
      before: '',
      domain: 'cloudservices.gserviceaccount.com',
      role: 'roles/compute.instanceGroupManagerServiceAgent',
    }),
  };
}

/** It writes the logs and metrics of nodes in place of their own account. */
export function nodeAgent(v: FilledValues, known: Values): Suspect {
  return {
    cause: {
      en: 'From GKE 1.33 on: the agent of the nodes has lost its role (service-PROJECT_NUMBER@gcp-sa-gkenode.iam.gserviceaccount.com)',
      ja: 'GKE 1.33 以降: ノードのサービスエージェント (service-PROJECT_NUMBER@gcp-sa-gkenode.iam.gserviceaccount.com) がロールを失っています',
    },
    decides: {
      en: 'Where the first does not print roles/container.defaultNodeServiceAgent, bind it again with the next two.',
      ja: '1 番目のコマンドで roles/container.defaultNodeServiceAgent が表示されない場合は、続く 2 つのコマンドでバインドし直してください。',
    },
    commands: agentCommands(v, known, {
      before: 'service-',
      domain: 'gcp-sa-gkenode.iam.gserviceaccount.com',
      role: 'roles/container.defaultNodeServiceAgent',
    }),
  };
}

/** Keys of disks are used as this one, and it acts for nodes whose account is of another project. */
function computeAgent(v: FilledValues, known: Values): Suspect {
  return {
    cause: {
      en: 'The Compute Engine service agent has lost its role (service-PROJECT_NUMBER@compute-system.iam.gserviceaccount.com)',
      ja: 'Compute Engine サービスエージェント (service-PROJECT_NUMBER@compute-system.iam.gserviceaccount.com) がロールを失っています',
    },
    decides: {
      en: 'Where the first does not print roles/compute.serviceAgent, bind it again with the next two; on a key or an account of another project it needs a role of its own.',
      ja: '1 番目のコマンドで roles/compute.serviceAgent が表示されない場合は、続く 2 つのコマンドでバインドし直してください。鍵や別のプロジェクトのアカウントに対しては、それぞれのロールが必要です。',
    },
    commands: agentCommands(v, known, {
      before: 'service-',
      domain: 'compute-system.iam.gserviceaccount.com',
      role: 'roles/compute.serviceAgent',
    }),
  };
}

/** The agent that the email is of, and whether it has its role; none where the email is of no agent, or of another. */
export function agentNamed(v: FilledValues, known: Values): Suspect[] {
  const domain = known.serviceAccountEmail?.split('@')[1];
  if (domain === 'container-engine-robot.iam.gserviceaccount.com') return [serviceAgent(v, known)];
  if (domain === 'cloudservices.gserviceaccount.com') return [apisAgent(v, known)];
  if (domain === 'gcp-sa-gkenode.iam.gserviceaccount.com') return [nodeAgent(v, known)];
  return domain === 'compute-system.iam.gserviceaccount.com' ? [computeAgent(v, known)] : [];
}

/** Whether an email is of an account that Google made and keeps. */
export function isAgent(email: string | undefined): boolean {
  return /^(?:service-\d+@|\d+@cloudservices\.)/.test(email ?? '');
}

export function apisOff(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'The Kubernetes Engine or the Compute Engine API was turned off',
      ja: 'Kubernetes Engine API または Compute Engine API が無効になっています',
    },
    decides: {
      en: 'Where one of the two is missing from the first, turn it on; that also makes the agents and their roles again. As the last resort, where it is on and nothing else helps, turn it off and on again: the third refuses while clusters run, and must.',
      ja: '1 番目のコマンドの一覧に 2 つの API の両方がそろっていない場合は、有効にしてください。エージェントとそのロールも作り直されます。有効になっていて、ほかに方法がない場合は、最後の手段として、無効にしてから再度有効にしてください。3 番目のコマンドは、クラスターが稼働している間は拒否されます。それが正しい動作です。',
    },
    commands: [
      sh`gcloud services list --enabled --filter=${'config.name:(container.googleapis.com compute.googleapis.com)'} --project ${v.project}`,
      sh`gcloud services enable container.googleapis.com compute.googleapis.com --project ${v.project}`,
      sh`gcloud services disable container.googleapis.com --project ${v.project}`,
    ],
  };
}

/** The account of the nodes; the article's way is another account with --service-account, or none. */
export function nodeAccount(v: FilledValues, known: Values): Suspect {
  const { cause, decides, commands } = nodeRole(v, known);
  return {
    cause,
    decides: {
      en: en`${decides} Name the account in the command that creates the cluster (--service-account), or leave the option out for the Compute Engine default account.`,
      ja: ja`${decides}クラスターを作成するコマンドではこのアカウントを指定するか (--service-account)、オプションを省略して Compute Engine のデフォルトのサービスアカウントを使用してください。`,
    },
    commands: [
      ...commands,
      sh`gcloud container clusters create-auto ${v.cluster} --location=${regionOf(v.location)} --service-account=${v.serviceAccountEmail} ${ofProject(known)}`.trimEnd(),
    ],
  };
}

/** Autopilot clusters are in a region; the text may name a zone of it. */
function regionOf(location: string): string {
  return location.replace(/^([a-z]+-[a-z]+\d+)-[a-z]$/, '$1');
}

export function nodeRole(v: FilledValues, known: Values): Suspect {
  return {
    cause: {
      en: 'The service account of the nodes lacks the least that nodes need, or is disabled or deleted',
      ja: 'ノードのサービスアカウントに、ノードに必要な最小限の権限がないか、アカウントが無効または削除済みです',
    },
    decides: {
      en: 'Where the first says disabled or NOT_FOUND, enable or restore it; where the role roles/container.defaultNodeServiceAccount is missing, bind it with the second.',
      ja: '1 番目のコマンドで disabled または NOT_FOUND と表示される場合は、有効にするか復元してください。ロール roles/container.defaultNodeServiceAccount がない場合は、2 番目のコマンドでバインドしてください。',
    },
    commands: [
      sh`gcloud iam service-accounts describe ${v.serviceAccountEmail} ${ofProject(known)}`.trimEnd(),
      sh`gcloud projects add-iam-policy-binding ${v.project} --member=${`serviceAccount:${v.serviceAccountEmail}`} --role=roles/container.defaultNodeServiceAccount --condition=None`,
    ],
  };
}

export function whoTookIt(v: FilledValues): Suspect {
  return {
    cause: {
      en: 'Somebody, or Terraform with a whole policy (google_project_iam_policy), removed a binding',
      ja: '誰か、またはポリシー全体を書き込む Terraform (google_project_iam_policy) が、バインディングを削除しました',
    },
    decides: {
      en: 'The log says who and when; without the cause mended it will be removed again.',
      ja: '誰がいつ削除したかは、ログで確認できます。原因を取り除かないと、再び削除されます。',
    },
    commands: [
      sh`gcloud logging read ${'protoPayload.methodName=SetIamPolicy AND protoPayload.serviceData.policyDelta.bindingDeltas.action=REMOVE'} --freshness=30d --project ${v.project} --format=${'table(timestamp,protoPayload.authenticationInfo.principalEmail)'}`,
    ],
  };
}
