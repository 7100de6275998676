/**
 * The counting fold of one clean topic-partition. State is the block being counted and what counting must remember of
 * the log before it; a record moves it by one offset. When a block is full it must be published and acknowledged before
 * the next one is opened.
 */
import { blockEnd, blockOf, blockStart, type Block, type Offset } from './blocks.ts';
import { createCountedColumns, pushRecord, ROW_KIND, type CountedColumns } from './counted-columns.ts';
import { createMeasureMemory, NO_MEMORY, type MemoryColumns } from './measure-memory.ts';
import { MEASURE_LIMITS, type CountedRecord, type MeasureLimits } from './measures.ts';
import { SEAM_RULES, type SeamRules } from './seam.ts';
import { createBlockTables } from './speed-tables.ts';
import {
  FOLD_VERSION,
  type BlockEpoch,
  type Chunk,
  type FamilyPart,
  type SpeedRecord,
  type Taken,
} from './speed-view.ts';
import { createTextTable, type TextTable } from './text-table.ts';
import type { CountedTopic } from './topics.ts';
import type { EpochMs } from './time.ts';

export interface FoldShape {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly blockSize: number;
  /** Slots a block's entries are spread over; fixed for a topic generation. */
  readonly slots: number;
}

/** All that a fold needs to go on. */
export interface FoldCheckpoint extends Taken {
  readonly foldVersion: number;
  readonly from: Offset;
  readonly position: Offset;
  /** Whether `rawHigh` is known to be exact; a fold that had to guess never claims a block's start. */
  readonly isExact: boolean;
  /** Whether the block it stands in was begun at its start, with all that counting must remember. */
  readonly isBlockExact: boolean;
  /** The memory has seen every fresh record appended at or after this; NOT_YET until the first record tells. */
  readonly knownSince: EpochMs;
  readonly memory: MemoryColumns;
  /** What had been taken where the block starts. */
  readonly before: Taken;
  readonly events: number;
  readonly parts: readonly FamilyPart[];
}

/** Numbers of titles and of rows. */
export interface Texts {
  readonly titles: TextTable;
  readonly rowNames: TextTable;
}

/** More texts than this are forgotten at a block's end: a block brings at most one of each kind per record. */
const MOST_TEXTS = 1 << 20;

const createTexts = (): Texts => ({ titles: createTextTable(), rowNames: createTextTable() });

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
  /** The same for row `i` of columns whose texts are numbered by `texts()`. */
  stepRow(columns: CountedColumns, i: number): void;
  /** What texts are numbered by until the next `advance`. */
  texts(): Texts;
  /** Whether anything has been folded since the last flush. */
  isDirty(): boolean;
  /** The records of a flush under an epoch: changed chunks (every chunk when `whole`), then the marker. */
  flush(epoch: number, whole: boolean): SpeedRecord[];
  /** Opens the block after a full one. */
  advance(): void;
  /** Where a fold that had to guess began; undefined for an exact one. */
  guessedFrom(): Offset | undefined;
  /** Tells such a fold the highest raw offset before it began: the blocks it opens from now on can be exact. */
  becomeExact(rawHighBefore: Offset): void;
  checkpoint(): FoldCheckpoint;
}

/** What a fold that cannot vouch for its block says of its beginning: no block starts there. */
const INEXACT_FROM = -1;

/** Rows looked ahead at together: about as many as a processor has loads under way. */
const LOOK_AHEAD = 16;

/** Later than any append time. */
export const NOT_YET: EpochMs = Number.MAX_SAFE_INTEGER;

/** What a fold may start with besides a position: of the log before it, and of how far back that memory reaches. */
export interface StartKnowledge {
  readonly logTime: EpochMs;
  readonly knownSince: EpochMs;
  readonly memory: MemoryColumns;
}

/** Of the very beginning of a log everything is known: there is nothing before it. */
const BEGINNING: StartKnowledge = { logTime: 0, knownSince: 0, memory: NO_MEMORY };
const NOTHING_KNOWN: StartKnowledge = { logTime: 0, knownSince: NOT_YET, memory: NO_MEMORY };

/**
 * Where a fold starts that has no cells yet: `from` is told honestly when it is not the block's start. An undefined
 * `rawHigh` is unknown: what is sent again could then be taken twice, so no block from here on is claimed.
 */
export function startAt(
  position: Offset,
  rawHigh: Offset | undefined,
  known: StartKnowledge = position === 0 ? BEGINNING : NOTHING_KNOWN,
  { rules = SEAM_RULES, limits = MEASURE_LIMITS }: { rules?: SeamRules; limits?: MeasureLimits } = {},
): FoldCheckpoint {
  const { logTime, knownSince, memory } = known;
  const taken = { rawHigh: rawHigh ?? -1, logTime };
  const isExact = rawHigh !== undefined;
  return {
    foldVersion: FOLD_VERSION,
    from: position,
    position,
    ...taken,
    isExact,
    isBlockExact: isExact && rules.isWarm(knownSince, rules.neededSince(logTime, limits)),
    knownSince,
    memory,
    before: taken,
    events: 0,
    parts: [],
  };
}

export function createSpeedFold(
  shape: FoldShape,
  start: FoldCheckpoint,
  rules: SeamRules = SEAM_RULES,
  limits: MeasureLimits = MEASURE_LIMITS,
): SpeedFold {
  const { blockSize, slots } = shape;
  const { from: began } = start;
  let { from, position, rawHigh, logTime, isExact, isBlockExact, knownSince, before, events } = start;
  const memory = createMeasureMemory(limits, start.memory, rules.windowTime);
  // A checkpoint taken at a block's end still stands in that block until it is advanced.
  let block = blockOf(position > from ? position - 1 : position, blockSize);
  let texts = createTexts();
  let tables = createBlockTables(slots, texts.titles, texts.rowNames);
  start.parts.forEach(tables.restore);
  let flushedTo = -1;
  let single: CountedColumns | undefined;

  const flush = (epoch: number, whole: boolean): SpeedRecord[] => {
    const at: BlockEpoch = { topic: shape.topic, partition: shape.partition, block, epoch };
    const coverage = { from: isBlockExact ? from : INEXACT_FROM, to: position, foldVersion: FOLD_VERSION };
    const { changed, entries, digest } = tables.publish(whole);
    const records: SpeedRecord[] = changed.map(({ slot, part, digest: ofPart }) => {
      const value: Chunk = { type: 'chunk', ...at, ...coverage, slot, ...part };
      return { key: rules.chunkKey(at, part.family, slot), value, digest: ofPart };
    });
    const value = {
      ...({ type: 'marker', ...at, ...coverage } as const),
      ...{ events, entries, digest, rawHigh, logTime, before },
    };
    records.push({ key: rules.markerKey(at), value });
    flushedTo = position;
    return records;
  };

  const stepRow = (columns: CountedColumns, i: number): void => {
    const offset = columns.offset[i]!;
    if (offset < position || blockOf(offset, blockSize) !== block) {
      throw new RangeError(`offset ${offset} is not foldable at position ${position} of block ${block}`);
    }
    position = offset + 1;
    if (i % LOOK_AHEAD === 0 && columns.size > 1)
      memory.lookAhead(columns, i, Math.min(columns.size, i + LOOK_AHEAD));
    if (columns.kind[i] === ROW_KIND.unreadable || !rules.isFresh(rawHigh, columns.rawOffset[i]!)) return;
    rawHigh = columns.rawOffset[i]!;
    logTime = columns.appendTime[i]!;
    // Others of the same moment may have come before what this fold began with.
    if (knownSince === NOT_YET) knownSince = logTime + 1;
    const counted = memory.take(columns, i);
    if (counted === 0) return;
    events += 1;
    tables.add(columns, i, counted);
  };

  return {
    position: () => position,
    block: () => block,
    rawHigh: () => rawHigh,
    isEmpty: () => position <= Math.max(from, blockStart(block, blockSize)),
    isFull: () => position >= blockEnd(block, blockSize),
    isDirty: () => position !== flushedTo,
    step(offset, record) {
      if (single?.titles !== texts.titles) single = createCountedColumns(1, texts.titles, texts.rowNames);
      single.size = 0;
      pushRecord(single, offset, record);
      stepRow(single, 0);
    },
    stepRow,
    texts: () => texts,
    flush,
    advance() {
      block += 1;
      isBlockExact = isExact && rules.isWarm(knownSince, rules.neededSince(logTime, limits));
      from = isBlockExact ? blockStart(block, blockSize) : began;
      position = blockStart(block, blockSize);
      before = { rawHigh, logTime };
      events = 0;
      if (texts.titles.size() > MOST_TEXTS || texts.rowNames.size() > MOST_TEXTS) {
        texts = createTexts();
        tables = createBlockTables(slots, texts.titles, texts.rowNames);
      } else tables.clear();
      flushedTo = -1;
    },
    guessedFrom: () => (isExact ? undefined : began),
    becomeExact(rawHighBefore) {
      isExact = true;
      rawHigh = Math.max(rawHigh, rawHighBefore);
    },
    checkpoint: () => ({
      ...{ foldVersion: FOLD_VERSION, from, position, rawHigh, logTime },
      ...{ isExact, isBlockExact, knownSince, before, events },
      memory: memory.columns(),
      parts: tables.parts(),
    }),
  };
}
