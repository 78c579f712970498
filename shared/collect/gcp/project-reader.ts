import type { GcpFacts } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { gapOf } from './refusal.ts';
import type { GcpSource } from './source.ts';

const permission = 'resourcemanager.projects.get';

export const projectReader: Reader<GcpSource, GcpFacts['project']> = {
  permissions: [permission],
  async read({ run, project }) {
    try {
      return { state: 'whole', value: await run.project(project) };
    } catch (error) {
      return {
        state: 'unread',
        gaps: [
          gapOf(error, {
            action: { en: `read the project ${project}`, ja: `プロジェクト ${project} を取得` },
            permission,
          }),
        ],
      };
    }
  },
};
