/**
 * What the speed layer counted past a cut, over all partitions: one aggregate that follows the speed view change by
 * change. Measures are whole numbers below 2^53, so adding and taking away again is exact.
 */
import type { Block, Offset } from './blocks.ts';
import { createCountStore } from './count-store.ts';
import type { Country, TitleId } from './ids.ts';
import type { CutVector } from './manifest.ts';
import type { CountSource } from './merge.ts';
import { SEAM_RULES, type SeamRules } from './seam.ts';
import { createReachStore } from './reach-store.ts';
import { createSpeedReader, type SpeedReader } from './speed-reader.ts';
import type { Chunk, SpeedRecord } from './speed-view.ts';
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
  /** Titles counted past the cut. */
  titles(): Iterable<TitleId>;
  /** A title's measures by country. */
  countriesOf(title: TitleId): ReadonlyMap<Country, Float64Array>;
}

export interface SpeedShape {
  readonly partitions: number;
  readonly blockSize: number;
}

interface Lane {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly reader: SpeedReader;
  cut: Offset;
}

export function createSpeedTotals(
  { partitions, blockSize }: SpeedShape,
  rules: SeamRules = SEAM_RULES,
): SpeedTotals {
  const store = createCountStore();
  const reached = createReachStore();
  const lanes: Lane[] = COUNTED_TOPICS.flatMap((topic) =>
    Array.from({ length: partitions }, (_, partition) => ({
      topic,
      partition,
      reader: createSpeedReader(blockSize, rules),
      cut: 0,
    })),
  );
  let reach: SpeedReach | undefined;

  const laneOf = (topic: CountedTopic, partition: number): Lane => {
    const lane = lanes[COUNTED_TOPICS.indexOf(topic) * partitions + partition];
    if (lane === undefined || partition >= partitions)
      throw new RangeError(`there is no partition ${partition} of ${topic}`);
    return lane;
  };

  const addChunk = (chunk: Chunk, sign: 1 | -1): void => {
    if (chunk.family === 'cells') store.add(chunk.columns, sign);
    else if (chunk.family === 'rows') reached.addRows(chunk.columns, sign);
    else if (sign === 1) reached.addDistinct(chunk.columns);
  };

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

  return {
    apply(topic, partition, record) {
      const { reader, cut } = laneOf(topic, partition);
      const change = reader.apply(record);
      if (change === undefined) return;
      reach = undefined;
      if (!rules.isPastCut(change.block, cut, blockSize)) return;
      // What a block's newer state holds includes what the older held, so registers need not be taken back.
      for (const chunk of change.removed) addChunk(chunk, -1);
      for (const chunk of change.added) addChunk(chunk, 1);
    },
    setCut(cut) {
      reach = undefined;
      for (const lane of lanes) {
        const next = cut[lane.topic]?.[lane.partition] ?? 0;
        // Only the blocks between the two cuts change sides.
        if (next > lane.cut) addBlocks(lane, lane.cut, next, -1);
        else addBlocks(lane, next, lane.cut, 1);
        lane.cut = next;
      }
      rebuildDistinct();
    },
    reach: () => (reach ??= reachOf(lanes)),
    titles: store.titles,
    countriesOf: store.countriesOf,
    addTitle: store.addTitle,
    addEverything: store.addEverything,
    eachTotal: store.eachTotal,
    eachInBuckets: store.eachInBuckets,
    eachRow: reached.eachRow,
    addDistinct: reached.addDistinctOf,
  };
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
