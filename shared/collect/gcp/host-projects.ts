import type { IamPolicy, Lookup } from '../../domain/google-policy.ts';
import type { Gap, GcpFacts } from '../../observation.ts';
import { readEach } from '../read-each.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { encodePath } from './google-api.ts';
import { ancestorPermissions, levelGap, policyPermission } from './iam-policies.ts';
import { fewGaps } from './look-up-each.ts';
import { lookupGap } from './lookup-gap.ts';
import { parsePolicy, type PolicyAnswer } from './parse-policy.ts';
import { gapOf, isMissing, whyNot } from './refusal.ts';
import { projectLevels } from './run.ts';
import { servicesPermission } from './services.ts';
import { unreadFor, valueOf, type GcpSource } from './source.ts';

type HostProject = GcpFacts['hostProjects'][string];

const subnetworkPermission = 'compute.subnetworks.getIamPolicy';

/** The projects whose networks the clusters use, where those are others. */
export const hostProjectsReader: Reader<GcpSource, GcpFacts['hostProjects']> = {
  permissions: [
    'resourcemanager.projects.get',
    policyPermission,
    ...ancestorPermissions,
    servicesPermission,
    subnetworkPermission,
  ],
  async read(source) {
    const clusters = await source.reading('gkeClusters');
    if (!('value' in clusters)) return unreadFor(networksUsed, clusters);
    const number = valueOf(await source.reading('project'))?.number;
    const subnetworks = new Map<string, Set<string>>();
    for (const { network, subnetwork } of clusters.value) {
      const host = /^projects\/([^/]+)\//.exec(network ?? '')?.[1];
      if (!host || host === source.project || host === number) continue;
      subnetworks.set(host, (subnetworks.get(host) ?? new Set()).add(subnetwork ?? ''));
    }
    const gaps: Gap[] = [];
    const hosts = await readEach([...subnetworks], 4, async ([host, names]) => {
      const read = await readHost(source, host, [...names].filter(Boolean));
      gaps.push(...read.gaps);
      return [host, read.value] as const;
    });
    return readingOf(Object.fromEntries(hosts), fewGaps(gaps));
  },
};

async function readHost(
  source: GcpSource,
  host: string,
  names: string[],
): Promise<{ value: HostProject; gaps: Gap[] }> {
  const { services, gaps } = await readServices(source, host);
  const policies = await projectLevels(source.run, host);
  const lookups = await readEach(
    names,
    4,
    async (name) => [name, await readSubnetwork(source, name)] as const,
  );
  const subnetworks: Record<string, Lookup<IamPolicy>> = Object.fromEntries(lookups);
  return {
    value: { services, policies, subnetworks },
    gaps: [...gaps, ...policies.flatMap(levelGap), ...Object.values(subnetworks).flatMap(lookupGap)],
  };
}

const networksUsed = {
  en: 'Which networks the clusters use',
  ja: 'クラスターがどのネットワークを使うか',
};

async function readServices(
  { run }: GcpSource,
  host: string,
): Promise<{ services: Record<string, string> | null; gaps: Gap[] }> {
  try {
    return { services: await run.services(host), gaps: [] };
  } catch (error) {
    const action = {
      en: `read which APIs are on in the host project ${host}`,
      ja: `ホストプロジェクト ${host} で有効な API を確認`,
    };
    return { services: null, gaps: [gapOf(error, { action, permission: servicesPermission })] };
  }
}

async function readSubnetwork({ run }: GcpSource, name: string): Promise<Lookup<IamPolicy>> {
  try {
    const policy = await run.api.call<PolicyAnswer>({
      api: 'compute',
      path: `${encodePath(name)}/getIamPolicy`,
      query: { optionsRequestedPolicyVersion: 3 },
    });
    return { state: 'exists', value: parsePolicy(policy) };
  } catch (error) {
    if (isMissing(error)) return { state: 'missing' };
    const attempt = {
      action: { en: `read the IAM policy of ${name}`, ja: `${name} の IAM ポリシーを取得` },
      permission: subnetworkPermission,
    };
    return { state: 'unread', why: whyNot(error, attempt) };
  }
}
