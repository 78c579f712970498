/** `--canary principal=…,cluster=…`: principals that must reach a cluster, with the function's own checks. */
import { canaryOf, canarySchema, type Canary } from '../canary.ts';
import { describeIssues } from '../schema-issues.ts';
import { UserError } from './user-error.ts';

/** As it was written, taken apart. */
export interface GivenCanary {
  written: string;
  values: Readonly<Record<string, string | string[]>>;
}

/**
 * Where one project is audited, a canary that names none is of that one.
 * @throws {UserError}
 */
export function completeCanaries(
  given: readonly GivenCanary[],
  projects: readonly string[] | undefined,
): Canary[] {
  const [only] = projects?.length === 1 ? projects : [];
  return given.map(({ written, values }) => {
    const parsed = canarySchema.safeParse({ ...(only !== undefined && { project: only }), ...values });
    if (!parsed.success)
      throw new UserError(`Cannot use --canary ${written}: ${describeIssues(parsed.error)}`);
    return canaryOf(parsed.data);
  });
}
