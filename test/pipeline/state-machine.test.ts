/** The interpreter of state machines, where the deployed one does not show what it does. */
import { execute, type Definition, type Execution } from './state-machine.ts';
import { TaskError } from './task-error.ts';

const task = { Type: 'Task' as const, Resource: 'r', End: true };
const succeed: Execution = { task: async (_, input) => input };

/** Fails with these errors, one after the other, then answers. */
function failing(...errors: string[]): Execution & { waits: number[] } {
  const waits: number[] = [];
  return {
    waits,
    task: async () => {
      const error = errors.shift();
      if (error !== undefined) throw new TaskError(error, 'why');
      return 'done';
    },
    onRetry: (_state, _error, seconds) => void waits.push(seconds),
  };
}

const retrying: Definition = {
  StartAt: 'T',
  States: {
    T: {
      ...task,
      Retry: [
        { ErrorEquals: ['Final'], MaxAttempts: 0 },
        {
          ErrorEquals: ['States.ALL'],
          IntervalSeconds: 30,
          MaxAttempts: 2,
          BackoffRate: 2,
          MaxDelaySeconds: 50,
        },
      ],
    },
  },
};

it('tries again as often as the first matching retrier says, and waits longer each time', async () => {
  const twice = failing('A', 'B');
  await expect(execute(retrying, {}, twice)).resolves.toBe('done');
  expect(twice.waits).toEqual([30, 50]);
  await expect(execute(retrying, {}, failing('A', 'B', 'C'))).rejects.toThrow('C: why');
  await expect(execute(retrying, {}, failing('Final'))).rejects.toThrow('Final: why');
});

it('goes on where an error is caught, with the error where it is told to put it', async () => {
  const definition: Definition = {
    StartAt: 'T',
    States: {
      T: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'P', ResultPath: '$.error' }] },
      P: { Type: 'Pass', End: true, Parameters: { 'why.$': '$.error.Cause', kept: 1, 'x.$': '$.x' } },
    },
  };
  await expect(execute(definition, { x: 2 }, failing('A'))).resolves.toEqual({ why: 'why', kept: 1, x: 2 });
});

it.each<[string, Definition['States'][string], RegExp]>([
  ['a field', { ...task, HeartbeatSeconds: 1 } as never, /T has HeartbeatSeconds, which this interpreter/],
  ['a path', { ...task, Parameters: { 'a.$': '$.list[0]' } }, /does not know the path \$\.list\[0\]/],
  ['a result path', { ...task, ResultPath: '$.a.b' }, /does not know the result path/],
  [
    'an intrinsic function',
    { ...task, Parameters: { 'a.$': 'States.UUID()' } },
    /does not know the path States/,
  ],
  [
    'what is not in the input',
    { ...task, Parameters: { 'a.$': '$.b' } },
    /States\.Runtime: \$\.b could not be/,
  ],
])('refuses %s that it does not know', async (_, state, complaint) => {
  await expect(execute({ StartAt: 'T', States: { T: state } }, {}, succeed)).rejects.toThrow(complaint);
});
