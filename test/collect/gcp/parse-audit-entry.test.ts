import * as fc from 'fast-check';
import { groupDenials } from '../../../shared/collect/gcp/group-denials.ts';
import {
  parseAdminActivity,
  parseDenial,
  projectOfEntry,
  type LogEntry,
} from '../../../shared/collect/gcp/parse-audit-entry.ts';

const time = '2026-03-02T05:00:00.123456789Z';
const least = { serviceName: 'container.googleapis.com', methodName: 'm' };

const changes: Record<string, { given: object; expected: object | null }> = {
  'an entry with nothing but service and method': {
    given: { timestamp: time, protoPayload: least },
    expected: {
      principal: null,
      error: null,
      resource: '',
      labels: {},
      bindingDeltas: [],
      last: true,
      id: '',
    },
  },
  'an empty principal, as redacted entries have it': {
    given: { timestamp: time, protoPayload: { ...least, authenticationInfo: { principalEmail: '' } } },
    expected: { principal: null },
  },
  'an empty status, which means success': {
    given: { timestamp: time, protoPayload: { ...least, status: {} } },
    expected: { error: null },
  },
  'a failure without a message': {
    given: { timestamp: time, protoPayload: { ...least, status: { code: 9 } } },
    expected: { error: { code: 9, message: '' } },
  },
  'the first entry of an operation': {
    given: { timestamp: time, protoPayload: least, operation: { id: 'o', first: true } },
    expected: { last: false },
  },
  'the last entry of an operation': {
    given: { timestamp: time, protoPayload: least, operation: { id: 'o', last: true } },
    expected: { last: true },
  },
  'deltas with actions that are none': {
    given: {
      timestamp: time,
      protoPayload: {
        ...least,
        serviceData: { policyDelta: { bindingDeltas: [{ action: 'ODD' }, { action: 'ADD' }] } },
      },
    },
    expected: { bindingDeltas: [{ action: 'ADD', role: '', member: '' }] },
  },
  'a rotation of the address alone': {
    given: { timestamp: time, protoPayload: { ...least, methodName: 'x.StartIPRotation', request: {} } },
    expected: { rotateCredentials: false },
  },
  'a rotation whose request was left out': {
    given: { timestamp: time, protoPayload: { ...least, methodName: 'x.StartIPRotation' } },
    expected: { rotateCredentials: null },
  },
  'an entry without a payload': { given: { timestamp: time }, expected: null },
  'an entry without a time': { given: { protoPayload: least }, expected: null },
  'an entry whose time is none': { given: { timestamp: 'yesterday', protoPayload: least }, expected: null },
  'an entry without a method': {
    given: { timestamp: time, protoPayload: { serviceName: 's' } },
    expected: null,
  },
};

it.each(Object.entries(changes))('reads %s', (_, { given, expected }) => {
  const parsed = parseAdminActivity(given);

  if (expected === null) expect(parsed).toBeNull();
  else expect(parsed).toMatchObject({ time: '2026-03-02T05:00:00.123Z', ...expected });
});

it('names the permission that was not granted, not one that was', () => {
  const authorizationInfo = [{ permission: 'a.b.get', granted: true }, { permission: 'a.b.list' }];
  const entry = { timestamp: time, protoPayload: { ...least, authorizationInfo, status: { code: 7 } } };

  expect(parseDenial(entry)).toMatchObject({
    permission: 'a.b.list',
    code: 7,
    cluster: null,
    userAgent: null,
  });
});

it('takes no success for a refusal', () => {
  expect(parseDenial({ timestamp: time, protoPayload: { ...least, status: {} } })).toBeNull();
});

it('finds the project in the name of the log, else in the labels', () => {
  const labels = { project_id: 'b' };

  expect(projectOfEntry({ logName: 'projects/a/logs/x', resource: { labels } })).toBe('a');
  expect(projectOfEntry({ logName: 'folders/1/logs/x', resource: { labels } })).toBe('b');
  expect(projectOfEntry({})).toBeNull();
});

it('never throws, whatever an entry holds', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, c) => {
      const protoPayload = {
        ...least,
        serviceData: { policyDelta: { bindingDeltas: a } },
        authorizationInfo: a,
        authenticationInfo: b,
        requestMetadata: b,
        request: c,
        status: { code: 7, message: c },
      };
      const entry = { timestamp: time, protoPayload } as LogEntry;
      expect(parseAdminActivity(entry)?.method).toBe('m');
      const denial = parseDenial(entry);
      for (const text of [denial?.principal, denial?.permission, denial?.message, denial?.userAgent])
        expect(text === null || typeof text === 'string').toBe(true);
      parseAdminActivity({ timestamp: time, protoPayload: a } as LogEntry);
      parseDenial({ timestamp: time, protoPayload: a, resource: b } as LogEntry);
    }),
  );
});

it('counts what is no readable refusal', () => {
  const groups = groupDenials();
  groups.add(parseDenial({ timestamp: time, protoPayload: { ...least, status: { code: 7 } } }));
  groups.add(parseDenial({ timestamp: time }));

  expect(groups).toMatchObject({ events: 1, unparsed: 1 });
  expect(groups.list()).toHaveLength(1);
});

it('keeps memory to distinct refusals, and the newest call of each', () => {
  const groups = groupDenials();
  for (let index = 0; index < 10_000; index++) {
    const timestamp = new Date(Date.UTC(2026, 2, 2, 0, 0, (index * 7919) % 10_000)).toISOString();
    const callerIp = `192.0.2.${index % 250}`;
    const requestMetadata = { callerIp };
    groups.add(
      parseDenial({
        insertId: `${timestamp} ${callerIp}`,
        timestamp,
        protoPayload: { ...least, requestMetadata, status: { code: 7 } },
      }),
    );
  }
  const [denial, ...others] = groups.list();

  expect(others).toEqual([]);
  expect(denial).toMatchObject({
    events: 10_000,
    firstSeen: '2026-03-02T00:00:00.000Z',
    lastSeen: '2026-03-02T02:46:39.000Z',
  });
  expect(denial?.sampleEventIds[0]).toBe(`${denial?.lastSeen} ${denial?.callerIp}`);
  expect(denial?.sampleEventIds).toHaveLength(5);
});
