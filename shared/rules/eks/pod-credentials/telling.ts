/** How findings about service accounts and their pods are told. */
import type { PodGroup } from '../../../domain/kubernetes.ts';
import type { Cluster } from '../../../domain/web-identity.ts';
import type { Evidence, Problem } from '../../../rule.ts';
import { sh } from '../../../shell.ts';
import { en, ja, joinWords, mapWords, type Words } from '../../../words.ts';
import { oneLine, shortened } from '../web-identity/told.ts';

/** So many commands of one kind are printed for one finding at most. */
const mostCommands = 10;

interface Named {
  namespace: string;
  name: string;
}

/** Where the finding is, and of which service account. */
export function aboutAccount(
  cluster: Cluster,
  { namespace, name }: Named,
): Pick<Problem, 'location' | 'cluster' | 'subject' | 'workload'> {
  return {
    location: cluster.region,
    cluster: cluster.name,
    subject: {
      kind: 'service account',
      name: `${namespace}/${name}`,
      id: `${cluster.arn} ${namespace}/${name}`,
    },
    workload: { namespace, serviceAccount: name },
  };
}

export function aboutCluster(cluster: Cluster): Pick<Problem, 'location' | 'cluster' | 'subject'> {
  return {
    location: cluster.region,
    cluster: cluster.name,
    subject: { kind: 'cluster', name: cluster.name, id: cluster.arn },
  };
}

/** `1 pod`, `12 pods`. */
export function podCount(groups: readonly PodGroup[]): Words {
  return counted(
    groups.reduce((sum, { pods }) => sum + pods, 0),
    'pod',
  );
}

/** What is counted, with its Japanese counter. */
const nouns = {
  pod: '個の Pod',
  node: '台のノード',
  'service account': '個のサービスアカウント',
  'Pod Identity association': '件の Pod Identity の関連付け',
} as const;

export function counted(count: number, noun: keyof typeof nouns): Words {
  return { en: count === 1 ? `1 ${noun}` : `${count} ${noun}s`, ja: `${count} ${nouns[noun]}` };
}

export const none: Words = { en: 'none', ja: 'なし' };

/** `Deployment cart`, `Deployment cart, Job import and 3 more`; empty where nothing owns the pods. */
export function ownersOf(groups: readonly PodGroup[]): Words {
  const names = [...new Set(groups.flatMap(({ owner }) => (owner ? `${owner.kind} ${owner.name}` : [])))];
  return enumerated(names);
}

/** A few of many, for a sentence: on one line, whatever they hold. */
export function enumerated(names: readonly Words[]): Words {
  const more = names.length - 3;
  const few = joinWords(
    names.slice(0, 3).map((name) => mapWords(name, (text) => oneLine(shortened(text)))),
    ', ',
  );
  return more > 0 ? { en: en`${few} and ${more} more`, ja: ja`${few}、ほか ${more} 件` } : few;
}

/** A piece of evidence, where there is any. */
export function shown(label: string, value: Words | null | undefined): Evidence[] {
  return value ? [{ label, value }] : [];
}

const restartable = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** What makes new pods in the place of these, as far as something does: a Job's pods come with its next run. */
export function restartCommands(groups: readonly PodGroup[]): string[] {
  const commands = groups.flatMap(({ owner, namespace }) =>
    owner && restartable.has(owner.kind)
      ? [sh`kubectl rollout restart ${`${owner.kind.toLowerCase()}/${owner.name}`} --namespace ${namespace}`]
      : [],
  );
  return [...new Set(commands)].slice(0, mostCommands);
}

/** The pods that no controller makes anew. */
export function withoutRestart(groups: readonly PodGroup[]): PodGroup[] {
  return groups.filter(({ owner }) => !owner || !restartable.has(owner.kind));
}
