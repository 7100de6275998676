/**
 * One clean topic-partition in this process: the owner's fold, with everything done to it in single file, flushed and
 * checkpointed as time goes by.
 */
import type { Offset } from '../../domain/blocks.ts';
import type { CountedColumns } from '../../domain/counted-columns.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { Texts } from '../../domain/speed-fold.ts';
import type { Log } from '../../infra/log.ts';
import type { SpeedOwner, StoredCheckpoint } from './owner.ts';

export interface LaneOptions {
  readonly owner: SpeedOwner;
  readonly flushIntervalMs: number;
  readonly checkpointIntervalMs: number;
  readonly log: Log;
  /** Told of failures that trying again does not mend. */
  readonly onFault: (error: unknown) => void;
  readonly onFlush?: (durationMs: number) => void;
}

export interface Lane {
  open(logStart: Offset): Promise<Offset>;
  process(columns: CountedColumns): Promise<Offset>;
  /** What the texts of the next columns are best numbered by. */
  texts(): Texts;
  /** Tombstones what no servable view needs; failures are left to the next call. */
  tombstoneBelow(cut: Offset): void;
  /** Flushes and checkpoints once more when still the owner, then stops. */
  close(isOwner: boolean): Promise<void>;
}

/** Longest wait between flushes that fail: each takes a new epoch and sends the block whole. */
const LONGEST_PAUSE_MS = 5000;

/** A checkpoint that took long is followed by a pause so many times as long, up to the longest. */
const SHARE_OF_TIME = 20;
const LONGEST_BETWEEN_MS = 60_000;

export function createLane(options: LaneOptions): Lane {
  const { owner, log, flushIntervalMs } = options;
  let last: Promise<unknown> = Promise.resolve();
  let flushTimer: NodeJS.Timeout | undefined;
  let checkpointTimer: NodeJS.Timeout | undefined;
  let saving: Promise<void> | undefined;
  let nextCheckpoint = 0;
  let savedPosition = -1;
  let failures = 0;
  let notBefore = 0;
  let isClosed = false;
  let isEnding = false;

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };

  const told = (name: string, work: Promise<unknown>): Promise<void> =>
    work.then(
      () => undefined,
      (error: unknown) => {
        if (!isMarqueeError(error)) return options.onFault(error);
        log.warn({ err: error }, `${name} failed and will be tried again`);
      },
    );

  const tryTo = (name: string, work: () => Promise<unknown>): Promise<void> =>
    told(
      name,
      inTurn(async () => {
        if (!isClosed) await work();
      }),
    );

  const flush = async (): Promise<void> => {
    const startedMs = performance.now();
    if (startedMs < notBefore) return;
    try {
      await owner.flush();
      failures = 0;
    } catch (error) {
      failures += 1;
      notBefore = startedMs + Math.min(LONGEST_PAUSE_MS, flushIntervalMs * 2 ** failures);
      throw error;
    }
    options.onFlush?.(performance.now() - startedMs);
  };

  /** A full block is published at once, and what comes after it has waited no longer than since then. */
  const flushSoon = (): void => {
    const sinceLast = performance.now() - owner.flushedAt();
    const waitMs = sinceLast < flushIntervalMs ? flushIntervalMs - sinceLast : flushIntervalMs;
    flushTimer = setTimeout(() => {
      if (performance.now() - owner.flushedAt() < flushIntervalMs) return flushSoon();
      void tryTo('flush', flush).then(() => {
        if (!isEnding) flushSoon();
      });
    }, waitMs);
  };

  /** Taken in single file with everything else, stored beside it: folding does not wait for the object store. */
  const checkpoint = async (): Promise<void> => {
    const startedMs = performance.now();
    let snapshot: StoredCheckpoint | undefined;
    await tryTo('checkpoint', () => {
      snapshot = owner.snapshot();
      return Promise.resolve();
    });
    if (snapshot !== undefined) {
      const { position } = snapshot;
      const saved = owner.save(snapshot).then(() => (savedPosition = position));
      await told('checkpoint', saved);
    }
    const endedMs = performance.now();
    nextCheckpoint = endedMs + Math.min(LONGEST_BETWEEN_MS, SHARE_OF_TIME * (endedMs - startedMs));
  };

  return {
    async open(logStart) {
      const position = await inTurn(() => owner.open(logStart));
      flushSoon();
      checkpointTimer = setInterval(() => {
        if (saving !== undefined || performance.now() < nextCheckpoint) return;
        // A partition at rest costs nothing.
        if (owner.position() === savedPosition) return;
        saving = checkpoint().finally(() => (saving = undefined));
      }, options.checkpointIntervalMs);
      return position;
    },
    process: (columns) => inTurn(() => owner.processColumns(columns)),
    texts: owner.texts,
    tombstoneBelow: (cut) => void tryTo('tombstones', () => owner.tombstoneBelow(cut)),
    async close(isOwner) {
      isEnding = true;
      clearTimeout(flushTimer);
      clearInterval(checkpointTimer);
      if (isOwner) {
        await saving;
        await tryTo('last flush', flush);
        await tryTo('last checkpoint', () => owner.save(owner.snapshot()));
      }
      isClosed = true;
      await last;
      await saving;
    },
  };
}
