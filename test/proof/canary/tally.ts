/** Counts what each profile of a canary was given and played, as the lake's query does. */
import type { CanaryArm } from '../../../domain/canary/arms.ts';
import type { CanaryReading, CanarySums } from '../../../domain/canary/verdict.ts';
import type { AudienceEvent } from '../../../examples/audience/page.ts';
import { canarySumsOf } from '../../support/canary-sums.ts';

export interface Tally {
  answered(profile: string): void;
  told(event: AudienceEvent): void;
  reading(): CanaryReading;
}

export function createTally(armOf: (profile: string) => CanaryArm | undefined): Tally {
  const profiles = new Map<string, { a: number; x: number; y: number }>();
  const of = (profile: string) => {
    const own = profiles.get(profile) ?? { a: 0, x: 0, y: 0 };
    profiles.set(profile, own);
    return own;
  };
  return {
    answered(profile) {
      of(profile).a += 1;
    },
    told(event) {
      if (event['recommendationId'] === undefined) return;
      if (event.kind === 'impression') of(event.profileId).x += 1;
      if (event.kind === 'play_start') of(event.profileId).y += 1;
    },
    reading() {
      const arms = Map.groupBy(profiles, ([profile]) => armOf(profile) ?? 'rest');
      const sums = (['candidate', 'baseline'] as const).map((arm): [CanaryArm, CanarySums] => {
        return [arm, canarySumsOf((arms.get(arm) ?? []).map(([, one]) => one))];
      });
      return Object.fromEntries(sums);
    },
  };
}
