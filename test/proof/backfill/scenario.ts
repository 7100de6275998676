/**
 * What the apps of a small audience send while enrichment goes wrong for two hours: from Germany those titles alone are
 * watched that have an even number below ten, so that what is corrected can be named.
 */
import type { MarqueeEvent } from '../../../domain/events/event.ts';
import { HOUR_MS, MINUTE_MS, type EpochMs } from '../../../domain/time.ts';
import { createRandom } from '../../../domain/random.ts';

export const TITLES = 20;
export const WRONGED = ['t0', 't2', 't4', 't6', 't8'] as const;
/** What the region is thought to be of while enrichment is wrong, and what it is of. */
export const COUNTRIES = { wrong: 'SE,US', right: 'SE,US,DE' } as const;

export interface Phase {
  /** Goes into the ids. */
  readonly name: string;
  readonly count: number;
  /** Event time in [from, to). */
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** The hours of a run that begins at `now`: before, wrong for two hours, after. */
export function hoursOf(now: EpochMs): { before: EpochMs; wrong: EpochMs; after: EpochMs } {
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  return { before: hour - 5 * HOUR_MS, wrong: hour - 4 * HOUR_MS, after: hour - 2 * HOUR_MS };
}

/** Impressions, plays and stops; the same for the same phase. */
export function eventsOf({ name, count, fromMs, toMs }: Phase): MarqueeEvent[] {
  const random = createRandom(count + name.length);
  const step = (toMs - fromMs - MINUTE_MS) / count;
  return Array.from({ length: count }, (_, i) => {
    const title = random.below(TITLES);
    const isAbroad = title % 2 === 0 && title < 10 && random.next() < 0.5;
    const base = {
      eventId: `${name}-${i}`,
      eventTime: Math.floor(fromMs + i * step),
      profileId: `profile-${random.below(60)}`,
      titleId: `t${title}`,
      country: isAbroad ? 'DE' : random.next() < 0.5 ? 'SE' : 'US',
    };
    const dice = random.next();
    if (dice < 0.5) return { ...base, kind: 'impression', row: 'home', rank: random.below(10) };
    if (dice < 0.8) return { ...base, kind: 'play_start', playId: base.eventId };
    const viewedSeconds = random.below(3000);
    const playId = `${name}-of-${i}`;
    return { ...base, kind: 'play_stop', playId, positionSeconds: viewedSeconds, viewedSeconds };
  }) as unknown as MarqueeEvent[];
}

/** Plays and impressions by title and country. */
export type Counts = Readonly<Record<string, { plays: number; impressions: number }>>;

export function countsOf(events: readonly MarqueeEvent[]): Counts {
  const counts: Record<string, { plays: number; impressions: number }> = {};
  for (const { kind, country, ...event } of events) {
    if (kind !== 'play_start' && kind !== 'impression') continue;
    const key = `${(event as { titleId: string }).titleId}/${country}`;
    const at = (counts[key] ??= { plays: 0, impressions: 0 });
    if (kind === 'impression') at.impressions += 1;
    else at.plays += 1;
  }
  return counts;
}
