import type { container_v1 } from '@googleapis/container';
import type { GkeOperation } from '../../domain/google-cluster.ts';
import type { Reading } from '../../observation.ts';
import type { Reader } from '../reader.ts';
import { readingOf } from '../reading-of.ts';
import { encodeSegment } from './google-api.ts';
import { isGkeOff, missingZones, saysDisabled } from './clusters.ts';
import { parseOperation } from './parse-cluster.ts';
import { gapOf } from './refusal.ts';
import { unreadFor, type GcpSource } from './source.ts';

const permission = 'container.operations.list';

/** Operations that run, and those that ended in the window. */
export const operationsReader: Reader<GcpSource, GkeOperation[]> = {
  permissions: [permission],
  async read(source) {
    const { run, project, window } = source;
    if (await isGkeOff(source)) return readWithoutGke(source);
    try {
      const answer = await run.api.call<container_v1.Schema$ListOperationsResponse>({
        api: 'container',
        path: `v1/projects/${encodeSegment(project)}/locations/-/operations`,
      });
      const operations = (answer.operations ?? []).map(parseOperation);
      const current = operations.filter(
        ({ status, endTime }) =>
          status !== 'DONE' || endTime === null || Date.parse(endTime) >= window.from.getTime(),
      );
      return readingOf(
        current,
        missingZones(answer.missingZones, {
          en: `the operations of ${project}`,
          ja: `${project} のオペレーション`,
        }),
      );
    } catch (error) {
      if (await saysDisabled(source, error)) return readWithoutGke(source);
      return {
        state: 'unread',
        gaps: [
          gapOf(error, {
            action: {
              en: `list the operations of ${project}`,
              ja: `${project} のオペレーションの一覧を取得`,
            },
            permission,
          }),
        ],
      };
    }
  },
};

/** With the API off there are no operations where there are no clusters. */
async function readWithoutGke(source: GcpSource): Promise<Reading<GkeOperation[]>> {
  const clusters = await source.reading('gkeClusters');
  if (clusters.state === 'whole') return { state: 'whole', value: [] };
  return unreadFor({ en: 'What operations there were', ja: 'どのオペレーションがあったか' }, clusters);
}
