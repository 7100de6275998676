/** State of a keyed fold on this machine, with leases and checkpoints in the object store, so that partitions can move. */
import type { Generation, Region } from '../../domain/ids.ts';
import type { EpochMs } from '../../domain/time.ts';
import { createLease } from '../lease/lease.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { createKeyedCheckpoints } from './keyed-checkpoints.ts';
import type { KeyedStates } from './keyed-state.ts';
import type { LocalKeyedStates } from './local-keyed-state.ts';
import {
  createMovablePartition,
  type CheckpointTold,
  type MovableLimits,
  type MovablePartition,
} from './movable-partition.ts';
import type { GoneOnFrom } from './resume.ts';

export interface MovableStatesLimits extends MovableLimits {
  /** How often a checkpoint is written, in milliseconds. */
  readonly intervalMs: number;
  /** How long another owner is given to hand a partition over. */
  readonly handoverMs: number;
}

export interface MovableStatesDeps<S> {
  readonly local: LocalKeyedStates<S>;
  readonly store: ObjectStore;
  readonly region: Region;
  readonly generation: Generation;
  readonly fold: { readonly name: string; readonly version: number };
  /** One name for all processes that share `local`'s folders. */
  readonly owner: string;
  readonly limits: MovableStatesLimits;
  readonly log: Log;
  readonly clock?: () => EpochMs;
  readonly onCheckpoint?: (told: CheckpointTold) => void;
  readonly onRestore?: (told: CheckpointTold) => void;
  readonly onDiscarded?: (goneOnFrom: GoneOnFrom) => void;
  readonly onFailure?: (partition: number, error: unknown) => void;
}

/** Closing ends the checkpoints and closes `local`. */
export function createMovableKeyedStates<S>(deps: MovableStatesDeps<S>): KeyedStates<S> {
  const { local, store, region, generation, fold, owner, limits, log, clock } = deps;
  const partitions = new Map<number, MovablePartition<S>>();
  let round: Promise<void> | undefined;

  const create = (partition: number): MovablePartition<S> => {
    const place = `${fold.name}/${generation}/${partition}`;
    const lease = createLease({
      store,
      key: `${region}/leases/keyed/${place}.json`,
      owner,
      handoverMs: limits.handoverMs,
      ...(clock && { clock }),
    });
    const prefix = `${region}/checkpoints/keyed/${place}/v${fold.version}`;
    const at = { fold: fold.name, foldVersion: fold.version, owner, log };
    const checkpoints = createKeyedCheckpoints({ store, prefix, ...at });
    return createMovablePartition({
      ...{ partition, lease, checkpoints, owner, limits, log },
      local: local.partition(partition),
      ...(deps.onCheckpoint && { onCheckpoint: deps.onCheckpoint }),
      ...(deps.onRestore && { onRestore: deps.onRestore }),
      ...(deps.onDiscarded && { onDiscarded: deps.onDiscarded }),
    });
  };

  /** One partition after the other, so that memory holds the parts of one. */
  const checkpointAll = async (): Promise<void> => {
    for (const [partition, one] of partitions) {
      await one.checkpoint().catch((err: unknown) => {
        deps.onFailure?.(partition, err);
        log.warn({ err, partition }, 'checkpoint could not be written and will be tried again');
      });
    }
  };
  const timer = setInterval(() => {
    round ??= checkpointAll().finally(() => (round = undefined));
  }, limits.intervalMs);
  timer.unref();

  return {
    partition(partition) {
      const known = partitions.get(partition) ?? create(partition);
      partitions.set(partition, known);
      return known;
    },
    async close() {
      clearInterval(timer);
      await round;
      await local.close();
    },
  };
}
