/** What a profile's history says of its taste, on the scale that models are trained on. */
import type { PagePolicy } from './policy.ts';
import type { ProfileView, WatchedNumber } from './types.ts';

/** Titles, newest first, each once, with the weight of each: the first `size` of both. */
export interface History {
  size: number;
  titles: Uint32Array;
  weights: Float32Array;
}

/** In units of one qualified play, as a training set weighs what was watched (docs/training.md). */
const WEIGHTS = { finished: 1.5, qualified: 1, started: 0.3, abandoned: 0.1 } as const;
/** A play is qualified at a quarter of the runtime. */
const QUALIFIED_SHARE = 0.25;

export const createHistory = (room = 64): History => ({
  size: 0,
  titles: new Uint32Array(room),
  weights: new Float32Array(room),
});

/**
 * The newest plays, each fading by its rank as in domain/recency.ts, then titles of My List that were not watched, where they
 * have a weight. Allocates only for a longer history than any before.
 */
export function readHistory(profile: ProfileView, policy: PagePolicy, count: number, into: History): void {
  const { fold_in_plays: most, recency_fade: fade, recency_floor: floor, list_weight: listed } = policy;
  if (into.titles.length < most) Object.assign(into, createHistory(most));
  into.size = 0;
  let share = 1;
  for (const watched of profile.watched) {
    if (into.size === most) return;
    if (watched.title >= count || watched.title < 0) continue;
    into.titles[into.size] = watched.title;
    into.weights[into.size] = weightOf(watched) * (floor + (1 - floor) * share);
    into.size += 1;
    share *= fade;
  }
  if (!(listed > 0)) return;
  const plays = into.size;
  for (const title of profile.list) {
    if (into.size === most) return;
    if (title >= count || into.titles.subarray(0, plays).includes(title)) continue;
    into.titles[into.size] = title;
    into.weights[into.size] = listed;
    into.size += 1;
  }
}

function weightOf({ status, share }: WatchedNumber): number {
  if (status === 'finished') return WEIGHTS.finished;
  if (status === 'abandoned') return WEIGHTS.abandoned;
  return share !== null && share >= QUALIFIED_SHARE ? WEIGHTS.qualified : WEIGHTS.started;
}
