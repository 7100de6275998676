import { setImmediate } from 'node:timers/promises';

/** How long a model computes before it lets timers, heartbeats and cancellations in, milliseconds. */
const TURN_MS = 40;

/** Awaited between steps with the share done, 0 to 1. */
export type Pace = (share: number) => Promise<void>;

/** Long loops await this: it tells of progress and, once its turn is over, lets others run. What `onProgress` throws ends the work. */
export function createPace(onProgress: ((share: number) => void) | undefined): Pace {
  let turnEnds = performance.now() + TURN_MS;
  return async (share) => {
    if (performance.now() < turnEnds) return;
    await setImmediate();
    onProgress?.(share);
    turnEnds = performance.now() + TURN_MS;
  };
}
