import type { cloudresourcemanager_v3 } from '@googleapis/cloudresourcemanager';
import type { Binding, IamPolicy } from '../../domain/google-policy.ts';

/** A policy as every API of Google's sends it. */
export type PolicyAnswer = cloudresourcemanager_v3.Schema$Policy;

export function parsePolicy({ bindings, auditConfigs }: PolicyAnswer): IamPolicy {
  return {
    bindings: (bindings ?? []).map(parseBinding),
    auditConfigs: (auditConfigs ?? []).map(({ service, auditLogConfigs }) => ({
      service: service ?? '',
      logTypes: (auditLogConfigs ?? []).map(({ logType }) => logType ?? ''),
      exemptedMembers: [
        ...new Set((auditLogConfigs ?? []).flatMap(({ exemptedMembers }) => exemptedMembers ?? [])),
      ],
    })),
  };
}

function parseBinding({ role, members, condition }: cloudresourcemanager_v3.Schema$Binding): Binding {
  return {
    role: role ?? '',
    members: members ?? [],
    condition: condition ? { title: condition.title ?? null, expression: condition.expression ?? '' } : null,
  };
}
