/**
 * State of one partition that moves between machines: kept on this one, with a lease and checkpoints in the object store.
 *
 * What is gone on from is the state of the last owner. Its checkpoint says how far it had come; what it stored on its own
 * machine afterwards is further on, and only counts there, and only as long as nobody else has taken the partition: a
 * later owner has spoken under a higher epoch about records that would not be folded again. Either is a true state of the
 * log, so what is lost between them costs time, never correctness.
 */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Lease } from '../lease/lease.ts';
import type { Log } from '../log.ts';
import type { Manifest } from './checkpoint-manifest.ts';
import type { KeyedCheckpoints } from './keyed-checkpoints.ts';
import type { KeyedCommit, KeyedPartition, LogPositions } from './keyed-state.ts';
import type { LocalKeyedPartition, StateHead } from './local-keyed-state.ts';
import { fillFrom } from './restore-checkpoint.ts';
import { isBaseDue, writeBase, writeChanges, type Changes, type PartLimits } from './write-checkpoint.ts';

export interface MovableLimits extends PartLimits {
  /** Keys that may have changed since the last checkpoint; with more of them the next one holds all. */
  readonly maxChanges: number;
  /** How long giving a partition up may take for a last checkpoint, in milliseconds. */
  readonly releaseMs: number;
}

export interface CheckpointTold {
  readonly partition: number;
  /** Whether all entries were written, not those that changed. */
  readonly isBase: boolean;
  readonly rows: number;
  readonly bytes: number;
  readonly tookMs: number;
}

export interface MovableDeps<S> {
  readonly partition: number;
  readonly local: LocalKeyedPartition<S>;
  readonly lease: Lease;
  readonly checkpoints: KeyedCheckpoints;
  readonly owner: string;
  readonly limits: MovableLimits;
  readonly log: Log;
  readonly onCheckpoint?: (told: CheckpointTold) => void;
  readonly onRestore?: (told: CheckpointTold) => void;
}

export interface MovablePartition<S> extends KeyedPartition<S> {
  /**
   * Writes what changed since the last checkpoint, at most one at a time. Throws STATE_MOVED when another has taken the
   * partition; after other failures it may be tried again.
   */
  checkpoint(): Promise<void>;
}

/** From an opening to the next one, or to the release. */
interface Stay {
  epoch: number;
  /** What the object store holds. */
  manifest: Manifest;
  changes: Changes;
  /** Another has taken the partition. */
  isOver: boolean;
  /** No part is begun any more. */
  readonly ending: AbortController;
}

export function createMovablePartition<S>(deps: MovableDeps<S>): MovablePartition<S> {
  const { partition, local, lease, checkpoints, owner, limits, log } = deps;
  let stay: Stay | undefined;
  let writing: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  /** Commits and the beginnings of checkpoints follow one another, so that a checkpoint knows what changed since. */
  const inTurn = <R>(work: () => R | Promise<R>): Promise<R> => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };

  const moved = (expected: number): MarqueeError =>
    new MarqueeError('STATE_MOVED', {
      topic: 'state',
      partition,
      actual: stay === undefined || stay.isOver ? 'another owner' : `epoch ${stay.epoch}`,
      expected: `epoch ${expected}`,
    });

  /** Undefined where the checkpoint is torn. */
  const restore = async (from: Manifest, epoch: number): Promise<StateHead | undefined> => {
    const began = performance.now();
    const { positions, commits } = from;
    let rows: number;
    try {
      rows = await local.restore({ epoch, positions, commits }, (into) =>
        fillFrom(from, checkpoints.readPart, into),
      );
    } catch (error) {
      if (!isMarqueeError(error, 'CHECKPOINT_CORRUPT')) throw error;
      log.warn({ err: error, partition }, 'checkpoint is torn and is discarded');
      return undefined;
    }
    const tookMs = Math.round(performance.now() - began);
    const bytes = bytesOf(from);
    deps.onRestore?.({ partition, isBase: true, rows, bytes, tookMs });
    log.info(
      { partition, epoch, entries: rows, bytes, took_ms: tookMs },
      'state was restored from its checkpoint',
    );
    return { epoch, positions, commits };
  };

  const begin = async (
    own: StateHead | undefined,
    before: Manifest,
    epoch: number,
  ): Promise<{ head: StateHead; isWhole: boolean }> => {
    const isNewest =
      own !== undefined && own.epoch >= before.epoch && !isBehind(own.positions, before.positions);
    const isAsFar = own !== undefined && isSame(own.positions, before.positions);
    if (isNewest || isAsFar || isSame(before.positions, {})) {
      return { head: await local.open({ epoch }), isWhole: isNewest && own.commits === before.commits };
    }
    const restored = await restore(before, epoch);
    if (restored !== undefined) return { head: restored, isWhole: true };
    const head = await local.open({ epoch });
    log.warn({ partition, positions: head.positions }, 'state goes on from what this machine has');
    return { head, isWhole: false };
  };

  const track = (one: Stay, { entries }: KeyedCommit<S>): void => {
    if (one.changes === 'all') return;
    for (const [key, entry] of entries) one.changes.set(key, entry?.wakeAt);
    if (one.changes.size > limits.maxChanges) one.changes = 'all';
  };

  const write = async (one: Stay): Promise<void> => {
    const began = performance.now();
    const { epoch, changes, snapshot } = await inTurn(() => {
      const taken = { epoch: one.epoch, changes: one.changes, snapshot: local.snapshot() };
      one.changes = new Map();
      return taken;
    });
    try {
      const { positions, commits, structures } = snapshot;
      if (changes !== 'all' && commits === one.manifest.commits) return;
      const isBase = isBaseDue(one.manifest.parts, changes, limits);
      const put = (
        kind: 'entries' | 'timers' | 'changes',
        rows: Parameters<KeyedCheckpoints['writePart']>[2],
      ) => checkpoints.writePart(epoch, kind, rows);
      const parts =
        isBase || changes === 'all'
          ? await writeBase(snapshot, put, limits, one.ending.signal)
          : await writeChanges(snapshot, changes, put, limits, one.ending.signal);
      const manifest: Manifest = {
        ...one.manifest,
        ...{ epoch, owner, positions, commits },
        ...(structures && { structures: Buffer.from(structures).toString('base64') }),
        parts: isBase ? parts : [...one.manifest.parts, ...parts],
      };
      await checkpoints.swap(manifest);
      one.manifest = manifest;
      const rows = parts.reduce((sum, part) => sum + part.rows, 0);
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      const tookMs = Math.round(performance.now() - began);
      deps.onCheckpoint?.({ partition, isBase, rows, bytes, tookMs });
      log.debug({ partition, epoch, is_base: isBase, rows, bytes, took_ms: tookMs }, 'checkpoint is written');
      if (isBase) await checkpoints.tidy(manifest);
    } catch (error) {
      // What is not in a checkpoint now is in the next one.
      one.changes = isMarqueeError(error, 'CHECKPOINT_CORRUPT') ? 'all' : together(changes, one.changes);
      if (isMarqueeError(error, 'STATE_MOVED')) one.isOver = true;
      throw error;
    } finally {
      snapshot.close();
    }
  };

  const checkpoint = (): Promise<void> => {
    const one = stay;
    if (one === undefined || one.isOver) return Promise.resolve();
    writing ??= write(one).finally(() => (writing = undefined));
    return writing;
  };

  return {
    ...local,
    checkpoint,
    async open({ isOver } = {}) {
      stay?.ending.abort();
      stay = undefined;
      await writing?.catch(() => undefined);
      const own = await local.head();
      const atLeast = (own?.epoch ?? 0) + 1;
      const epoch = await lease.take(atLeast, isOver).catch((error: unknown) => {
        throw isMarqueeError(error, 'LEASE_LOST') ? moved(atLeast) : error;
      });
      const before = await checkpoints.take(epoch);
      const { head, isWhole } = await begin(own, before, epoch);
      stay = {
        epoch,
        manifest: { ...before, epoch, owner },
        changes: isWhole ? new Map<string, number | undefined>() : 'all',
        isOver: false,
        ending: new AbortController(),
      };
      return head;
    },
    commit: (commit) =>
      inTurn(async () => {
        if (stay === undefined || stay.isOver || stay.epoch !== commit.epoch) throw moved(commit.epoch);
        await local.commit(commit);
        track(stay, commit);
      }),
    rebase() {
      if (stay !== undefined) stay.changes = 'all';
    },
    async renew(epoch) {
      if (stay === undefined || stay.isOver || stay.epoch !== epoch) throw moved(epoch);
      const next = await lease.renew(epoch).catch((error: unknown) => {
        throw isMarqueeError(error, 'LEASE_LOST') ? moved(epoch) : error;
      });
      await local.renew(epoch, next);
      stay.epoch = next;
      return next;
    },
    isTaken: () => stay?.isOver === true,
    async release() {
      const one = stay;
      if (one === undefined) return;
      const timer = setTimeout(() => one.ending.abort(), limits.releaseMs);
      try {
        await writing?.catch(() => undefined);
        await checkpoint();
        await lease.release(one.epoch);
      } catch (err) {
        log.info({ err, partition }, 'no checkpoint was written when the partition was given up');
      } finally {
        clearTimeout(timer);
        stay = undefined;
      }
    },
  };
}

const bytesOf = ({ parts }: Manifest): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

/** Whether any topic was read less far than in the other. */
const isBehind = (positions: LogPositions, other: LogPositions): boolean =>
  Object.entries(other).some(([topic, { next }]) => (positions[topic]?.next ?? 0) < next);

const isSame = (positions: LogPositions, other: LogPositions): boolean =>
  !isBehind(positions, other) && !isBehind(other, positions);

function together(earlier: Changes, later: Changes): Changes {
  if (earlier === 'all' || later === 'all') return 'all';
  return new Map([...earlier, ...later]);
}
