/** What the functions call on the way of a refused call is what their deployed roles allow. */
import { resourceOf, statementsOf, synthesize, captureContext } from '../infra/synthesize.ts';
import { refusedEvent, startCapture, type Capture } from './capture-setup.ts';

let capture: Capture;
beforeAll(async () => {
  capture = await startCapture({ messagesAnHour: 10, coolDownHours: 6 });
});
afterAll(() => capture.close());

const template = synthesize({
  ...captureContext,
  mailFrom: 'clusterwhy@shop.example',
  mailTo: 'ops@shop.example',
});

function allowed(name: string): Set<string> {
  const [, { Properties }] = resourceOf(template, 'AWS::Lambda::Function', name);
  const [role] = (Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'];
  return new Set(statementsOf(template, role).flatMap(({ Action }) => Action));
}

/** The actions that each function calls; one calls another and waits, so the innermost is the caller. */
async function actionsByFunction(run: () => Promise<unknown>): Promise<Map<string, Set<string>>> {
  const running = ['Capture'];
  const calls = new Map<string, Set<string>>();
  const { state } = capture.cloud;
  const originals = new Map(state.functions);
  for (const [name, handler] of originals)
    state.functions.set(name, async (event) => {
      running.push(name === 'audit' ? 'Audit' : 'Digest');
      return handler(event).finally(() => running.pop());
    });
  state.watch = (moment, { action }) => {
    const caller = running.at(-1) ?? '';
    if (moment === 'before') calls.set(caller, (calls.get(caller) ?? new Set()).add(action));
  };
  try {
    await run();
  } finally {
    state.watch = null;
    for (const [name, handler] of originals) state.functions.set(name, handler);
  }
  return calls;
}

it('and each calls what is its own', async () => {
  const calls = await actionsByFunction(async () => {
    capture.queue.send(refusedEvent({ number: 1 }));
    await capture.deliver();
  });
  expect(capture.cloud.sns).toHaveLength(1);
  expect([...(calls.get('Capture') ?? [])].sort()).toEqual([
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'lambda:InvokeFunction',
  ]);
  expect(calls.get('Audit')).toContain('iam:ListRoles');
  expect(calls.get('Digest')).toContain('sns:Publish');
  for (const [name, actions] of calls) {
    // Whoever has credentials may ask whose they are.
    const refused = [...actions].filter(
      (action) => action !== 'sts:GetCallerIdentity' && !allowed(name).has(action),
    );
    expect({ name, refused }).toEqual({ name, refused: [] });
  }
});
