/** What rows of new titles share: candidates by age, and how fresh each is. */
import { DAY_MS } from '../../time.ts';
import type { Frame } from '../frame.ts';
import type { RowPolicy } from '../policy.ts';
import { hasTitle, type RowKind, type TitleSet } from '../types.ts';

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
  pool.addValues('freshness', freshness, (values) => {
    for (let i = 0; i < pool.size; i++) {
      const age = request.context.now - times[pool.titles[i]!]!;
      values[i] = age >= 0 ? 2 ** (-age / (halfLife * DAY_MS)) : 0;
    }
  });
}
