/** Cohorts that come, look and play, for tests: profiles differ, and come back. */
import type { Random } from '../../../domain/random.ts';
import type { CanarySums } from '../../../domain/canary/verdict.ts';
import { canarySumsOf } from '../../support/canary-sums.ts';

export interface Cohort {
  /** One more visit of somebody. */
  visit(): void;
  sums(): CanarySums;
}

export interface CohortOptions {
  readonly random: Random;
  readonly profiles: number;
  /** Plays per impression on average; profiles differ by a factor of up to `spread` either way. */
  readonly rate: number;
  readonly spread: number;
  readonly impressions: number;
}

export function createCohort({ random, profiles, rate, spread, impressions }: CohortOptions): Cohort {
  const own = Array.from({ length: profiles }, () => ({
    rate: rate * spread ** (2 * random.next() - 1),
    // Some come often, most seldom.
    due: random.next() ** 3,
    a: 0,
    x: 0,
    y: 0,
  }));
  const total = own.reduce((sum, { due }) => sum + due, 0);
  return {
    visit() {
      let left = random.next() * total;
      const who = own.find(({ due }) => (left -= due) < 0) ?? own[0]!;
      const seen = 1 + random.below(2 * impressions);
      who.a += 1;
      for (let i = 0; i < seen; i++) {
        who.x += 1;
        if (!random.chance(who.rate)) continue;
        who.y += 1;
        // Who plays looks no further.
        break;
      }
    },
    sums: () => canarySumsOf(own.filter(({ a }) => a > 0)),
  };
}
