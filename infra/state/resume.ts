/**
 * What a partition goes on from: the last owner's checkpoint, what this machine has where nobody else was there since, or,
 * where that checkpoint cannot be read, the one before it. Where nothing can be read state begins anew, and that is told.
 */
import { isMarqueeError } from '../../domain/errors.ts';
import type { Log } from '../log.ts';
import { isBlank, type Manifest } from './checkpoint-manifest.ts';
import type { KeyedCheckpoints, TakenCheckpoints } from './keyed-checkpoints.ts';
import type { LogPositions } from './keyed-state.ts';
import type { LocalKeyedPartition, StateHead } from './local-keyed-state.ts';
import { fillFrom } from './restore-checkpoint.ts';
import type { CheckpointTold } from './movable-partition.ts';

/** What was gone on from in place of a checkpoint that could not be read. */
export type GoneOnFrom = 'before' | 'machine' | 'nothing';

export interface ResumeDeps<S> {
  readonly partition: number;
  readonly local: LocalKeyedPartition<S>;
  readonly checkpoints: Pick<KeyedCheckpoints, 'readPart'>;
  readonly log: Log;
  readonly onRestore?: (told: CheckpointTold) => void;
  /** A checkpoint could not be read. */
  readonly onDiscarded?: (goneOnFrom: GoneOnFrom) => void;
}

export interface Resumed {
  readonly head: StateHead;
  /** The checkpoint that it is, or was until this machine went on; undefined where none can be read. */
  readonly from: Manifest | undefined;
  /** Whether the newest checkpoint says all that the state does. */
  readonly isWhole: boolean;
  /** Whether it is what this machine has. */
  readonly isOwn: boolean;
  /** Whether it is less than was known already. */
  readonly isOlder: boolean;
}

/** `own`: what this machine has. */
export async function resume<S>(
  deps: ResumeDeps<S>,
  own: StateHead | undefined,
  { epoch: known, newest, before }: TakenCheckpoints,
  epoch: number,
): Promise<Resumed> {
  const { local, log, partition } = deps;
  for (const from of [newest, before]) {
    if (from === undefined) continue;
    const isNewest = own !== undefined && own.epoch >= known && !isBehind(own.positions, from.positions);
    const isAsFar = own !== undefined && isSame(own.positions, from.positions);
    const isOwn = isNewest || isAsFar || isBlank(from);
    const head = isOwn ? await local.open({ epoch }) : await restore(deps, from, epoch);
    if (head === undefined) continue;
    const isWhole = from === newest && (!isOwn || (isNewest && own.commits === from.commits));
    const isOlder = from !== newest && !isNewest;
    if (from !== newest) tell(deps, isOlder ? 'before' : 'machine', head);
    return { head, from, isWhole, isOwn, isOlder };
  }
  const head = await local.open({ epoch });
  const isAnew = isBlank(head);
  tell(deps, isAnew ? 'nothing' : 'machine', head);
  if (isAnew) log.error({ partition }, 'state is lost and begins anew with what the log still has');
  return { head, from: undefined, isWhole: false, isOwn: true, isOlder: true };
}

function tell<S>({ log, partition, onDiscarded }: ResumeDeps<S>, from: GoneOnFrom, head: StateHead): void {
  log.warn(
    { partition, gone_on_from: from, positions: head.positions },
    'checkpoint cannot be read and is discarded',
  );
  onDiscarded?.(from);
}

/** Undefined where the checkpoint is torn. */
async function restore<S>(
  { local, checkpoints, partition, log, onRestore }: ResumeDeps<S>,
  from: Manifest,
  epoch: number,
): Promise<StateHead | undefined> {
  const began = performance.now();
  const { positions, commits, parts } = from;
  let rows: number;
  try {
    rows = await local.restore({ epoch, positions, commits }, (into) =>
      fillFrom(from, checkpoints.readPart, into),
    );
  } catch (error) {
    if (!isMarqueeError(error, 'CHECKPOINT_CORRUPT')) throw error;
    log.warn({ err: error, partition }, 'checkpoint is torn');
    return undefined;
  }
  const tookMs = Math.round(performance.now() - began);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  onRestore?.({ partition, isBase: true, rows, bytes, tookMs });
  log.info(
    { partition, epoch, entries: rows, bytes, took_ms: tookMs },
    'state was restored from its checkpoint',
  );
  return { epoch, positions, commits };
}

/** Whether any topic was read less far than in the other. */
const isBehind = (positions: LogPositions, other: LogPositions): boolean =>
  Object.entries(other).some(([topic, { next }]) => (positions[topic]?.next ?? 0) < next);

const isSame = (positions: LogPositions, other: LogPositions): boolean =>
  !isBehind(positions, other) && !isBehind(other, positions);
