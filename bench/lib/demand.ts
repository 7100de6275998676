/** Who watches what in the speed benchmark: titles by demand, countries by size. Same seed, same events. */

export const TITLES = 10_000;
export const PROFILES = 1_000_000;
/** Zipf–Mandelbrot: of 10,000 titles the top 1 % take 25 % of events and the top 10 % take 70 %. */
const TITLE_EXPONENT = 1.4;
const TITLE_SHIFT = 127;
/** The largest country has 22 % of profiles, the smallest half a percent. */
const COUNTRY_EXPONENT = 1;

export const COUNTRIES: readonly string[] = (
  'US BR IN MX GB DE FR JP KR ES IT CA AR CO AU PL TR NL ID PH CL PE SE TH BE ' +
  'MY ZA NO DK CH AT FI PT GR CZ HU RO IE NZ IL SG HK TW EC VE UA EG NG KE MA'
).split(' ');

/** Draws an index below the number of weights, by weight, from two numbers in [0, 1). Alias method (Vose 1991). */
export function createSampler(weights: readonly number[]): (u: number, v: number) => number {
  const { length } = weights;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scaled = Float64Array.from(weights, (weight) => (weight * length) / total);
  const share = new Float64Array(length).fill(1);
  const alias = Int32Array.from(scaled, (_, i) => i);
  const small: number[] = [];
  const large: number[] = [];
  scaled.forEach((weight, i) => (weight < 1 ? small : large).push(i));
  while (small.length > 0 && large.length > 0) {
    const less = small.pop()!;
    const more = large.at(-1)!;
    share[less] = scaled[less]!;
    alias[less] = more;
    scaled[more] = scaled[more]! - (1 - scaled[less]!);
    if (scaled[more] < 1) small.push(large.pop()!);
  }
  return (u, v) => {
    const i = Math.floor(u * length);
    return v < share[i]! ? i : alias[i]!;
  };
}

export const titleWeights: readonly number[] = Array.from(
  { length: TITLES },
  (_, rank) => (rank + 1 + TITLE_SHIFT) ** -TITLE_EXPONENT,
);
export const countryWeights: readonly number[] = COUNTRIES.map((_, rank) => (rank + 1) ** -COUNTRY_EXPONENT);
