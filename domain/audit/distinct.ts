/**
 * How many distinct values a column held: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier 2007) with 256 registers and
 * linear counting for few values (Whang, Vander-Zanden, Taylor 1990). Standard error 6.5 %; at most the 2^32 values
 * that the hash tells apart.
 */
const REGISTERS = 256;
const REGISTER_BITS = 8;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);
const LINEAR_BELOW = 2.5 * REGISTERS;
const POWERS = Array.from({ length: 34 - REGISTER_BITS }, (_, rank) => 2 ** -rank);

export type DistinctSketch = Uint8Array;

export const createDistinctSketch = (): DistinctSketch => new Uint8Array(REGISTERS);

/** Takes an even 32-bit hash. */
export function addHash(sketch: DistinctSketch, hash: number): void {
  const register = hash >>> (32 - REGISTER_BITS);
  // The bit below the hash's last ends a run of zeros.
  const rank = Math.clz32((hash << REGISTER_BITS) | (1 << (REGISTER_BITS - 1))) + 1;
  if (rank > sketch[register]!) sketch[register] = rank;
}

/** Makes `into` the sketch of the values of both. */
export function mergeDistinct(into: DistinctSketch, from: DistinctSketch): void {
  for (let i = 0; i < REGISTERS; i++) if (from[i]! > into[i]!) into[i] = from[i]!;
}

export function estimateDistinct(sketch: DistinctSketch): number {
  let sum = 0;
  let zeros = 0;
  for (let i = 0; i < REGISTERS; i++) {
    sum += POWERS[sketch[i]!]!;
    if (sketch[i] === 0) zeros++;
  }
  const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
  return raw <= LINEAR_BELOW && zeros > 0 ? REGISTERS * Math.log(REGISTERS / zeros) : raw;
}
