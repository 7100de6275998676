/** When who opens the app. */
import { createRandom, pickByShare, seedOf } from '../../domain/random.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { SESSION_HOURS, utcOffsetOf } from './day-parts.ts';
import type { Viewer } from './tastes.ts';

export interface Session {
  readonly id: string;
  readonly viewer: Viewer;
  /** Milliseconds since the epoch, simulated. */
  readonly at: number;
}

export interface SessionsOptions {
  readonly seed: number;
  /** Midnight UTC of the first day. */
  readonly fromMs: number;
  readonly days: number;
}

/** All sessions in order of time; equal times by profile. The same viewers and options give the same sessions. */
export function sessionsOf(viewers: readonly Viewer[], { seed, fromMs, days }: SessionsOptions): Session[] {
  const sessions = viewers.flatMap((viewer) =>
    Array.from({ length: days }, (_, day) => dayOf(viewer, seed, fromMs + day * DAY_MS, day)).flat(),
  );
  return sessions.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

function dayOf(viewer: Viewer, seed: number, midnight: number, day: number): Session[] {
  const random = createRandom(seedOf(seed, 'day', viewer.profileId, day));
  const sessions: Session[] = [];
  // A geometric number of sessions, of that mean.
  const goesOn = viewer.sessionsPerDay / (1 + viewer.sessionsPerDay);
  while (random.chance(goesOn) && sessions.length < 8) {
    const localHour = pickByShare(random, SESSION_HOURS) + random.next();
    const hour = (localHour - utcOffsetOf(viewer.country) + 24) % 24;
    const id = `${viewer.profileId}-d${day}-${sessions.length}`;
    sessions.push({ id, viewer, at: midnight + Math.floor(hour * HOUR_MS) });
  }
  return sessions;
}

/** Hour of the day in UTC, 0 to 23. */
export const hourOf = (at: number): number => Math.floor(at / HOUR_MS) % 24;

/** Hour of the day at the viewer, 0 to 23. */
export function localHourOf(country: string, at: number): number {
  return (((Math.floor(at / HOUR_MS) + utcOffsetOf(country)) % 24) + 24) % 24;
}
