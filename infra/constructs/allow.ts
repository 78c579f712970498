import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { acknowledge } from './acknowledge.ts';

export interface Permission {
  /** Says in the policy what the permission is for. */
  sid: string;
  actions: string[];
  /** ARNs. */
  resources: string[];
  conditions?: Record<string, Record<string, unknown>>;
  /** Why a resource holds a wildcard; without it cdk-nag refuses the stack. */
  widerBecause?: string;
}

/** Adds one statement to the policy of a role. */
export function allow(role: Role, { sid, actions, resources, conditions, widerBecause }: Permission): void {
  role.addToPolicy(new PolicyStatement({ sid, actions, resources, ...(conditions && { conditions }) }));
  if (widerBecause === undefined) return;
  const wide = resources
    .map((resource) => flatten(Stack.of(role).resolve(resource)))
    .filter((one) => one.includes('*'));
  acknowledge(
    role,
    wide.map((resource) => `IAM5[Resource::${resource}]`),
    widerBecause,
  );
}

/** An ARN in the spelling of cdk-nag: references stand in angle brackets. */
function flatten(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', null]] = Object.entries(value);
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(flatten).join(separator);
  }
  return `<${Array.isArray(argument) ? argument.join('.') : String(argument)}>`;
}
