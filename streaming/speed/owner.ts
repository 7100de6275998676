/**
 * The owner of one clean topic-partition: folds its records into cells and publishes them. It takes an epoch from the
 * partition's lease, goes on from its checkpoint where that stands in the block that the published view has come to, else
 * folds that block again from its start, after warming up; and publishes its first block whole.
 */
import { blockOf, type Offset } from '../../domain/blocks.ts';
import { columnsOf, renumbered, type CountedColumns } from '../../domain/counted-columns.ts';
import { MEASURE_LIMITS, type CountedRecord, type MeasureLimits } from '../../domain/measures.ts';
import { SEAM_RULES, type SeamRules } from '../../domain/seam.ts';
import {
  createSpeedFold,
  startAt,
  type FoldCheckpoint,
  type FoldShape,
  type SpeedFold,
  type Texts,
} from '../../domain/speed-fold.ts';
import {
  createSpeedReader,
  type ResumePoint,
  type SealedBlock,
  type SpeedReader,
} from '../../domain/speed-reader.ts';
import { FOLD_VERSION, type SpeedRecord } from '../../domain/speed-view.ts';
import type { EpochMs } from '../../domain/time.ts';
import { createWarmUp, warmFromCheckpoint, warmFromLog, type WarmUpStart } from '../../domain/warm-up.ts';

/** Port: compare-and-swap increment of the partition's lease. */
export interface Lease {
  acquire(): Promise<number>;
}

/** What the owner's partition of the `speed-view` topic held before an offset, as far as an owner needs to know. */
export interface ViewSnapshot {
  readonly next: Offset;
  readonly sealed: readonly SealedBlock[];
}

/** All that an owner needs to go on. One without `view` reads the speed view whole. */
export interface StoredCheckpoint extends FoldCheckpoint {
  readonly view?: ViewSnapshot;
}

/** Port: the owner's checkpoint. A torn or foreign one loads as undefined; saving over a newer owner's is refused. */
export interface Checkpoints {
  load(): Promise<StoredCheckpoint | undefined>;
  save(checkpoint: StoredCheckpoint): Promise<void>;
}

/** Port: the owner's partition of the `speed-view` topic. `publish` resolves only when all is acknowledged. */
export interface SpeedViewLog {
  /** From an offset on, or whole where the log does not hold that offset; `from` says which it was. */
  read(from: Offset): Promise<{ readonly records: readonly SpeedRecord[]; readonly from: Offset }>;
  publish(records: readonly SpeedRecord[]): Promise<void>;
  /** Every record before this offset was read or published here. */
  next(): Offset;
}

/**
 * Port: the highest raw offset among the lake's rows below an offset of this partition; undefined where the lake has not
 * read that far or does not answer. Asked only when the log's beginning is gone and nothing else knows.
 */
export type RawHighBelow = (offset: Offset) => Promise<Offset | undefined>;

/** Port: what the clean log still holds of this partition before an offset. */
export interface LogHistory {
  /** Offset of the first record appended at or after a moment; the log's start where that is later. */
  offsetAt(time: EpochMs): Promise<Offset>;
  /** Gives every record of [from, to), in order. What the log has lost by now is not given. */
  read(from: Offset, to: Offset, take: (columns: CountedColumns) => void): Promise<void>;
}

export interface OwnerDeps {
  readonly shape: FoldShape;
  readonly lease: Lease;
  readonly checkpoints: Checkpoints;
  readonly view: SpeedViewLog;
  readonly history: LogHistory;
  readonly rawHighBelow: RawHighBelow;
  readonly rules?: SeamRules;
  readonly limits?: MeasureLimits;
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
  /** The same for columns, whose texts are best numbered by `texts()`; others are numbered anew. */
  processColumns(columns: CountedColumns): Promise<Offset>;
  texts(): Texts;
  /** Publishes what changed since the last flush. After a failure the next flush goes out whole under a new epoch. */
  flush(): Promise<void>;
  /** When something was last published, by the process's own clock (`performance.now()`); 0 before that. */
  flushedAt(): number;
  /** The state as it is now, which nothing changes any more. */
  snapshot(): StoredCheckpoint;
  /** Stores a snapshot; one at a time. */
  save(snapshot: StoredCheckpoint): Promise<void>;
  /** Tombstones the blocks that no view with a cut at or above `cut` needs. */
  tombstoneBelow(cut: Offset): Promise<number>;
  position(): Offset;
}

export function createSpeedOwner(deps: OwnerDeps): SpeedOwner {
  const { shape, lease, checkpoints, view, rawHighBelow } = deps;
  const { rules = SEAM_RULES, limits = MEASURE_LIMITS } = deps;
  let fold: SpeedFold;
  let epoch = 0;
  let whole = true;
  let isEpochOver = false;
  let published: SpeedReader;
  let flushedAt = 0;

  const startBlind = async (offset: Offset): Promise<FoldCheckpoint> =>
    startAt(offset, offset === 0 ? -1 : await rawHighBelow(offset));

  const foldFrom = (start: FoldCheckpoint): SpeedFold => createSpeedFold(shape, start, rules, limits);

  /** Where to warm up from for a block that starts at `to`: where a checkpoint stood, or as far back as is needed. */
  const warmUpStart = async (
    { position: to, logTime }: ResumePoint,
    saved: FoldCheckpoint | undefined,
    logStart: Offset,
  ): Promise<WarmUpStart> => {
    const needed = rules.neededSince(logTime, limits);
    const isOnTheWay =
      isUsable(saved, logStart) && saved.position <= to && rules.isWarm(saved.knownSince, needed);
    if (isOnTheWay) return warmFromCheckpoint(saved);
    const found = Math.max(logStart, await deps.history.offsetAt(needed));
    return warmFromLog(Math.min(found, to), needed, logStart === 0 || found > logStart);
  };

  const warmUp = async (
    resume: ResumePoint,
    saved: FoldCheckpoint | undefined,
    logStart: Offset,
  ): Promise<FoldCheckpoint> => {
    const { position, rawHigh, logTime } = resume;
    const from = await warmUpStart(resume, saved, logStart);
    const warming = createWarmUp(from, rules, limits);
    if (from.position < position) await deps.history.read(from.position, position, warming.take);
    return startAt(position, rawHigh, warming.finish(logTime), { rules, limits });
  };

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
    flushedAt = performance.now();
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

  const processColumns = async (given: CountedColumns): Promise<Offset> => {
    let columns = given;
    for (let i = 0; i < columns.size; i++) {
      if (fold.isFull()) await sealIfFull();
      const offset = columns.offset[i]!;
      if (offset < fold.position()) continue;
      // The log lost records that were never folded: say so by a block that does not start at its start.
      if (offset > fold.position()) {
        fold = foldFrom(await startBlind(offset));
        whole = true;
      }
      const { titles, rowNames } = fold.texts();
      if (columns.titles !== titles) columns = renumbered(columns, titles, rowNames);
      fold.stepRow(columns, i);
    }
    await sealIfFull();
    return fold.position();
  };

  return {
    async open(logStart) {
      epoch = await lease.acquire();
      isEpochOver = false;
      whole = true;
      const saved = await checkpoints.load();
      const { records, from } = await view.read(saved?.view?.next ?? 0);
      const sealed = from > 0 ? (saved?.view?.sealed ?? []) : [];
      published = createSpeedReader(shape.blockSize, rules, { keepsSealed: false, sealed });
      for (const record of records) published.apply(record);
      const start = chooseStart(published.resume(), saved, shape.blockSize, logStart);
      if (start === undefined) fold = foldFrom(await startBlind(Math.max(logStart, guessedFromOf(saved))));
      else fold = foldFrom('memory' in start ? start : await warmUp(start, saved, logStart));
      return fold.position();
    },
    process(inputs) {
      const { titles, rowNames } = fold.texts();
      return processColumns(columnsOf(inputs, titles, rowNames));
    },
    processColumns,
    texts: () => fold.texts(),
    flush,
    flushedAt: () => flushedAt,
    snapshot: () => ({
      ...fold.checkpoint(),
      view: { next: view.next(), sealed: published.sealed() },
    }),
    save: checkpoints.save,
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
 * checkpoint is taken where it stands in the block that the view has come to, or when nothing is published: the view says
 * what was counted, but not what counting must remember. Undefined when neither stands where the log still goes on.
 */
export function chooseStart(
  resume: ResumePoint | undefined,
  saved: FoldCheckpoint | undefined,
  blockSize: number,
  logStart: Offset,
): FoldCheckpoint | ResumePoint | undefined {
  const checkpoint = isUsable(saved, logStart) ? saved : undefined;
  if (resume === undefined || resume.position < logStart) return checkpoint;
  if (checkpoint?.isBlockExact !== true) return resume;
  const isSameBlock = blockOf(checkpoint.from, blockSize) === blockOf(resume.position, blockSize);
  return isSameBlock ? checkpoint : resume;
}

const isUsable = (saved: FoldCheckpoint | undefined, logStart: Offset): saved is FoldCheckpoint =>
  saved !== undefined && saved.isExact && saved.foldVersion === FOLD_VERSION && saved.position >= logStart;
