import { setTimeout as sleep } from 'node:timers/promises';
import type { AudienceClock } from './page.ts';

/** Runs `speed` times as fast as real time from now on; events tell real time. */
export function createLiveClock(fromMs: number, speed: number, now: () => number = Date.now): AudienceClock {
  const startedAt = now();
  const realOf = (at: number): number => startedAt + Math.floor((at - fromMs) / speed);
  return {
    async reach(at) {
      const waitMs = realOf(at) - now();
      if (waitMs > 0) await sleep(waitMs);
    },
    // A clock that fell behind tells no time that is long gone.
    eventTime: (at) => Math.max(realOf(at), startedAt),
  };
}
