/** What a schema says against an input, in one line for the person who wrote it. */
import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

/** The first faults of an input, each with where it is. */
export function describeIssues({ issues }: z.core.$ZodError): string {
  return issues
    .slice(0, 3)
    .map((issue) => {
      const path = issue.path.join('.');
      return path ? `"${path}": ${describe(issue)}` : describe(issue);
    })
    .join('; ');
}

/** The library's small edition has no words of its own for these. */
function describe(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${issue.keys.map((key) => JSON.stringify(key)).join(', ')} is not known`;
    case 'invalid_type':
      return `must be ${/^[aeiou]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
    case 'too_small':
      return `must hold at least ${issue.minimum}`;
    case 'too_big':
      return `must hold at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}
