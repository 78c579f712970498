/** Refused calls with what IAM says of them, and which kind of policy refuses. */
import type { RefusingPolicy } from '../../../domain/access-denied-text.ts';
import {
  permissionCheckKey,
  type PermissionCheck,
  type ServiceDenial,
} from '../../../domain/service-denial.ts';
import type { AwsFacts } from '../../../observation.ts';
import type { Words } from '../../../words.ts';

/** Which policy refuses: a kind, and whether by a statement that denies or for want of one that allows. */
export interface Refuser {
  kind: RefusingPolicy | 'untold';
  explicit: boolean;
}

export interface Refusal {
  denial: ServiceDenial;
  check: PermissionCheck | null;
  /** From the decoded message where there is one. */
  action: string;
  resource: string | null;
  refuser: Refuser;
}

export type Judged =
  | { state: 'refused'; refusal: Refusal }
  /** Today's policies allow it: they were mended since. */
  | { state: 'mended' }
  | { state: 'unknown'; why: Words };

export function judgeRefusal(
  denial: ServiceDenial,
  checks: AwsFacts['permissionChecks'] | undefined,
): Judged {
  const key = permissionCheckKey(denial);
  const check = (checks && Object.hasOwn(checks, key) ? checks[key] : undefined) ?? null;
  const action = check?.decoded?.action ?? denial.action;
  const resource = check?.decoded?.resource ?? denial.resource;
  const refuser = refuserOf(denial, check);
  const isAllowed = check?.decision === 'allowed';
  if (isAllowed && isSimulated(refuser.kind)) return { state: 'mended' };
  if (isAllowed && refuser.kind === 'untold')
    return {
      state: 'unknown',
      why: {
        en: `${denial.roleArn} was refused ${action}, which its policies allow today: they were mended since, or a policy refuses that IAM's simulator does not know (of a resource, an endpoint, a session, or a resource control policy)`,
        ja: `${denial.roleArn} は ${action} を拒否されましたが、現在のポリシーでは許可されています。その後に修正されたか、IAM のシミュレーターの対象外のポリシー (リソース、エンドポイント、セッションのポリシー、またはリソースコントロールポリシー) が拒否しています`,
      },
    };
  return { state: 'refused', refusal: { denial, check, action, resource, refuser } };
}

/** The kinds that IAM's simulator knows. */
function isSimulated(kind: Refuser['kind']): boolean {
  return kind === 'identity' || kind === 'boundary' || kind === 'scp';
}

/** What the service said, else what the simulator shows. */
function refuserOf({ policyType, explicit }: ServiceDenial, check: PermissionCheck | null): Refuser {
  if (policyType !== null) return { kind: policyType, explicit: explicit ?? false };
  const isDenied = check?.decoded?.explicit ?? false;
  if (check?.allowedByBoundary === false) return { kind: 'boundary', explicit: isDenied };
  if (check?.allowedByOrganizations === false) return { kind: 'scp', explicit: isDenied };
  if (check?.decision === 'explicitDeny') return { kind: 'identity', explicit: true };
  if (check?.decision === 'implicitDeny')
    return { kind: isDenied ? 'untold' : 'identity', explicit: isDenied };
  return { kind: 'untold', explicit: isDenied };
}
