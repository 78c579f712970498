/** Step Functions: executions of the state machines that a test has put there, run by the test itself. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import type { Call } from '../call.ts';
import type { RunningExecution } from '../cloud-state.ts';
import { jsonRpcService } from '../protocols/json-rpc.ts';
import type { JsonObject } from '../protocols/json-values.ts';

export const states = jsonRpcService('states', {
  StartExecution: { action: 'states:StartExecution', run: startExecution },
  DescribeExecution: { action: 'states:DescribeExecution', run: describeExecution },
  GetExecutionHistory: { action: 'states:GetExecutionHistory', run: getExecutionHistory },
});

function startExecution(input: JsonObject, { cloud }: Call): object {
  const machineArn = String(input['stateMachineArn']);
  const machine = cloud.stateMachines.get(machineArn);
  if (!machine)
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${machineArn}'`);
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${randomUUID()}`;
  const execution: RunningExecution = { machineArn, startedAt: new Date(), steps: [], end: null };
  cloud.executions.set(executionArn, execution);
  machine(
    JSON.parse((input['input'] as string | undefined) ?? '{}'),
    (step) => void execution.steps.push(step),
  ).then(
    (output) => (execution.end = { status: 'SUCCEEDED', output: JSON.stringify(output) }),
    ({ error, reason }: { error?: string; reason?: string }) =>
      (execution.end = { status: 'FAILED', error: error ?? 'States.Runtime', cause: reason ?? '' }),
  );
  return { executionArn, startDate: execution.startedAt };
}

function describeExecution(input: JsonObject, call: Call): object {
  const { machineArn, startedAt, end } = find(input, call);
  return {
    executionArn: input['executionArn'],
    stateMachineArn: machineArn,
    startDate: startedAt,
    ...(end ?? { status: 'RUNNING' }),
  };
}

function getExecutionHistory(input: JsonObject, call: Call): object {
  const events = find(input, call).steps.map((name, index) => ({
    id: index + 1,
    timestamp: call.cloud.builtFor,
    type: 'TaskStateEntered',
    stateEnteredEventDetails: { name },
  }));
  return { events: input['reverseOrder'] ? events.reverse() : events };
}

function find(input: JsonObject, { cloud }: Call): RunningExecution {
  const arn = String(input['executionArn']);
  const execution = cloud.executions.get(arn);
  if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}
