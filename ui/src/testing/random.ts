// Repeatable randomness for property tests (mulberry32, a public-domain generator by Tommy Ettinger).

export interface Random {
  /** A whole number from 0 to `below` - 1. */
  below: (below: number) => number;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return {
    below(below) {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = state;
      mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    },
  };
}

/** Cuts a list into pieces at random places; the pieces together are the whole. */
export function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(7);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
