/** The payloads that functions are started with. */
import { readAuditEvent, readDigestEvent } from '../../functions/event.ts';

const dayMs = 86_400_000;

describe('the payload of an audit', () => {
  it.each<[string, unknown, object]>([
    ['nothing', undefined, { sinceMs: dayMs }],
    ['null', null, { sinceMs: dayMs }],
    ['an empty object', {}, { sinceMs: dayMs }],
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
        sinceMs: dayMs / 4,
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
      { runId: '1b2c', sinceMs: dayMs },
    ],
    [
      'an event of EventBridge Scheduler',
      { id: 'x', 'detail-type': 'Scheduled Event', source: 'aws.scheduler', detail: '{}' },
      { runId: 'x', sinceMs: dayMs },
    ],
  ])('may be %s', (_, event, expected) => {
    expect(readAuditEvent(event)).toEqual(expected);
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
    expect(() => readAuditEvent(event)).toThrow(complaint);
  });
});

describe('the payload of a digest', () => {
  const key = 'reports/2026/01/01/run/report.json';

  it.each<[string, unknown, object]>([
    ['keys', { keys: [key], runId: 'day' }, { keys: [key], runId: 'day' }],
    ['the answer of an audit', { runId: 'run', key, findings: 3, broken: [] }, { keys: [key] }],
    ['a list of answers', [{ key }, { key }], { keys: [key, key] }],
  ])('may be %s', (_, event, expected) => {
    expect(readDigestEvent(event)).toEqual(expected);
  });

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /the event is nothing; allowed are keys/],
    ['an empty list', [], /the event is \[\]; allowed/],
    ['no keys', { keys: [] }, /keys is \[\]; allowed/],
    ['a key of something else', { keys: ['secrets/x.json'] }, /keys\.0 is "secrets\/x\.json"; allowed/],
    ['one answer without a key', [{ key }, {}], /the event is \[/],
    ['an unknown key', { keys: [key], send: true }, /send is true, which is not known/],
  ])('may not be %s', (_, event, complaint) => {
    expect(() => readDigestEvent(event)).toThrow(complaint);
  });
});
