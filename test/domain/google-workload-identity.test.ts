import fc from 'fast-check';
import {
  isNearMiss,
  parseWorkloadMember,
  workloadMember,
} from '../../shared/domain/google-workload-identity.ts';
import { inLanguage } from '../../shared/words.ts';

const path =
  'principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p.svc.id.goog';

describe('parseWorkloadMember()', () => {
  it('reads both forms', () => {
    const named = { state: 'valid', pool: 'p.svc.id.goog', namespace: 'shop', name: 'cart' };
    expect(parseWorkloadMember('serviceAccount:p.svc.id.goog[shop/cart]')).toEqual({
      ...named,
      form: 'account',
    });
    expect(parseWorkloadMember(`${path}/subject/ns/shop/sa/cart`)).toEqual({ ...named, form: 'principal' });
  });

  it('reads a pool of a project of a domain', () => {
    expect(parseWorkloadMember('serviceAccount:example.com:p.svc.id.goog[a/b]')).toMatchObject({
      pool: 'example.com:p.svc.id.goog',
    });
  });

  it.each([
    ['serviceAccount:p.svc.id.goog', /does not end in/],
    ['serviceAccount:p.svc.id.goog[cart]', /does not end in/],
    ['serviceAccount:p.svc.id.goog[shop/]', /no name/],
    ['serviceAccount:p.svc.id.goog[Shop/cart]', /no namespace/],
    ['serviceAccount:.svc.id.goog[shop/cart]', /names no project/],
    ['serviceAccount:p.svc.id.goog[shop/cart/x]', /does not end in/],
    [`${path}/subject/ns/shop`, /does not end in/],
    [path.replace('123', 'p') + '/subject/ns/a/sa/b', /must be the project's number$/],
    [path.replace('123', 'p').replace('p.svc', '123.svc') + '/subject/ns/a/sa/b', /swapped/],
    [path.replace('p.svc', '.svc') + '/subject/ns/a/sa/b', /must begin with the project's id/],
    [path.replace('global', 'eu') + '/subject/ns/a/sa/b', /location is "eu"/],
  ])('says what is wrong with %s', (member, why) => {
    const parsed = parseWorkloadMember(member);
    expect(parsed.state === 'malformed' && inLanguage(parsed.why, 'en')).toMatch(why);
  });

  it.each([
    'serviceAccount:nodes@p.iam.gserviceaccount.com',
    'user:alice@example.com',
    path.replace('principal:', 'principalSet:') + '/namespace/shop',
    'principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/github/subject/repo',
    '',
  ])('leaves %s alone', (member) => {
    expect(parseWorkloadMember(member)).toEqual({ state: 'other' });
  });

  it('never throws, and reads what it writes', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof parseWorkloadMember(text).state === 'string'));
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
    fc.assert(
      fc.property(label, label, (namespace, name) => {
        const parsed = parseWorkloadMember(workloadMember('p.svc.id.goog', namespace, name));
        return parsed.state === 'valid' && parsed.namespace === namespace && parsed.name === name;
      }),
    );
  });
});

describe('isNearMiss()', () => {
  it.each([
    ['cart', 'card', true],
    ['checkout', 'chekcout', true],
    ['payments', 'payment', true],
    ['cart', 'cart', false],
    ['cart', 'admin', false],
    ['a', 'b', false],
    ['frontend', 'backend', false],
  ])('%s and %s: %s', (a, b, near) => {
    expect(isNearMiss(a, b)).toBe(near);
  });

  it('is the same both ways, and soon done for huge names', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => isNearMiss(a, b) === isNearMiss(b, a)));
    expect(isNearMiss('a'.repeat(100_000), 'a'.repeat(100_001))).toBe(false);
  });
});
