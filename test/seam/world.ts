/** The whole pipeline on memory doubles: raw log, extractors, clean log, owners, speed view, sinks, lake, views, readers. */
import { cutOf } from '../../domain/blocks.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { freshRows, NOTHING_TAKEN, type TakenUpTo } from '../../domain/fresh-rows.ts';
import { columnsOf } from '../../domain/counted-columns.ts';
import { countedRecord } from '../../domain/measures.ts';
import type { SeamRules } from '../../domain/seam.ts';
import { createSpeedReader, type SpeedReader } from '../../domain/speed-reader.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import {
  createExtractor,
  type CleanLog,
  type Extractor,
  type ExtractOutput,
} from '../../streaming/extract/extractor.ts';
import {
  createSpeedOwner,
  type LogHistory,
  type SpeedOwner,
  type SpeedViewLog,
} from '../../streaming/speed/owner.ts';
import {
  createCheckpointStore,
  createCompactedLog,
  createExtractStateDouble,
  createLeaseDouble,
  createNetwork,
} from './doubles.ts';
import {
  addTotals,
  countEach,
  LIMITS,
  topicOf,
  type RawEntry,
  type TimedEvent,
  type Totals,
} from './truth.ts';

export const PARTITIONS = 2;
export const BLOCK_SIZE = 8;
export const WINDOW_MS = 1000;
const SLOTS = 2;
const EXTRACT_LIMITS = { dedupeWindowMs: WINDOW_MS, maxEventBytes: 10_000 };
export const SERVABLE_VERSIONS = 2;

export interface View {
  /** topic → cut per partition */
  readonly cut: Readonly<Record<CountedTopic, readonly number[]>>;
  readonly totals: Totals;
}

interface LakeRow {
  readonly offset: number;
  readonly record: CleanRecord;
}

/** Everything that belongs to one clean topic-partition. */
function createLane(topic: CountedTopic, partition: number, rules: SeamRules) {
  const view = createCompactedLog();
  const live: SpeedReader = createSpeedReader(BLOCK_SIZE, rules);
  return {
    topic,
    partition,
    clean: [] as CleanRecord[],
    logStart: 0,
    view,
    live,
    lease: createLeaseDouble(),
    checkpoints: createCheckpointStore(),
    owners: [undefined, undefined] as (SpeedOwner | undefined)[],
    lake: [] as LakeRow[],
    lakeVersion: 0,
    /** How far the live reader has been seen to reach. */
    watermark: 0,
  };
}

export type Lane = ReturnType<typeof createLane>;

export interface World {
  readonly rules: SeamRules;
  readonly network: ReturnType<typeof createNetwork>;
  readonly raw: RawEntry[][];
  readonly lanes: readonly Lane[];
  readonly dead: Map<string, number>;
  readonly extractors: (Extractor | undefined)[][];
  readonly state: ReturnType<typeof createExtractStateDouble>;
  readonly views: View[];
  readonly sinks: { readonly lane: Lane; readonly version: number; readonly rows: LakeRow[] }[][];
  isTruncated: boolean;
  time: number;
}

export function createWorld(rules: SeamRules): World {
  const each = <T>(make: (partition: number) => T): T[] =>
    Array.from({ length: PARTITIONS }, (_, p) => make(p));
  return {
    rules,
    network: createNetwork(),
    raw: each(() => []),
    lanes: COUNTED_TOPICS.flatMap((topic) => each((partition) => createLane(topic, partition, rules))),
    dead: new Map(),
    extractors: each(() => [undefined, undefined]),
    state: createExtractStateDouble(),
    views: [],
    sinks: [[], []],
    isTruncated: false,
    time: 10_000_000,
  };
}

const laneOf = (world: World, topic: string, partition: number): Lane =>
  world.lanes.find((lane) => lane.topic === topic && lane.partition === partition)!;

function cleanLogOf(world: World): CleanLog {
  return {
    async append(partition, outputs) {
      await world.network.send(outputs, (landed) => landOutputs(world, partition, landed));
    },
  };
}

function landOutputs(world: World, partition: number, outputs: readonly ExtractOutput[]): void {
  for (const { source, outcome } of outputs) {
    if (outcome.type === 'dead') world.dead.set(`${partition}/${source.offset}`, source.offset);
    else laneOf(world, topicOf(outcome.record.event.kind), partition).clean.push(outcome.record);
  }
}

export async function extract(
  world: World,
  partition: number,
  instance: number,
  count: number,
): Promise<void> {
  const held = (world.extractors[partition]![instance] ??= createExtractor({
    partition,
    limits: EXTRACT_LIMITS,
    log: cleanLogOf(world),
    state: world.state,
  }));
  // An instance that has just started loads its state; one that goes on stands where it stood, however stale.
  const position = positions.get(held) ?? (await held.open(0));
  positions.set(held, position);
  const records = world.raw[partition]!.slice(position, position + count);
  const encoded = records.map(({ offset, timestamp, text }) => ({
    offset,
    timestamp,
    value: new TextEncoder().encode(text),
  }));
  positions.set(held, await held.process(encoded));
}

const positions = new WeakMap<Extractor, number>();

export async function own(world: World, lane: Lane, instance: number, count: number): Promise<void> {
  const held = lane.owners[instance] ?? (await openOwner(world, lane, instance));
  const position = held.position();
  const from = Math.max(position, lane.logStart);
  const inputs = lane.clean
    .slice(from, from + count)
    .map((record, i) => ({ offset: from + i, record: countedRecord(record) }));
  await held.process(inputs);
}

async function openOwner(world: World, lane: Lane, instance: number): Promise<SpeedOwner> {
  const owner = createSpeedOwner({
    shape: { topic: lane.topic, partition: lane.partition, blockSize: BLOCK_SIZE, slots: SLOTS },
    lease: lane.lease,
    checkpoints: lane.checkpoints.session(),
    view: viewOf(world, lane),
    rawHighBelow: (offset) => Promise.resolve(rawHighBelow(world, lane, offset)),
    history: historyOf(world, lane),
    rules: world.rules,
    limits: LIMITS,
  });
  await owner.open(lane.logStart);
  lane.owners[instance] = owner;
  return owner;
}

/** As streaming/speed/view-log.ts over the simulated log. */
function viewOf(world: World, lane: Lane): SpeedViewLog {
  let next = 0;
  return {
    read(from) {
      next = lane.view.end();
      return Promise.resolve({ records: lane.view.read(from), from });
    },
    async publish(records) {
      let [base, count] = [-1, 0];
      await world.network.send(records, (landed) => {
        if (base === -1) base = lane.view.end();
        count += landed.length;
        lane.view.append(landed);
        for (const record of landed) lane.live.apply(record);
      });
      if (base === next) next += count;
    },
    next: () => next,
  };
}

function historyOf(world: World, lane: Lane): LogHistory {
  const answer = <T>(value: T): Promise<T> =>
    world.network.fault === 'lost-request'
      ? Promise.reject(new MarqueeError('LOG_UNAVAILABLE', { reason: world.network.fault }))
      : Promise.resolve(value);
  return {
    offsetAt(time) {
      const found = lane.clean.findIndex(
        ({ appendTime }, offset) => offset >= lane.logStart && appendTime >= time,
      );
      return answer(found === -1 ? lane.clean.length : found);
    },
    read(from, to, take) {
      for (let offset = Math.max(from, lane.logStart); offset < to; offset++) {
        take(columnsOf([{ offset, record: countedRecord(lane.clean[offset]!) }]));
      }
      return answer(undefined);
    },
  };
}

function rawHighBelow(world: World, lane: Lane, offset: number): number | undefined {
  if (world.network.fault !== 'none' || takenOf(lane).offset + 1 < offset) return undefined;
  return Math.max(-1, ...lane.lake.filter((row) => row.offset < offset).map((row) => row.record.rawOffset));
}

const takenOf = (lane: Lane): TakenUpTo => {
  const last = lane.lake.at(-1);
  return last === undefined ? NOTHING_TAKEN : { offset: last.offset, rawOffset: last.record.rawOffset };
};

/** First half of a sink's transaction: read max(offset), work out what is fresh. */
export function beginSink(world: World, lane: Lane, instance: number, count: number): void {
  const taken = takenOf(lane);
  const from = Math.max(taken.offset + 1, lane.logStart);
  const read = lane.clean.slice(from, from + count);
  const offsets = read.map((_, i) => from + i);
  const fresh = freshRows(
    offsets,
    read.map((record) => record.rawOffset),
    taken,
    world.rules,
  );
  const rows = fresh.map((i) => ({ offset: offsets[i]!, record: read[i]! }));
  world.sinks[instance]!.push({ lane, version: lane.lakeVersion, rows });
}

/** Second half: the commit, refused when the table moved. */
export function commitSink(world: World, instance: number): void {
  for (const { lane, version, rows } of world.sinks[instance]!.splice(0)) {
    if (lane.lakeVersion !== version) continue;
    lane.lake.push(...rows);
    lane.lakeVersion += 1;
  }
}

/** A batch job: names its snapshot, takes the cut, counts only the rows below it, publishes. */
export function runBatch(world: World): void {
  const totals: Totals = new Map();
  const cut = { plays: [] as number[], impressions: [] as number[] };
  for (const lane of world.lanes) {
    const laneCut = cutOf(takenOf(lane).offset, BLOCK_SIZE);
    cut[lane.topic].push(laneCut);
    const below = lane.lake.filter(({ offset }) => offset < laneCut);
    const events = below.map(
      ({ record: { event, appendTime } }) => ({ ...event, appendTime }) as unknown as TimedEvent,
    );
    for (const counted of countEach(events)) addTotals(totals, counted);
  }
  const previous = world.views.at(-1);
  const isOlder =
    previous !== undefined &&
    world.lanes.some((lane) => cut[lane.topic][lane.partition]! < previous.cut[lane.topic][lane.partition]!);
  if (!isOlder) world.views.push({ cut, totals });
}
