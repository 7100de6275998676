/**
 * What the speed layer counted past a cut, over all partitions: one aggregate that follows the speed view change by
 * change. Measures are whole numbers below 2^53, so adding and taking away again is exact.
 */
import type { Block, Offset } from './blocks.ts';
import type { Country, TitleId } from './ids.ts';
import type { CutVector } from './manifest.ts';
import type { CountSource } from './merge.ts';
import { SEAM_RULES, type SeamRules } from './seam.ts';
import { applyChange, createDeltas } from './speed-change.ts';
import { createSpeedReader, type HeldState, type SpeedReader } from './speed-reader.ts';
import { createSpeedSums, partsOf, type SpeedSums } from './speed-sums.ts';
import type { Chunk, FamilyPart, SpeedRecord } from './speed-view.ts';
import { COUNTED_TOPICS, type CountedTopic } from './topics.ts';

/** A block between the cut and the newest marker of its partition that is missing or was never finished. */
export interface Hole {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly block: Block;
}

export type Watermarks = Readonly<Record<CountedTopic, readonly Offset[]>>;

export interface SpeedReach {
  /** Up to where each partition is counted, by topic and partition. */
  readonly watermark: Watermarks;
  readonly holes: readonly Hole[];
}

export interface SpeedTotals extends CountSource {
  /** Applies the next record of the speed view of one clean topic-partition. */
  apply(topic: CountedTopic, partition: number, record: SpeedRecord): void;
  /** Counts from this cut on; partitions that it does not name, from 0. */
  setCut(cut: CutVector): void;
  /**
   * Adds up what lies past a cut to come, beside what is counted now, in steps between which anything may be applied or asked.
   * `setCut` of that cut then only takes over; before the last step, or for another cut, it works the change out by itself.
   */
  prepareCut(cut: CutVector): Generator<undefined, void, undefined>;
  reach(): SpeedReach;
  /** Adds up what was read so far; the first question does so as well. */
  settle(): void;
  /** All lanes, for another that goes on from there; what comes later changes none of it. */
  lanes(): LaneState[];
  /** Titles counted past the cut. */
  titles(): Iterable<TitleId>;
  /** A title's measures by country. */
  countriesOf(title: TitleId): ReadonlyMap<Country, Float64Array>;
}

export interface SpeedShape {
  readonly partitions: number;
  readonly blockSize: number;
}

/** What a `SpeedTotals` was at some moment. */
export interface SpeedState {
  readonly lanes: readonly LaneState[];
  /** What all lanes add up to past their cuts, as `sumUp` gives it. */
  readonly sums: readonly FamilyPart[];
}

export interface LaneState {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly cut: Offset;
  readonly held: readonly HeldState[];
}

interface Lane {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly reader: SpeedReader;
  cut: Offset;
}

/** Begins with nothing, or with what another was. */
export function createSpeedTotals(
  { partitions, blockSize }: SpeedShape,
  rules: SeamRules = SEAM_RULES,
  from?: SpeedState,
): SpeedTotals {
  let sums = createSpeedSums(from?.sums);
  /** The sums past a cut to come, while and after they are made. */
  let next: Prepared | undefined;
  const deltas = createDeltas();
  const lanes: Lane[] = COUNTED_TOPICS.flatMap((topic) =>
    Array.from({ length: partitions }, (_, partition) => {
      const before = from?.lanes.find((lane) => lane.topic === topic && lane.partition === partition);
      const held = before?.held ?? [];
      const reader = createSpeedReader(blockSize, rules, { keepsSealed: true, held });
      return { topic, partition, reader, cut: before?.cut ?? 0 };
    }),
  );
  let reach: SpeedReach | undefined;
  /** Until the first question nothing is added up: most of what is read at the start is replaced by what follows. */
  let isSettled = false;

  const laneOf = (topic: CountedTopic, partition: number): Lane => {
    const lane = lanes[COUNTED_TOPICS.indexOf(topic) * partitions + partition];
    if (lane === undefined || partition >= partitions)
      throw new RangeError(`there is no partition ${partition} of ${topic}`);
    return lane;
  };

  const cutsOf = (cut: CutVector): readonly Offset[] =>
    lanes.map(({ topic, partition }) => cut[topic]?.[partition] ?? 0);

  /** Registers can only be raised: what fell below the cut leaves them by starting anew. */
  const rebuildDistinct = (): void => {
    sums.reached.clearDistinct();
    for (const { reader, cut } of lanes) {
      for (const { chunks } of reader.pastCut(cut)) {
        for (const chunk of chunks.values())
          if (chunk.family === 'distinct') sums.reached.addDistinct(chunk.columns);
      }
    }
  };

  const addBlocks = (lane: Lane, from: Offset, to: Offset, sign: 1 | -1): void => {
    for (const { block, chunks } of lane.reader.pastCut(from)) {
      if (rules.isPastCut(block, to, blockSize)) continue;
      for (const chunk of chunks.values()) sums.add(chunk, sign);
    }
  };

  const settle = (): void => {
    if (isSettled) return;
    isSettled = true;
    for (const { reader, cut } of lanes)
      for (const { chunks } of reader.pastCut(cut)) for (const chunk of chunks.values()) sums.add(chunk, 1);
  };

  /** One block after the other, so that what is read meanwhile is not held up. */
  const moveCuts = (cuts: readonly Offset[]): void => {
    lanes.forEach((lane, at) => {
      const to = cuts[at]!;
      // Only the blocks between the two cuts change sides.
      if (isSettled && to > lane.cut) addBlocks(lane, lane.cut, to, -1);
      else if (isSettled) addBlocks(lane, to, lane.cut, 1);
      lane.cut = to;
    });
    if (isSettled) rebuildDistinct();
  };

  if (from !== undefined) isSettled = true;
  return {
    settle,
    lanes: () => lanes.map(({ reader, ...lane }) => ({ ...lane, held: reader.held() })),
    apply(topic, partition, record) {
      const lane = laneOf(topic, partition);
      const { reader, cut } = lane;
      if (isSettled) deltas.note(record, reader);
      const change = reader.apply(record);
      if (change === undefined) return;
      reach = undefined;
      const isPast = (from: Offset): boolean => rules.isPastCut(change.block, from, blockSize);
      const isPrepared = next !== undefined && isPast(next.cuts[lanes.indexOf(lane)]!);
      if (isSettled && isPast(cut)) applyChange(sums, change, deltas);
      if (isPrepared) applyChange(next!.sums, change, deltas, next!.waiting);
      deltas.forget(change.added);
    },
    setCut(cut) {
      const cuts = cutsOf(cut);
      const ready = next;
      next = undefined;
      if (sameOffsets(cuts, cutsNow())) return;
      reach = undefined;
      if (ready?.waiting.size !== 0 || !sameOffsets(cuts, ready.cuts)) return moveCuts(cuts);
      sums = ready.sums;
      lanes.forEach((lane, at) => (lane.cut = cuts[at]!));
    },
    *prepareCut(cut) {
      const cuts = cutsOf(cut);
      // What is not added up yet is not moved either.
      if (!isSettled || sameOffsets(cuts, cutsNow())) return;
      const mine: Prepared = { cuts, sums: createSpeedSums(), waiting: new Set() };
      for (const [at, { reader }] of lanes.entries())
        for (const { chunks } of reader.pastCut(cuts[at]!))
          for (const chunk of chunks.values()) mine.waiting.add(chunk);
      next = mine;
      for (const chunk of mine.waiting) {
        yield;
        if (next !== mine) return;
        // Another state of the block may have come.
        if (mine.waiting.delete(chunk)) mine.sums.add(chunk, 1);
      }
    },
    reach: () => (reach ??= reachOf(lanes)),
    titles: settled(() => sums.store.titles()),
    countriesOf: settled((title) => sums.store.countriesOf(title)),
    addTitle: settled((...question) => sums.store.addTitle(...question)),
    addEverything: settled((out) => sums.store.addEverything(out)),
    eachTotal: settled((...question) => sums.store.eachTotal(...question)),
    eachInBuckets: settled((...question) => sums.store.eachInBuckets(...question)),
    totalRows: settled(() => sums.store.totalRows()),
    rowsInBuckets: settled((...question) => sums.store.rowsInBuckets(...question)),
    eachRow: settled((...question) => sums.reached.eachRow(...question)),
    addDistinct: settled((...question) => sums.reached.addDistinctOf(...question)),
  };

  function cutsNow(): readonly Offset[] {
    return lanes.map((lane) => lane.cut);
  }

  function settled<A extends readonly unknown[], R>(ask: (...question: A) => R): (...question: A) => R {
    return (...question) => {
      settle();
      return ask(...question);
    };
  }
}

interface Prepared {
  /** By lane. */
  readonly cuts: readonly Offset[];
  readonly sums: SpeedSums;
  /** Chunks past the cuts that are not in the sums yet. */
  readonly waiting: Set<Chunk>;
}

const sameOffsets = (x: readonly Offset[], y: readonly Offset[]): boolean =>
  x.every((one, at) => one === y[at]);

/** What lanes add up to past their cuts; whoever has other things to do may pause after each step. */
export function* sumUp(
  lanes: readonly LaneState[],
  { blockSize }: Pick<SpeedShape, 'blockSize'>,
  rules: SeamRules = SEAM_RULES,
): Generator<void, FamilyPart[]> {
  const sums = createSpeedSums();
  for (const { cut, held } of lanes) {
    for (const { block, committed } of held) {
      if (committed === undefined || !rules.isPastCut(block, cut, blockSize)) continue;
      for (const chunk of committed.chunks.values()) {
        sums.add(chunk, 1);
        yield;
      }
    }
  }
  return yield* partsOf(sums);
}

function reachOf(lanes: readonly Lane[]): SpeedReach {
  const watermark: Record<CountedTopic, Offset[]> = { plays: [], impressions: [] };
  const holes: Hole[] = [];
  for (const { topic, partition, reader, cut } of lanes) {
    const { watermark: upTo, holes: missing } = reader.reach(cut);
    watermark[topic].push(upTo);
    for (const block of missing) holes.push({ topic, partition, block });
  }
  return { watermark, holes };
}
