/**
 * The counting fold of one clean topic-partition. State is the block being counted; a record moves it by one offset. When
 * a block is full it must be published and acknowledged before the next one is opened.
 */
import { blockEnd, blockOf, blockStart, type Block, type Offset } from './blocks.ts';
import { addDigests, createCellTable, EMPTY_DIGEST, type CellColumns, type CellTable } from './cells.ts';
import { hashText } from './hash.ts';
import { addMeasures, isCounted, MEASURE_COUNT, type CountedRecord } from './measures.ts';
import { SEAM_RULES, type SeamRules } from './seam.ts';
import { FOLD_VERSION, type BlockEpoch, type SpeedRecord } from './speed-view.ts';
import type { CountedTopic } from './topics.ts';
import { bucketOf } from './time.ts';

export interface FoldShape {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly blockSize: number;
  /** Slots a block's cells are spread over; fixed for a topic generation. */
  readonly slots: number;
}

/** All that a fold needs to go on: small enough to be a checkpoint. */
export interface FoldCheckpoint {
  readonly foldVersion: number;
  readonly from: Offset;
  readonly position: Offset;
  readonly rawHigh: Offset;
  /** Whether `rawHigh` is known to be exact; a fold that had to guess never claims a block's start. */
  readonly isExact: boolean;
  readonly events: number;
  readonly cells: readonly CellColumns[];
}

export interface SpeedFold {
  /** Next offset to be folded. */
  position(): Offset;
  block(): Block;
  /** Highest raw offset taken. */
  rawHigh(): Offset;
  /** Whether nothing of the block has been folded yet. */
  isEmpty(): boolean;
  /** Whether the block has been folded to its end. */
  isFull(): boolean;
  /** Folds the record at `offset`, which must not be below the position; undecodable records pass as undefined. */
  step(offset: Offset, record: CountedRecord | undefined): void;
  /** Whether anything has been folded since the last flush. */
  isDirty(): boolean;
  /** The records of a flush under an epoch: changed slots (every slot when `whole`), then the marker. */
  flush(epoch: number, whole: boolean): SpeedRecord[];
  /** Opens the block after a full one. */
  advance(): void;
  /** Where a fold that had to guess began; undefined for an exact one. */
  guessedFrom(): Offset | undefined;
  /** Tells such a fold the highest raw offset before it began: the blocks it opens from now on are exact. */
  becomeExact(rawHighBefore: Offset): void;
  checkpoint(): FoldCheckpoint;
}

/** What a fold that had to guess says of its beginning: no block starts there. */
const GUESSED_FROM = -1;

export const slotOf = (title: string, slots: number): number => hashText(title) % slots;

/**
 * Where a fold starts that has nothing but a position: `from` is told honestly when it is not the block's start. An
 * undefined `rawHigh` is unknown: what is sent again could then be taken twice, so no block from here on is claimed.
 */
export function startAt(position: Offset, rawHigh: Offset | undefined): FoldCheckpoint {
  const isExact = rawHigh !== undefined;
  return {
    foldVersion: FOLD_VERSION,
    from: position,
    position,
    rawHigh: rawHigh ?? -1,
    isExact,
    events: 0,
    cells: [],
  };
}

/** Puts the cells of a checkpoint into the slots of this fold, whatever slots they were in. */
function spread(columns: readonly CellColumns[], slots: number): (CellTable | undefined)[] {
  const tables: (CellTable | undefined)[] = [];
  for (const { size, titles, countries, buckets, measures } of columns) {
    for (let i = 0; i < size; i++) {
      const table = (tables[slotOf(titles[i]!, slots)] ??= createCellTable());
      const base = table.row(titles[i]!, countries[i]!, buckets[i]!) * MEASURE_COUNT;
      const live = table.measures();
      for (let m = 0; m < MEASURE_COUNT; m++) live[base + m]! += measures[i * MEASURE_COUNT + m]!;
    }
  }
  return tables;
}

export function createSpeedFold(
  shape: FoldShape,
  start: FoldCheckpoint,
  rules: SeamRules = SEAM_RULES,
): SpeedFold {
  const { blockSize, slots } = shape;
  const { from: began } = start;
  let { from, position, rawHigh, isExact, events } = start;
  /** Whether the block being folded was begun exactly. */
  let isBlockExact = isExact;
  // A checkpoint taken at a block's end still stands in that block until it is advanced.
  let block = blockOf(position > from ? position - 1 : position, blockSize);
  let tables = spread(start.cells, slots);
  const changed = new Set<number>();
  let flushedTo = -1;

  const count = (record: CountedRecord): void => {
    const slot = slotOf(record.titleId, slots);
    const table = (tables[slot] ??= createCellTable());
    const row = table.row(record.titleId, record.country, bucketOf(record.eventTime, record.timeStatus));
    addMeasures(record, table.measures(), row * MEASURE_COUNT);
    changed.add(slot);
  };

  const flush = (epoch: number, whole: boolean): SpeedRecord[] => {
    const at: BlockEpoch = { topic: shape.topic, partition: shape.partition, block, epoch };
    const coverage = { from: isBlockExact ? from : GUESSED_FROM, to: position, foldVersion: FOLD_VERSION };
    const records: SpeedRecord[] = [];
    let cells = 0;
    let digest = EMPTY_DIGEST;
    for (let slot = 0; slot < slots; slot++) {
      const table = tables[slot];
      if (table === undefined) continue;
      cells += table.size();
      digest = addDigests(digest, table.digest());
      if (whole || changed.has(slot)) {
        const value = { type: 'chunk', ...at, ...coverage, slot, cells: table.snapshot() } as const;
        records.push({ key: rules.chunkKey(at, slot), value });
      }
    }
    const value = { type: 'marker', ...at, ...coverage, events, cells, digest, rawHigh } as const;
    records.push({ key: rules.markerKey(at), value });
    changed.clear();
    flushedTo = position;
    return records;
  };

  return {
    position: () => position,
    block: () => block,
    rawHigh: () => rawHigh,
    isEmpty: () => position === from,
    isFull: () => position >= blockEnd(block, blockSize),
    isDirty: () => position !== flushedTo,
    step(offset, record) {
      if (offset < position || blockOf(offset, blockSize) !== block) {
        throw new RangeError(`offset ${offset} is not foldable at position ${position} of block ${block}`);
      }
      position = offset + 1;
      if (record === undefined || !rules.isFresh(rawHigh, record.rawOffset)) return;
      rawHigh = record.rawOffset;
      if (!isCounted(record.kind)) return;
      events += 1;
      count(record);
    },
    flush,
    advance() {
      block += 1;
      isBlockExact = isExact;
      from = isExact ? blockStart(block, blockSize) : began;
      position = blockStart(block, blockSize);
      events = 0;
      tables = [];
      changed.clear();
      flushedTo = -1;
    },
    guessedFrom: () => (isExact ? undefined : began),
    becomeExact(rawHighBefore) {
      isExact = true;
      rawHigh = Math.max(rawHigh, rawHighBefore);
    },
    checkpoint: () => ({
      foldVersion: FOLD_VERSION,
      from,
      position,
      rawHigh,
      isExact: isBlockExact,
      events,
      cells: Array.from({ length: slots }, (_, slot) => (tables[slot] ?? createCellTable()).snapshot()),
    }),
  };
}
