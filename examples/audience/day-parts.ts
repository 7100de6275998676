/**
 * Which genres belong to which part of the day, and when people watch. Made up: the data set has times of typing, not of
 * watching. What an evaluation on this audience says of context is worth as much as these tables.
 */
import type { Share } from '../../domain/random.ts';

type Factors = Readonly<Record<string, number>>;

/** From this hour on, until the next. */
const DAY_PARTS: readonly { readonly from: number; readonly factors: Factors }[] = [
  {
    from: 0,
    factors: { Horror: 3, Thriller: 2, 'Sci-Fi': 2, 'Film-Noir': 2, "Children's": 0.2, Animation: 0.4 },
  },
  {
    from: 6,
    factors: { "Children's": 2.5, Animation: 2.5, Musical: 1.5, Horror: 0.3, Thriller: 0.6, War: 0.6 },
  },
  { from: 12, factors: { "Children's": 1.8, Adventure: 1.5, Comedy: 1.3, Documentary: 1.5, Horror: 0.5 } },
  { from: 18, factors: { Drama: 1.3, Action: 1.4, Romance: 1.4, Crime: 1.3, "Children's": 0.7 } },
  { from: 22, factors: { Horror: 2.5, Thriller: 1.8, 'Sci-Fi': 1.6, Crime: 1.4, "Children's": 0.2 } },
];

/** The geometric mean over the genres of a title. */
export function dayPartFactor(genres: readonly string[], hour: number): number {
  const { factors } = DAY_PARTS.findLast(({ from }) => hour >= from) ?? DAY_PARTS[0]!;
  if (genres.length === 0) return 1;
  const logs = genres.reduce((sum, genre) => sum + Math.log(factors[genre] ?? 1), 0);
  return Math.exp(logs / genres.length);
}

/** When sessions begin, local time. */
export const SESSION_HOURS: readonly Share<number>[] = [
  3, 2, 1, 1, 1, 1, 2, 4, 4, 3, 3, 4, 5, 5, 5, 5, 6, 8, 10, 13, 15, 14, 10, 6,
].map((share, hour) => ({ value: hour, share }));

/** Local time less UTC, hours; whole ones suffice here. */
const UTC_OFFSETS: Readonly<Record<string, number>> = {
  ...{ US: -6, BR: -3, MX: -6, GB: 0, DE: 1, FR: 1, IN: 5, JP: 9 },
};

export const utcOffsetOf = (country: string): number => UTC_OFFSETS[country] ?? 0;
