/**
 * State of one partition that moves between machines: kept on this one, with a lease and checkpoints in the object store.
 *
 * What is gone on from is the state of the last owner. Its checkpoint says how far it had come; what it stored on its own
 * machine afterwards is further on, and only counts there, and only as long as nobody else has taken the partition: a
 * later owner has spoken under a higher epoch about records that would not be folded again. Either is a true state of the
 * log, so what is lost between them costs time, never correctness. So is the checkpoint before the newest base, which is
 * kept for whoever cannot read the newest.
 */
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { Lease } from '../lease/lease.ts';
import type { Manifest, PartKind } from './checkpoint-manifest.ts';
import type { PartRow } from './checkpoint-part.ts';
import type { KeyedCheckpoints, TakenCheckpoints } from './keyed-checkpoints.ts';
import type { KeyedCommit, KeyedPartition } from './keyed-state.ts';
import type { KeyedSnapshot } from './local-keyed-state.ts';
import { resume, type ResumeDeps, type Resumed } from './resume.ts';
import {
  isBaseDue,
  isBeforeDue,
  together,
  writeBase,
  writeChanges,
  type Changes,
  type Former,
  type PartLimits,
  type Unwritten,
} from './write-checkpoint.ts';

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

export interface MovableDeps<S> extends ResumeDeps<S> {
  readonly lease: Lease;
  readonly checkpoints: KeyedCheckpoints;
  readonly owner: string;
  readonly limits: MovableLimits;
  readonly onCheckpoint?: (told: CheckpointTold) => void;
}

export interface MovablePartition<S> extends KeyedPartition<S> {
  /**
   * Writes what changed since the last checkpoint, at most one at a time. Throws STATE_MOVED when another has taken the
   * partition; after other failures it may be tried again.
   */
  checkpoint(): Promise<void>;
}

/** From an opening to the next one, or to the release. */
interface Stay extends Unwritten {
  epoch: number;
  /** What the object store holds. */
  manifest: Manifest;
  /** What it holds besides, for whoever cannot read that. */
  before: Manifest | undefined;
  /** Checkpoints since anything was committed. */
  quiet: number;
  /** Another has taken the partition. */
  isOver: boolean;
  /** It is being given up: what is written then has little time. */
  isLeaving: boolean;
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

  const begin = (
    { from, isWhole, isOwn }: Resumed,
    { left, before }: TakenCheckpoints,
    epoch: number,
  ): Stay => ({
    epoch,
    manifest: { ...(from ?? { ...left, positions: {}, commits: 0, parts: [] }), epoch, owner },
    before,
    changes: isWhole ? new Map<string, number | undefined>() : 'all',
    former: from === undefined ? 'dropped' : isOwn && !isWhole ? 'passing' : 'kept',
    ...{ quiet: 0, isOver: false, isLeaving: false, ending: new AbortController() },
  });

  const track = (one: Stay, { entries }: KeyedCommit<S>): void => {
    if (one.changes === 'all') return;
    for (const [key, entry] of entries) one.changes.set(key, entry?.wakeAt);
    if (one.changes.size > limits.maxChanges) one.changes = 'all';
  };

  /** What is named now, and what was until now, at the moment of a base. */
  const swapBase = async (one: Stay, manifest: Manifest, former: Former): Promise<void> => {
    const was = one.manifest;
    if (former === 'dropped') {
      await checkpoints.keep({ ...manifest, positions: {}, commits: 0, parts: [] });
      one.before = undefined;
    }
    await checkpoints.swap(manifest);
    one.manifest = manifest;
    if (former === 'dropped' || former === 'spared') return;
    const { epoch } = manifest;
    const before = { ...was, epoch, owner, isPassing: former === 'passing' };
    await checkpoints.keep(before);
    one.before = before;
  };

  const writeParts = (
    one: Stay,
    { snapshot, epoch, changes }: { snapshot: KeyedSnapshot; epoch: number; changes: Changes },
  ) => {
    const put = (kind: PartKind, rows: readonly PartRow[]) => checkpoints.writePart(epoch, kind, rows);
    return changes === 'all'
      ? writeBase(snapshot, put, limits, one.ending.signal)
      : writeChanges(snapshot, changes, put, limits, one.ending.signal);
  };

  const write = async (one: Stay): Promise<void> => {
    const began = performance.now();
    const { epoch, unwritten, snapshot } = await inTurn(() => {
      const { changes, former } = one;
      const taken = { epoch: one.epoch, unwritten: { changes, former }, snapshot: local.snapshot() };
      one.changes = new Map();
      one.former = 'kept';
      return taken;
    });
    const { changes, former } = unwritten;
    try {
      const { positions, commits, structures } = snapshot;
      const isSame = changes !== 'all' && commits === one.manifest.commits;
      one.quiet = isSame ? one.quiet + 1 : 0;
      const isQuiet = one.quiet >= limits.maxParts;
      const isSecond = !one.isLeaving && isBeforeDue(one.before, one.manifest, snapshot, isQuiet);
      if (isSame && !isSecond) return;
      const isBase = isSecond || isBaseDue(one.manifest.parts, changes, limits);
      const parts = await writeParts(one, { snapshot, epoch, changes: isBase ? 'all' : changes });
      const { fold, foldVersion, structures: earlier } = one.manifest;
      const encoded = structures === undefined ? earlier : Buffer.from(structures).toString('base64');
      const manifest: Manifest = {
        ...{ fold, foldVersion, epoch, owner, positions, commits },
        ...(encoded !== undefined && { structures: encoded }),
        parts: isBase ? parts : [...one.manifest.parts, ...parts],
      };
      if (isBase) await swapBase(one, manifest, former);
      else await checkpoints.swap(manifest);
      one.manifest = manifest;
      const rows = parts.reduce((sum, part) => sum + part.rows, 0);
      const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
      const tookMs = Math.round(performance.now() - began);
      deps.onCheckpoint?.({ partition, isBase, rows, bytes, tookMs });
      log.debug({ partition, epoch, is_base: isBase, rows, bytes, took_ms: tookMs }, 'checkpoint is written');
      if (isBase) await checkpoints.tidy(manifest, one.before);
    } catch (error) {
      // What is not in a checkpoint now is in the next one.
      const isGone = isMarqueeError(error, 'CHECKPOINT_CORRUPT');
      const all: Unwritten = { changes: 'all', former: 'spared' };
      Object.assign(one, together(isGone ? together(all, unwritten) : unwritten, one));
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
      const taken = await checkpoints.take(epoch);
      const resumed = await resume(deps, own, taken, epoch);
      stay = begin(resumed, taken, epoch);
      return { ...resumed.head, isOlder: resumed.isOlder };
    },
    commit: (commit) =>
      inTurn(async () => {
        if (stay === undefined || stay.isOver || stay.epoch !== commit.epoch) throw moved(commit.epoch);
        await local.commit(commit);
        track(stay, commit);
      }),
    rebase() {
      if (stay !== undefined) Object.assign(stay, { changes: 'all', former: 'dropped' } satisfies Unwritten);
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
      one.isLeaving = true;
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
