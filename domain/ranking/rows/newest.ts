/** Rows of new titles, New Releases and Recently Added: by age, by how a title does so far, and by taste. */
import { DAY_MS } from '../../time.ts';
import { openOf, type Frame } from '../frame.ts';
import type { RowPolicy } from '../policy.ts';
import { hasTitle, type RowKind, type TitleSet, type TitleTable } from '../types.ts';
import { ABOUT_NOTHING, addPersonalParts, addTakeRate, type RowMaker } from './row.ts';

interface NewestRow {
  readonly kind: 'new-releases' | 'recently-added';
  /** What a title's age is counted from, and the titles by it, newest first. */
  readonly times: (titles: TitleTable) => Float64Array;
  readonly newestFirst: (orders: Frame['orders']) => Uint32Array;
}

/** What was launched of late. */
export const NEW_RELEASES = rowOfNewest({
  kind: 'new-releases',
  times: ({ launchedAt }) => launchedAt,
  newestFirst: ({ byLaunch }) => byLaunch,
});

/** What came to the service of late, whenever it was launched. */
export const RECENTLY_ADDED = rowOfNewest({
  kind: 'recently-added',
  times: ({ addedAt }) => addedAt,
  newestFirst: ({ byAdded }) => byAdded,
});

function rowOfNewest({ kind, times: timesOf, newestFirst }: NewestRow): RowMaker {
  return {
    kind,
    isOwn: false,
    subjects: () => ABOUT_NOTHING,
    fill(frame) {
      const policy = frame.policy.rows[kind];
      const times = timesOf(frame.titles);
      addNewest(frame, newestFirst(frame.orders), times, openOf(frame, policy.keeps_cap), policy);
      addTakeRate(frame, kind);
      addFreshness(frame, kind, times);
      addPersonalParts(frame, kind);
    },
  };
}

/** Adds the newest titles that are not of the future, until there are `candidates` in the pool or the window ends. */
export function addNewest(
  { pool, request }: Frame,
  newestFirst: Uint32Array,
  times: Float64Array,
  from: TitleSet,
  { candidates, window_days: days }: Pick<RowPolicy, 'candidates' | 'window_days'>,
): void {
  const { now } = request.context;
  const oldest = days > 0 ? now - days * DAY_MS : -Infinity;
  let last = NaN;
  for (const title of newestFirst) {
    const time = times[title]!;
    if (time > now) continue;
    if (time < oldest || (pool.size >= candidates && time !== last)) return;
    if (!hasTitle(from, title)) continue;
    if (!pool.add(title)) return;
    last = time;
  }
}

/** 2^(−age / half-life): 1 for a title of this moment, 0 for one of which the time is not known. */
export function addFreshness(frame: Frame, kind: RowKind, times: Float64Array): void {
  const { freshness, half_life_days: halfLife } = frame.policy.rows[kind];
  const { pool, request } = frame;
  const { now } = request.context;
  // A power of e takes half the time of one of 2.
  const fading = -Math.LN2 / (halfLife * DAY_MS);
  pool.addValues('freshness', freshness, (values) => {
    for (let i = 0; i < pool.size; i++) {
      const age = now - times[pool.titles[i]!]!;
      values[i] = age >= 0 ? Math.exp(fading * age) : 0;
    }
  });
}
