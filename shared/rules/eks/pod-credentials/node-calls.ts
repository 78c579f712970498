/** Calls that pods made with the role of their node. */
import { credentialSource } from '../../../domain/sdk-version.ts';
import type { KubernetesNode } from '../../../domain/kubernetes.ts';
import type { NodeRoleCall } from '../../../domain/service-denial.ts';
import { en, ja, joinWords, type Words } from '../../../words.ts';
import { oneLine, shortened, times } from '../web-identity/told.ts';

/** The calls of the instances behind the nodes with these names. */
export function callsFrom(
  calls: readonly NodeRoleCall[] | undefined,
  nodes: readonly KubernetesNode[] | undefined,
  names: readonly string[],
): NodeRoleCall[] {
  const wanted = new Set(names);
  const instances = new Set(
    (nodes ?? []).flatMap(({ name, instanceId }) => (instanceId && wanted.has(name) ? [instanceId] : [])),
  );
  return (calls ?? []).filter(({ instanceId }) => instances.has(instanceId));
}

/** `s3:CreateBucket` as CloudTrail names service and event. */
export function nameOfCall({ eventSource, eventName }: NodeRoleCall): string {
  return oneLine(`${eventSource.replace(/\.amazonaws\.com(\.cn)?$/, '')}:${eventName}`);
}

/** One line: what was called how often, from where, by which program. */
export function callText(call: NodeRoleCall): Words {
  const { instanceId, events, lastSeen, errorCode, userAgent } = call;
  const source = userAgent === null ? null : credentialSource(userAgent);
  const name = nameOfCall(call);
  const program = userAgent === null ? '' : oneLine(shortened(userAgent));
  const parts: Words[] = [
    {
      en: en`${name} from ${instanceId}, ${times(events)}, last at ${lastSeen}`,
      ja: ja`${instanceId} からの ${name} (${times(events)}、最終 ${lastSeen})`,
    },
    errorCode === null ? '' : { en: `refused with ${errorCode}`, ja: `${errorCode} で拒否` },
    userAgent === null ? '' : { en: `user agent ${program}`, ja: `ユーザーエージェント ${program}` },
    source === null ? '' : { en: en`credentials from ${source}`, ja: ja`認証情報の取得元: ${source}` },
  ];
  return joinWords(parts.filter(Boolean), '; ');
}
