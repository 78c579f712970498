import { Ajv2020 } from 'ajv/dist/2020.js';
import { renderOcsf } from '../../shared/render/ocsf.ts';
import type { Finding } from '../../shared/report.ts';
import { complianceFinding, detectionFinding } from './ocsf-schema.ts';
import { quietReport, sampleFinding, sampleReport } from './sample-report.ts';

const ajv = new Ajv2020({ strict: false, allErrors: true });
const schemas: Record<number, ReturnType<typeof ajv.compile>> = {
  2003: ajv.compile(complianceFinding),
  2004: ajv.compile(detectionFinding),
};

interface Event extends Record<string, unknown> {
  class_uid: number;
  finding_info: Record<string, unknown>;
}

function eventsOf(findings: Finding[]): Event[] {
  const lines = renderOcsf({ ...sampleReport, findings })
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Event);
}

function complaints(event: Event) {
  const validate = schemas[event.class_uid];
  return validate?.(event) ? [] : (validate?.errors ?? [`there is no class ${event.class_uid}`]);
}

const eventOf = (changes: Partial<Finding>) => eventsOf([sampleFinding(changes)])[0]!;

describe('renderOcsf()', () => {
  it('gives an event that the schema knows for every finding, whatever it holds', () => {
    const events = eventsOf(sampleReport.findings);
    expect(events).toHaveLength(sampleReport.findings.length);
    for (const event of events) expect(complaints(event)).toEqual([]);
  });

  it('is told by the schema where it is wrong', () => {
    const event = eventOf({});
    expect(complaints({ ...event, time: 1_767_333_600 })).toMatchObject([{ instancePath: '/time' }]);
    expect(complaints({ ...event, finding_info: {} })).not.toEqual([]);
    expect(complaints({ ...event, severity_id: 7 })).not.toEqual([]);
    expect(complaints({ ...event, anything: 1 })).not.toEqual([]);
    expect(complaints({ ...event, class_uid: 2003 })).not.toEqual([]);
  });

  it('tells refused calls as a detection, with their times in milliseconds', () => {
    expect(eventOf({})).toMatchObject({
      class_uid: 2004,
      type_uid: 200401,
      activity_name: 'Create',
      severity_id: 4,
      count: 1342,
      start_time: Date.UTC(2026, 0, 1, 6, 12, 44),
      end_time: Date.UTC(2026, 0, 2, 5, 58, 3),
      time: Date.UTC(2026, 0, 2, 6, 1, 12),
      is_alert: true,
      finding_info: { uid: '1f0c2a9b7e5d4c31', types: ['eks/irsa-trust-subject'] },
      resources: [{ uid: 'arn:aws:iam::111122223333:role/cart', group: { name: 'prod' }, namespace: 'shop' }],
      cloud: { provider: 'AWS', account: { uid: '111122223333', type_id: 10 }, region: 'eu-west-1' },
    });
  });

  it('tells every other fault as posture, since it is open', () => {
    const event = eventOf({ denial: null, change: 'open', openSince: '2025-12-24T06:00:00Z', cloud: 'gcp' });
    expect(event).toMatchObject({
      class_uid: 2003,
      type_uid: 200302,
      compliance: { control: 'eks/irsa-trust-subject', status_id: 3 },
      finding_info: { created_time: Date.UTC(2025, 11, 24, 6) },
      cloud: { provider: 'GCP', project_uid: '111122223333' },
    });
    expect(complaints(event)).toEqual([]);
  });

  it.each<[Finding['change'], number, number]>([
    ['new', 1, 1],
    ['open', 2, 2],
    ['changed', 2, 2],
    ['muted', 2, 3],
    ['resolved', 3, 4],
  ])('takes activity and status from the change: %s', (change, activity, status) => {
    for (const denial of [null, sampleFinding().denial]) {
      const event = eventOf({ change, denial });
      expect(event).toMatchObject({ activity_id: activity, status_id: status });
      expect(complaints(event)).toEqual([]);
    }
  });

  it('leaves out times that are none', () => {
    const event = eventOf({ denial: { ...sampleFinding().denial!, firstSeen: 'never', sampleEventIds: [] } });
    expect(event).not.toHaveProperty('start_time');
    expect(complaints(event)).toEqual([]);
  });

  it('carries tags and the mute', () => {
    const mute = { reason: 'the move', expires: '2026-02-01T00:00:00Z', state: 'active' } as const;
    const event = eventOf({ tags: { team: 'payments' }, change: 'muted', mute });
    expect(event).toMatchObject({
      resources: [{ tags: [{ name: 'team', value: 'payments' }] }],
      unmapped: { mute },
    });
    expect(complaints(event)).toEqual([]);
  });

  it('holds nothing that a terminal obeys, and one event on each line', () => {
    const text = renderOcsf(sampleReport);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(text.trimEnd().split('\n')).toHaveLength(sampleReport.findings.length);
    expect(renderOcsf(quietReport)).toBe('');
  });
});
