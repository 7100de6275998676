/** Starts a generation's cells from the newest snapshot, and sees to it that there is a new one now and then. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../infra/log.ts';
import type { SpeedSnapshots } from '../infra/speed-snapshots/store.ts';
import type { FollowStatus } from '../infra/kafka/follow-topic.ts';
import { patiently } from '../infra/patience.ts';
import type { SpeedPart } from './speed-part.ts';

export interface KeepSnapshotsOptions {
  readonly snapshots: SpeedSnapshots;
  readonly speed: SpeedPart;
  readonly followed: () => FollowStatus;
  /** How often it is looked whether a new one is due. */
  readonly lookMs: number;
  readonly log: Log;
}

/** Where reading goes on: from the snapshot's positions, or from the start where none came within `patienceMs`. */
export async function beginFromSnapshot(
  { snapshots, speed, log }: Pick<KeepSnapshotsOptions, 'snapshots' | 'speed' | 'log'>,
  patienceMs: number,
): Promise<ReadonlyMap<number, number>> {
  const over = new AbortController();
  const tooLate = sleep(patienceMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined);
  const snapshot = await Promise.race([snapshots.load(), tooLate]);
  over.abort();
  if (snapshot === undefined) return new Map();
  speed.restore(snapshot);
  log.info({ partitions: snapshot.positions.size }, 'cells go on from a snapshot');
  return snapshot.positions;
}

/** Answers what ends it. */
export function keepSnapshots(options: KeepSnapshotsOptions): () => Promise<void> {
  const { snapshots, speed, followed, lookMs, log } = options;
  const stopping = new AbortController();
  const living = (async () => {
    for (;;) {
      // Apart from the others, which started when this one did.
      const pauseMs = lookMs * (0.5 + Math.random());
      await sleep(pauseMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      if (!followed().isCaughtUp) continue;
      try {
        const outcome = await snapshots.write(speed.snapshot);
        if (outcome === 'written') log.info('a snapshot of the cells was written');
        if (outcome === 'large') log.warn('the cells are too many for a snapshot');
      } catch (error) {
        log.warn({ err: error }, 'no snapshot of the cells could be written: tried again');
      }
    }
  })();
  return () => {
    stopping.abort();
    return patiently(living);
  };
}
