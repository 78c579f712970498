/** The payloads that functions are started with. */
import { EventError, readAuditEvent, readDigestEvent, readStart } from '../../functions/event.ts';

const dayMs = 86_400_000;
const startedAt = '2026-01-01T06:00:00.000Z';
const account = '111122223333';

describe('the payload of a run', () => {
  it.each<[string, unknown, object]>([
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['an empty object', {}, {}],
    [
      'every field',
      {
        regions: ['eu-west-1', 'us-gov-west-1'],
        since: '6h',
        clusters: ['prod'],
        checks: ['eks/x'],
        deliver: true,
        runId: 'a-1',
      },
      {
        regions: ['eu-west-1', 'us-gov-west-1'],
        since: '6h',
        clusters: ['prod'],
        checks: ['eks/x'],
        deliver: true,
        runId: 'a-1',
      },
    ],
    [
      'an event of EventBridge',
      {
        version: '0',
        id: '1b2c',
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '1',
        time: 't',
        region: 'r',
        resources: [],
        detail: {},
      },
      { runId: '1b2c' },
    ],
    [
      'an event of EventBridge Scheduler',
      { id: 'x', 'detail-type': 'Scheduled Event', source: 'aws.scheduler', detail: '{}' },
      { runId: 'x' },
    ],
  ])('may be %s', (_, event, expected) => {
    expect(readStart(event)).toEqual(expected);
  });

  it.each<[string, unknown, RegExp]>([
    [
      'an unknown key',
      { region: 'eu-west-1' },
      /region is "eu-west-1", which is not known; allowed are regions/,
    ],
    [
      'text for a list',
      { regions: 'eu-west-1' },
      /regions is "eu-west-1"; allowed are regions \(\["eu-west-1"\]\)/,
    ],
    ['a region that is none', { regions: ['Ireland'] }, /regions\.0 is "Ireland"; allowed/],
    ['no region at all', { regions: [] }, /regions is \[\]; allowed/],
    ['a number of hours', { since: 6 }, /since is 6; allowed .*"24h"/],
    ['a span that is none', { since: '6 hours' }, /since: "6 hours" is no span of time/],
    ['text for a switch', { deliver: 'yes' }, /deliver is "yes"; allowed .*true or false/],
    ['an id that is a path', { runId: '../x/y' }, /runId is "\.\.\/x\/y"; allowed/],
    ['text', 'audit', /the event is "audit"; allowed/],
    ['a list', [], /the event is \[\]; allowed/],
    ['an envelope of somebody else', { 'detail-type': 'x', source: 'evil' }, /not known; allowed/],
  ])('may not be %s', (_, event, complaint) => {
    expect(() => readStart(event)).toThrow(complaint);
    expect(() => readStart(event)).toThrow(EventError);
  });
});

describe('the payload of an audit', () => {
  const none = () => {
    throw new Error('nothing is to be completed');
  };

  it('may be a step of a run', () => {
    const step = { runId: 'a-1', account, request: { since: '6h', deliver: true, startedAt } };
    expect(readAuditEvent(step, none)).toEqual({ ...step, sinceMs: dayMs / 4 });
  });

  it('may be the payload of a run, whose id and time are then made', () => {
    const event = readAuditEvent({ regions: ['eu-west-1'] }, (start) => ({
      runId: 'made',
      request: { ...start, startedAt },
    }));
    expect(event).toEqual({
      runId: 'made',
      request: { regions: ['eu-west-1'], startedAt },
      sinceMs: dayMs,
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['a step without a run', { account, request: { startedAt } }, /runId is nothing; allowed are what/],
    ['a step without a time', { runId: 'x', account, request: {} }, /request\.startedAt is nothing; allowed/],
    [
      'an account that is none',
      { runId: 'x', account: '../1', request: { startedAt } },
      /account is "\.\.\/1"/,
    ],
    ['a wish to deliver', { deliver: true }, /only stores what it finds; start the state machine/],
  ])('may not be %s', (_, event, complaint) => {
    expect(() => readAuditEvent(event, none)).toThrow(complaint);
  });
});

describe('the payload of a digest', () => {
  const key = 'reports/2026/01/01/run/accounts/111122223333.json';
  const digest = { runId: 'run', request: { startedAt } };

  it('holds what audits answered, or the error with which they ended', () => {
    const results = [
      { account, key },
      { account, error: 'Error', cause: '{}' },
    ];
    const answers = [{ ...results[0], runId: 'run', findings: 3, broken: [] }, results[1]];
    expect(readDigestEvent({ ...digest, results: answers })).toEqual({ ...digest, results });
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /the event is nothing; allowed are what the step before/],
    ['a list', [], /the event is \[\]; allowed/],
    ['no results', { ...digest, results: [] }, /results is \[\]; allowed/],
    [
      'a key of something else',
      { ...digest, results: [{ account, key: 'secrets/x.json' }] },
      /results\.0\.key is "secrets/,
    ],
    ['a result without key and error', { ...digest, results: [{ account }] }, /results\.0 is/],
    [
      'an unknown key',
      { ...digest, results: [{ account, key }], send: true },
      /send is true, which is not known/,
    ],
    ['an id that is a path', { ...digest, runId: '..', results: [{ account, key }] }, /runId is "\.\."/],
  ])('may not be %s', (_, event, complaint) => {
    expect(() => readDigestEvent(event)).toThrow(complaint);
  });
});
