/** Canaries without a server: candidates in memory, figures that the test says, a clock that goes on with each look. */
import type { CanaryDeps } from '../../activities/canary.ts';
import type { CanaryReading, CanarySums } from '../../domain/canary/verdict.ts';
import type { CanarySettings, Traffic } from '../../domain/canary/settings.ts';
import type { Region } from '../../domain/ids.ts';
import { createCanaries } from '../../infra/hermes/canaries.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';

export const CANARY_SETTINGS: CanarySettings = {
  ...{ views: 'item-factors', share: 0.1, mostShare: 0.25, budgetMs: 600_000, longerMs: 0, lookMs: 60_000 },
  ...{ trafficMs: 3_600_000, alpha: 0.01, effect: 0.3, beta: 0.05, tolerance: 0.05, minProfiles: 50 },
  ...{ tooLittle: 'reject', untried: 'announce' },
};

/** An arm in which all profiles were given one answer with 20 titles and played the same. */
export const armOf = (profiles: number, plays: number): CanarySums => ({
  ...{ profiles, answers: profiles, impressions: profiles * 20, plays: profiles * plays },
  ...{ answersSquared: profiles, impressionsSquared: profiles * 400, playsSquared: profiles * plays ** 2 },
  ...{ answersByPlays: profiles * plays, impressionsByPlays: profiles * 20 * plays },
});
export const EQUAL: CanaryReading = { candidate: armOf(100, 1), baseline: armOf(100, 1) };
export const HARMED: CanaryReading = { candidate: armOf(100, 0), baseline: armOf(100, 1) };

export function createCanaryWorld(
  store: ObjectStore,
  region: Region,
  settings: Partial<CanarySettings> = {},
) {
  const clock = { now: Date.parse('2026-11-01T00:00:00Z') };
  const canaries = createCanaries({ store, region });
  const asked: string[] = [];
  const figures: { of: (look: number) => CanaryReading | Promise<CanaryReading>; traffic: Traffic } = {
    of: () => EQUAL,
    traffic: { profiles: 100_000, plays: 100_000 },
  };
  const all = { ...CANARY_SETTINGS, ...settings };
  const deps: CanaryDeps = {
    canaries,
    settings: all,
    reader: {
      async read(canary) {
        clock.now += all.lookMs;
        asked.push(canary);
        return figures.of(asked.length);
      },
      trafficSince: async () => figures.traffic,
    },
    now: () => clock.now,
  };
  return { deps, canaries, asked, figures, clock };
}
