/** Choices that a seed determines, so that a failing case can be made again. */
export interface Random {
  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** So many hexadecimal digits, lower case. */
  hex(length: number): string;
  /** So many decimal digits; the first is not zero. */
  digits(length: number): string;
  /** A seed for choices of their own. */
  seed(): number;
}

/** Mulberry32: small, and good enough to choose test cases. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const text = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[below(alphabet.length)]).join('');
  return {
    below,
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    hex: (length) => text('0123456789abcdef', length),
    digits: (length) => text('123456789', 1) + text('0123456789', length - 1),
    seed: () => below(2 ** 31),
  };
}
