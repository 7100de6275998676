/** Events of a small audience as apps send them: what was shown, played, searched for and rated. */
import type { MarqueeEvent } from '../../domain/events/event.ts';
import { HOUR_MS, MINUTE_MS, type EpochMs } from '../../domain/time.ts';
import { createRandom } from '../../domain/random.ts';

export interface ProfileEventsOptions {
  readonly seed: number;
  readonly count: number;
  /** The newest event time. */
  readonly now: EpochMs;
  readonly profiles?: number;
  readonly titles?: number;
}

const ROWS = ['home', 'trending', 'because'];
const SPAN_MS = 3 * HOUR_MS;

/** The same events for the same options; ids are unique. */
export function profileEvents(options: ProfileEventsOptions): MarqueeEvent[] {
  const { seed, count, now, profiles = 40, titles = 20 } = options;
  const random = createRandom(seed);
  const whole = (below: number): number => random.below(below);
  const started: { profileId: string; titleId: string; playId: string }[] = [];
  return Array.from({ length: count }, (_, i) => {
    const base = {
      eventId: `e${seed}-${i}`,
      eventTime: now - SPAN_MS + Math.floor((i * SPAN_MS) / count) - whole(MINUTE_MS),
      profileId: `profile-${whole(profiles)}`,
      country: ['SE', 'DE', 'US'][whole(3)],
      device: 'tv',
      pageId: 'front',
    };
    const title = { titleId: `t${whole(titles)}` };
    const place = { row: ROWS[whole(ROWS.length)], rank: whole(10) };
    const dice = random.next();
    if (dice < 0.5) return { ...base, kind: 'impression', ...title, ...place, rowLength: 10 };
    const play = started[whole(started.length)];
    if (dice < 0.7 || play === undefined) {
      started.push({ profileId: base.profileId, ...title, playId: base.eventId });
      return { ...base, kind: 'play_start', ...title, durationSeconds: 3000, titleKind: 'film' };
    }
    const seconds = whole(3000) + 0.5;
    const stop = { ...play, positionSeconds: seconds, durationSeconds: 3000, viewedSeconds: seconds };
    if (dice < 0.9) return { ...base, kind: 'play_stop', ...stop };
    if (dice < 0.94) return { ...base, kind: 'search', query: ['space', 'cats', 'Space '][whole(3)] };
    if (dice < 0.97) return { ...base, kind: 'rate', ...title, rating: whole(11), mood: { good: true } };
    return { ...base, kind: 'click', ...title, ...place };
  }) as unknown as MarqueeEvent[];
}
