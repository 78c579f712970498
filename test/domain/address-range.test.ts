import { addressIn, coversRange, overlaps } from '../../shared/domain/address-range.ts';

describe('coversRange()', () => {
  it.each([
    ['10.0.0.0/16', '10.0.1.0/24', true],
    ['0.0.0.0/0', '192.168.1.0/24', true],
    ['10.0.1.0/24', '10.0.1.0/24', true],
    ['10.0.1.0/24', '10.0.0.0/16', false],
    ['10.0.1.7/24', '10.0.1.128/25', true],
    ['255.255.255.255/32', '255.255.255.255/32', true],
    ['::/0', '10.0.0.0/16', false],
    ['10.0.0.0/33', '10.0.0.0/33', false],
    ['10.0.0.256/32', '10.0.0.1/32', false],
    ['', '', false],
  ])('%s of %s is %s', (outer, inner, covers) => {
    expect(coversRange(outer, inner)).toBe(covers);
  });
});

describe('overlaps()', () => {
  it.each([
    ['10.0.0.0/16', '10.0.1.0/24', true],
    ['10.0.1.0/24', '10.0.0.0/16', true],
    ['10.0.0.0/24', '10.0.1.0/24', false],
    ['10.0.0.0/24', 'x', false],
  ])('%s and %s is %s', (one, other, common) => {
    expect(overlaps(one, other)).toBe(common);
  });
});

describe('addressIn()', () => {
  it.each([
    ['10.0.1.11', '10.0.1.0/24', true],
    ['10.0.2.11', '10.0.1.0/24', false],
    [null, '10.0.1.0/24', false],
    ['10.0.1.11', null, false],
    ['fd00::1', '10.0.1.0/24', false],
  ])('%s in %s is %s', (address, range, lies) => {
    expect(addressIn(address, range)).toBe(lies);
  });
});
