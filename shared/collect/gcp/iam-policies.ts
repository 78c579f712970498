import type { IamPolicy, PolicyLevel } from '../../domain/google-policy.ts';
import type { Gap } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { gapFromWhy } from './lookup-gap.ts';
import { parsePolicy } from './parse-policy.ts';
import { gapOf } from './refusal.ts';
import { unreadFor, type GcpSource } from './source.ts';

export const policyPermission = 'resourcemanager.projects.getIamPolicy';

/** What reading the levels above a project takes. */
export const ancestorPermissions = [
  'resourcemanager.folders.get',
  'resourcemanager.folders.getIamPolicy',
  'resourcemanager.organizations.getIamPolicy',
];

/** The project's own policy. */
export const iamPolicyReader: Reader<GcpSource, IamPolicy> = {
  permissions: [policyPermission],
  async read({ run, project }) {
    try {
      return { state: 'whole', value: parsePolicy(await run.policy(`projects/${project}`)) };
    } catch (error) {
      const attempt = {
        action: { en: `read the IAM policy of ${project}`, ja: `${project} の IAM ポリシーを取得` },
        permission: policyPermission,
      };
      return { state: 'unread', gaps: [gapOf(error, attempt)] };
    }
  },
};

/** The policies of the folders and the organization above, nearest first. */
export const inheritedPoliciesReader: Reader<GcpSource, PolicyLevel[]> = {
  permissions: ancestorPermissions,
  async read(source) {
    const project = await source.reading('project');
    if (!('value' in project)) return unreadFor(inheritance, project);
    const { parent } = project.value;
    if (parent === null) return { state: 'whole', value: [] };
    const levels = await source.run.ancestors(parent);
    return readingOf(levels, levels.flatMap(levelGap));
  },
};

const inheritance = { en: 'What the project inherits', ja: 'プロジェクトが何を継承するか' };

/** The gap that a level leaves which could not be read. */
export function levelGap(level: PolicyLevel): Gap[] {
  return level.state === 'unread' ? [gapFromWhy(level.why)] : [];
}
