/**
 * The owner of one clean topic-partition: folds its records into cells and publishes them. It takes an epoch from the
 * partition's lease, goes on from the newest of checkpoint and published view, and publishes its first block whole.
 */
import { blockOf, type Offset } from '../../domain/blocks.ts';
import type { CountedRecord } from '../../domain/measures.ts';
import { SEAM_RULES, type SeamRules } from '../../domain/seam.ts';
import {
  createSpeedFold,
  startAt,
  type FoldCheckpoint,
  type FoldShape,
  type SpeedFold,
} from '../../domain/speed-fold.ts';
import { createSpeedReader, type SpeedReader } from '../../domain/speed-reader.ts';
import { FOLD_VERSION, type SpeedRecord } from '../../domain/speed-view.ts';

/** Port: compare-and-swap increment of the partition's lease. */
export interface Lease {
  acquire(): Promise<number>;
}

/** Port: the fold's checkpoint. A torn or foreign one loads as undefined; saving over a newer owner's is refused. */
export interface Checkpoints {
  load(): Promise<FoldCheckpoint | undefined>;
  save(checkpoint: FoldCheckpoint): Promise<void>;
}

/** Port: the owner's partition of the `speed-view` topic. `publish` resolves only when all is acknowledged. */
export interface SpeedViewLog {
  read(): Promise<readonly SpeedRecord[]>;
  publish(records: readonly SpeedRecord[]): Promise<void>;
}

/**
 * Port: the highest raw offset among the lake's rows below an offset of this partition; undefined where the lake has not
 * read that far or does not answer. Asked only when the log's beginning is gone and nothing else knows.
 */
export type RawHighBelow = (offset: Offset) => Promise<Offset | undefined>;

export interface OwnerDeps {
  readonly shape: FoldShape;
  readonly lease: Lease;
  readonly checkpoints: Checkpoints;
  readonly view: SpeedViewLog;
  readonly rawHighBelow: RawHighBelow;
  readonly rules?: SeamRules;
}

export interface FoldInput {
  readonly offset: Offset;
  /** Undefined for a record that cannot be decoded: it moves the position and counts nothing. */
  readonly record: CountedRecord | undefined;
}

export interface SpeedOwner {
  /** Takes the lease and finds the offset to read next, not below `logStart`. */
  open(logStart: Offset): Promise<Offset>;
  /** Folds records from the position on; publishes each block that fills before opening the next. */
  process(inputs: readonly FoldInput[]): Promise<Offset>;
  /** Publishes what changed since the last flush. After a failure the next flush goes out whole under a new epoch. */
  flush(): Promise<void>;
  checkpoint(): Promise<void>;
  /** Tombstones the blocks that no view with a cut at or above `cut` needs. */
  tombstoneBelow(cut: Offset): Promise<number>;
  position(): Offset;
}

export function createSpeedOwner(deps: OwnerDeps): SpeedOwner {
  const { shape, lease, checkpoints, view, rawHighBelow } = deps;
  const rules = deps.rules ?? SEAM_RULES;
  let fold: SpeedFold;
  let epoch = 0;
  let whole = true;
  let isEpochOver = false;
  let published: SpeedReader;

  const startBlind = async (offset: Offset): Promise<FoldCheckpoint> =>
    startAt(offset, offset === 0 ? -1 : await rawHighBelow(offset));

  const publish = async (records: readonly SpeedRecord[]): Promise<void> => {
    try {
      await view.publish(records);
    } catch (error) {
      isEpochOver = rules.endsEpoch('unknown');
      whole = true;
      throw error;
    }
    for (const record of records) published.apply(record);
  };

  const flush = async (): Promise<void> => {
    if (fold.isEmpty() || !(fold.isDirty() || whole)) return;
    if (isEpochOver) {
      epoch = await lease.acquire();
      isEpochOver = false;
    }
    const wasWhole = whole;
    await publish(fold.flush(epoch, wasWhole));
    whole = false;
  };

  const sealIfFull = async (): Promise<void> => {
    if (!fold.isFull()) return;
    await flush();
    const guessedFrom = fold.guessedFrom();
    if (guessedFrom !== undefined) {
      const rawHigh = await rawHighBelow(guessedFrom);
      if (rawHigh !== undefined) fold.becomeExact(rawHigh);
    }
    fold.advance();
  };

  return {
    async open(logStart) {
      epoch = await lease.acquire();
      isEpochOver = false;
      whole = true;
      published = createSpeedReader(shape.blockSize, rules);
      for (const record of await view.read()) published.apply(record);
      const saved = await checkpoints.load();
      const start = chooseStart(published.resume(), saved, shape.blockSize, logStart);
      fold = createSpeedFold(
        shape,
        start ?? (await startBlind(Math.max(logStart, guessedFromOf(saved)))),
        rules,
      );
      return fold.position();
    },
    async process(inputs) {
      for (const { offset, record } of inputs) {
        await sealIfFull();
        if (offset < fold.position()) continue;
        // The log lost records that were never folded: say so by a block that does not start at its start.
        if (offset > fold.position()) {
          fold = createSpeedFold(shape, await startBlind(offset), rules);
          whole = true;
        }
        fold.step(offset, record);
      }
      await sealIfFull();
      return fold.position();
    },
    flush,
    checkpoint: () => checkpoints.save(fold.checkpoint()),
    async tombstoneBelow(cut) {
      const records = published.keysBelow(cut).map((key) => ({ key, value: null }));
      if (records.length > 0) await publish(records);
      return records.length;
    },
    position: () => fold.position(),
  };
}

/** A fold that had to guess is begun again where it began: by now the lake may know. */
const guessedFromOf = (saved: FoldCheckpoint | undefined): Offset =>
  saved?.isExact === false ? saved.from : 0;

/**
 * The published view is the better witness wherever it reaches: it also tells of a block that was never finished. A
 * checkpoint is taken when it is further on in the same block, or when nothing is published. Undefined when neither
 * stands where the log still goes on.
 */
export function chooseStart(
  resume: FoldCheckpoint | undefined,
  saved: FoldCheckpoint | undefined,
  blockSize: number,
  logStart: Offset,
): FoldCheckpoint | undefined {
  const isUsable = (at: FoldCheckpoint | undefined): at is FoldCheckpoint =>
    at !== undefined && at.isExact && at.foldVersion === FOLD_VERSION && at.position >= logStart;
  if (!isUsable(resume)) return isUsable(saved) ? saved : undefined;
  if (!isUsable(saved)) return resume;
  const isSameBlock = blockOf(saved.from, blockSize) === blockOf(resume.from, blockSize);
  return isSameBlock && saved.position > resume.position ? saved : resume;
}
