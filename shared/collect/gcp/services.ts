import type { GcpFacts } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { gapOf } from './refusal.ts';
import { valueOf, type GcpSource } from './source.ts';

export const servicesPermission = 'serviceusage.services.get';

/** Whether the APIs are on that GKE rests on, all in one request. */
export const servicesReader: Reader<GcpSource, GcpFacts['services']> = {
  permissions: [servicesPermission],
  async read(source) {
    const { run, project } = source;
    const number = valueOf(await source.reading('project'))?.number;
    try {
      return { state: 'whole', value: await run.services(number || project) };
    } catch (error) {
      const attempt = {
        action: { en: `read which APIs are on in ${project}`, ja: `${project} で有効な API を確認` },
        permission: servicesPermission,
      };
      return { state: 'unread', gaps: [gapOf(error, attempt)] };
    }
  },
};
