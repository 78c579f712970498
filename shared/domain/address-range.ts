/** IPv4 address ranges in CIDR notation. */

interface Range {
  first: number;
  last: number;
}

/** Null for what is no IPv4 range. */
function parseRange(cidr: string): Range | null {
  const [, address = '', bits = ''] = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const bytes = address.split('.').map(Number);
  const prefix = Number(bits);
  if (address === '' || prefix > 32 || bytes.some((byte) => byte > 255)) return null;
  const size = 2 ** (32 - prefix);
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

/** Whether the outer range holds the whole of the inner one; false where either is no IPv4 range. */
export function coversRange(outer: string, inner: string): boolean {
  const [a, b] = [parseRange(outer), parseRange(inner)];
  return a !== null && b !== null && a.first <= b.first && b.last <= a.last;
}

/** Whether two ranges have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), parseRange(other)];
  return a !== null && b !== null && a.first <= b.last && b.first <= a.last;
}

/** Whether the address lies in the range; false where either is not known. */
export function addressIn(address: string | null, cidr: string | null): boolean {
  return address !== null && cidr !== null && coversRange(cidr, `${address}/32`);
}
