/**
 * What the speed layer counted past a cut, over all partitions: one aggregate that follows the speed view change by
 * change. Measures are whole numbers below 2^53, so adding and taking away again is exact.
 */
import type { Block, Offset } from './blocks.ts';
import { createCountStore, type CountStore } from './count-store.ts';
import type { Country, TitleId } from './ids.ts';
import type { CutVector } from './manifest.ts';
import type { CountSource } from './merge.ts';
import { SEAM_RULES, type SeamRules } from './seam.ts';
import { createReachStore, type ReachStore } from './reach-store.ts';
import { createSpeedReader, type HeldState, type SpeedReader } from './speed-reader.ts';
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
  const store = createCountStore();
  const reached = createReachStore();
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

  const addChunk = adderTo(store, reached);

  /** Registers can only be raised: what fell below the cut leaves them by starting anew. */
  const rebuildDistinct = (): void => {
    reached.clearDistinct();
    for (const { reader, cut } of lanes) {
      for (const { chunks } of reader.pastCut(cut)) {
        for (const chunk of chunks.values())
          if (chunk.family === 'distinct') reached.addDistinct(chunk.columns);
      }
    }
  };

  const addBlocks = (lane: Lane, from: Offset, to: Offset, sign: 1 | -1): void => {
    for (const { block, chunks } of lane.reader.pastCut(from)) {
      if (rules.isPastCut(block, to, blockSize)) continue;
      for (const chunk of chunks.values()) addChunk(chunk, sign);
    }
  };

  const settle = (): void => {
    if (isSettled) return;
    isSettled = true;
    for (const { reader, cut } of lanes)
      for (const { chunks } of reader.pastCut(cut)) for (const chunk of chunks.values()) addChunk(chunk, 1);
  };

  if (from !== undefined) {
    isSettled = true;
    loadSums(from.sums, store, reached);
  }
  return {
    settle,
    lanes: () => lanes.map(({ reader, ...lane }) => ({ ...lane, held: reader.held() })),
    apply(topic, partition, record) {
      const { reader, cut } = laneOf(topic, partition);
      const change = reader.apply(record);
      if (change === undefined) return;
      reach = undefined;
      if (!isSettled || !rules.isPastCut(change.block, cut, blockSize)) return;
      // What a block's newer state holds includes what the older held, so registers need not be taken back.
      for (const chunk of change.removed) addChunk(chunk, -1);
      for (const chunk of change.added) addChunk(chunk, 1);
    },
    setCut(cut) {
      let hasMoved = false;
      for (const lane of lanes) {
        const next = cut[lane.topic]?.[lane.partition] ?? 0;
        if (next === lane.cut) continue;
        hasMoved = true;
        if (!isSettled) {
          lane.cut = next;
          continue;
        }
        // Only the blocks between the two cuts change sides.
        if (next > lane.cut) addBlocks(lane, lane.cut, next, -1);
        else addBlocks(lane, next, lane.cut, 1);
        lane.cut = next;
      }
      if (!hasMoved) return;
      reach = undefined;
      if (isSettled) rebuildDistinct();
    },
    reach: () => (reach ??= reachOf(lanes)),
    titles: settled(store.titles),
    countriesOf: settled(store.countriesOf),
    addTitle: settled(store.addTitle),
    addEverything: settled(store.addEverything),
    eachTotal: settled(store.eachTotal),
    eachInBuckets: settled(store.eachInBuckets),
    eachRow: settled(reached.eachRow),
    addDistinct: settled(reached.addDistinctOf),
  };

  function settled<A extends readonly unknown[], R>(ask: (...question: A) => R): (...question: A) => R {
    return (...question) => {
      settle();
      return ask(...question);
    };
  }
}

const adderTo =
  (store: CountStore, reached: ReachStore) =>
  (chunk: Chunk, sign: 1 | -1): void => {
    if (chunk.family === 'cells') store.add(chunk.columns, sign);
    else if (chunk.family === 'rows') reached.addRows(chunk.columns, sign);
    else if (sign === 1) reached.addDistinct(chunk.columns);
  };

/** What lanes add up to past their cuts; whoever has other things to do may pause after each step. */
export function* sumUp(
  lanes: readonly LaneState[],
  { blockSize }: Pick<SpeedShape, 'blockSize'>,
  rules: SeamRules = SEAM_RULES,
): Generator<void, FamilyPart[]> {
  const store = createCountStore();
  const reached = createReachStore();
  const add = adderTo(store, reached);
  for (const { cut, held } of lanes) {
    for (const { block, committed } of held) {
      if (committed === undefined || !rules.isPastCut(block, cut, blockSize)) continue;
      for (const chunk of committed.chunks.values()) {
        add(chunk, 1);
        yield;
      }
    }
  }
  const sums: FamilyPart[] = [];
  for (const columns of store.dump()) {
    sums.push({ family: 'cells', columns });
    yield;
  }
  const { rows, distinct } = reached.dump();
  return [...sums, { family: 'rows', columns: rows }, { family: 'distinct', columns: distinct }];
}

function loadSums(sums: SpeedState['sums'], store: CountStore, reached: ReachStore): void {
  for (const sum of sums) {
    if (sum.family === 'cells') store.load(sum.columns);
    else if (sum.family === 'rows') reached.addRows(sum.columns, 1);
    else reached.addDistinct(sum.columns);
  }
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
