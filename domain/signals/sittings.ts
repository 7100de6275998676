/** Sittings: plays of one profile with no more than a gap between the end of what came before and the next start. */
import type { EpochMs } from '../time.ts';
import type { Play } from './play.ts';

export interface Sitting {
  /** By start; the first one names the sitting. */
  readonly plays: readonly Play[];
  /** Events after this time can neither change its plays nor join it. */
  readonly closesAt: EpochMs;
}

/** Of equal starts the smaller id first. */
export const byStart = (a: Pick<Play, 'id' | 'startedAt'>, b: Pick<Play, 'id' | 'startedAt'>): number =>
  a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1);

/** Takes plays by start. */
export function sittingsOf(plays: readonly Play[], gapMs: number): Sitting[] {
  const sittings: Sitting[] = [];
  let current: Play[] = [];
  let [endedAt, closesAt] = [-Infinity, -Infinity];
  const close = (): void => {
    if (current.length > 0) sittings.push({ plays: current, closesAt: Math.max(closesAt, endedAt + gapMs) });
  };
  for (const play of plays) {
    if (play.startedAt - endedAt > gapMs) {
      close();
      current = [];
      [endedAt, closesAt] = [play.endedAt, play.closesAt];
    }
    current.push(play);
    endedAt = Math.max(endedAt, play.endedAt);
    closesAt = Math.max(closesAt, play.closesAt);
  }
  close();
  return sittings;
}
