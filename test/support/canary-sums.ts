import type { CanarySums } from '../../domain/canary/verdict.ts';

/** What one profile was answered (a), shown (x) and played (y). */
export interface CanaryProfile {
  readonly a: number;
  readonly x: number;
  readonly y: number;
}

/** Sums over profiles, one profile after the other, as the lake's query has them. */
export function canarySumsOf(profiles: readonly CanaryProfile[]): CanarySums {
  const sum = (of: (one: CanaryProfile) => number): number => profiles.reduce((all, one) => all + of(one), 0);
  return {
    profiles: profiles.length,
    ...{ answers: sum(({ a }) => a), impressions: sum(({ x }) => x), plays: sum(({ y }) => y) },
    answersSquared: sum(({ a }) => a * a),
    impressionsSquared: sum(({ x }) => x * x),
    playsSquared: sum(({ y }) => y * y),
    answersByPlays: sum(({ a, y }) => a * y),
    impressionsByPlays: sum(({ x, y }) => x * y),
  };
}
