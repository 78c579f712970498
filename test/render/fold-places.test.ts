import { foldPlaces } from '../../shared/render/fold-places.ts';
import { messagesIn } from '../../shared/render/messages/messages-in.ts';
import { renderHtml } from '../../shared/render/html.tsx';
import { renderText } from '../../shared/render/text.ts';
import type { Report } from '../../shared/report.ts';
import { sampleReport } from './sample-report.ts';

const of = (places: string[], text: (place: string) => string) =>
  foldPlaces(
    places.map((place) => ({ place })),
    ({ place }) => text(place),
    messagesIn('en'),
  );
const projects = (count: number) => Array.from({ length: count }, (_, n) => `Google Cloud shop-${1000 + n}`);

it('leaves the line of a single place as it is', () => {
  expect(of(['AWS 111122223333'], () => 'roles')).toEqual(['AWS 111122223333: roles']);
});

it('says once what holds for many places, and how many they are', () => {
  expect(of(projects(2), () => 'project')).toEqual([
    'Google Cloud shop-1000, and likewise Google Cloud shop-1001: project',
  ]);
  expect(of(projects(12), () => 'project')).toEqual([
    'Google Cloud shop-1000, and likewise Google Cloud shop-1001, Google Cloud shop-1002, Google Cloud shop-1003 and 8 more: project',
  ]);
});

it('knows reasons for the same that differ by the id of the place', () => {
  const why = (place: string) => `logs of ${place.split(' ').at(-1)} are off`;
  expect(of(projects(2), why)).toEqual([
    'Google Cloud shop-1000, and likewise Google Cloud shop-1001: logs of shop-1000 are off',
  ]);
});

it('keeps apart what differs, and what only looks alike', () => {
  const texts = ['roles', 'roles', 'clusters'];
  const items = texts.map((text, n) => ({ place: `AWS 11112222333${n}`, text }));
  expect(foldPlaces(items, ({ text }) => text, messagesIn('en'))).toHaveLength(2);
  // Each names the other: not the same fault.
  const crossed = [
    { place: 'Google Cloud shop-prod', text: 'the key of keys-prod' },
    { place: 'Google Cloud keys-prod', text: 'the key of shop-prod' },
  ];
  expect(foldPlaces(crossed, ({ text }) => text, messagesIn('en'))).toHaveLength(2);
});

it('keeps a report on a thousand projects short, and every one of them on its page', () => {
  const scope = projects(1000).map((name) => ({
    cloud: 'gcp' as const,
    account: name.split(' ').at(-1) ?? '',
  }));
  const whole = { location: null, complete: true, why: null };
  const report: Report = {
    ...sampleReport,
    scope,
    findings: [],
    coverage: scope.map((place) => ({ ...place, ...whole, fact: 'project' })),
    outcomes: scope.map((place) => ({
      ...place,
      rule: 'gke/cluster-access-denied',
      status: 'unknown',
      why: `logs of ${place.account} are off`,
    })),
  };
  expect(renderText(report, { width: 80, color: false }).split('\n').length).toBeLessThan(30);
  expect(renderHtml(report)).toContain('shop-1999');
});
