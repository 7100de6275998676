/**
 * Replays a stage from the lake, beside the live lane: the same folds over the same records in the order of the log.
 * Nothing is written but files of the replay's own; topics are read through a reader that no group knows.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErasureBook } from '../../domain/erasure/book.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { KeyedFold } from '../../domain/keyed-fold.ts';
import type { Marker } from '../../domain/speed-view.ts';
import type { EpochMs } from '../../domain/time.ts';
import { CLEAN_TOPICS, COUNTED_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { Config } from '../../infra/config.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { RAW_TABLE } from '../../infra/lake/tables.ts';
import { pinned, type OffsetRange } from '../../infra/lake/windows.ts';
import { createLmdbExtractState } from '../../infra/state/lmdb-extract-state.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../infra/state/lmdb-keyed-state.ts';
import { behaviourFolds } from '../behaviour/folds.ts';
import type { CleanSource } from './clean-log.ts';
import { createCleanComparer } from './compare-clean.ts';
import { createExactComparer, createFinalComparer } from './compare-derived.ts';
import { compareStates, type MetKeys, type StateOf } from './compare-states.ts';
import { compareBlocks } from './compare-speed.ts';
import { replayExtract } from './extract-log.ts';
import { replayKeyed } from './keyed.ts';
import { createLiveSide, type ReplayedTo } from './live-side.ts';
import { createOutFiles, type OutFiles } from './out-files.ts';
import type { Comparison, ReplayOutput, ReplayTarget } from './port.ts';
import { rangesOf, type Span } from './ranges.ts';
import { replaySpeed } from './speed.ts';

export interface ReplayDeps {
  readonly lake: DuckDbLake;
  readonly kafka: KafkaClient;
  readonly codec: CleanCodec;
  readonly config: Config;
  /** Who was erased: a replay does not bring them back. Absent where nobody was. */
  readonly erasures?: Pick<ErasureBook, 'owners'>;
}

export interface ReplayOrder {
  /** `extract`, `speed`, or the name of a rule with state per profile. */
  readonly stage: string;
  readonly span: Span;
  /** Where to write outputs. */
  readonly out?: string | undefined;
  /** Whether to hold the outcome against the live lane's. */
  readonly compare: boolean;
}

export interface ReplayReport {
  readonly stage: string;
  readonly records: number;
  readonly outputs: number;
  readonly seconds: number;
  /** What was covered, by topic: offsets of each partition. */
  readonly ranges: Readonly<Record<string, readonly OffsetRange[]>>;
  readonly comparison?: Comparison;
}

interface Outcome {
  readonly records: number;
  readonly ranges: Readonly<Record<string, readonly OffsetRange[]>>;
  readonly comparison?: Comparison;
}

interface Run extends ReplayDeps {
  readonly order: ReplayOrder;
  readonly files: OutFiles | undefined;
  /** Removed in the end. */
  readonly scratch: string;
  count(outputs: number): void;
}

export const replayStages = (config: Config): readonly string[] => [
  'extract',
  'speed',
  ...behaviourFolds(config).map(({ name }) => name),
];

export async function replay(deps: ReplayDeps, order: ReplayOrder): Promise<ReplayReport> {
  const fold = behaviourFolds(deps.config).find(({ name }) => name === order.stage);
  if (!replayStages(deps.config).includes(order.stage)) {
    const known = replayStages(deps.config).join(', ');
    throw new MarqueeError('REPLAY_INVALID', { reason: `there is no stage ${order.stage}, only ${known}` });
  }
  if (fold !== undefined && order.compare && order.span.from !== undefined) {
    const reason = `the state of ${fold.name} comes from the whole log; compare without a beginning`;
    throw new MarqueeError('REPLAY_INVALID', { reason });
  }
  if (fold !== undefined && fold.topics.length > 1 && order.compare && order.span.to !== undefined) {
    const reason = `what ${fold.name} ends with cannot be told of the live lane at an earlier time; compare without an end`;
    throw new MarqueeError('REPLAY_INVALID', { reason });
  }
  const scratch = await mkdtemp(join(tmpdir(), 'marquee-replay-'));
  const files = order.out === undefined ? undefined : createOutFiles(order.out);
  let outputs = 0;
  const run: Run = { ...deps, order, files, scratch, count: (more) => void (outputs += more) };
  const started = performance.now();
  try {
    const outcome =
      fold !== undefined
        ? await runKeyed(run, fold)
        : await (order.stage === 'extract' ? runExtract(run) : runSpeed(run));
    const seconds = (performance.now() - started) / 1000;
    return { stage: order.stage, outputs, seconds, ...outcome };
  } finally {
    await files?.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** To the files and to what compares, and counted. */
function targetOf({ files, count }: Run, comparer: ReplayTarget | undefined): ReplayTarget {
  return {
    async take(outputs: readonly ReplayOutput[]) {
      count(outputs.length);
      await files?.take(outputs);
      await comparer?.take(outputs);
    },
    close: () => Promise.resolve(),
  };
}

async function pinnedClean(lake: DuckDbLake): Promise<Map<CleanTopic, string>> {
  const found = new Map<CleanTopic, string>();
  for (const topic of CLEAN_TOPICS) {
    const reference = await pinned(lake, topic);
    if (reference !== undefined) found.set(topic, reference);
  }
  return found;
}

async function runExtract(run: Run): Promise<Outcome> {
  const { lake, kafka, codec, config, order, scratch } = run;
  const { region, generation, extract, ingest } = config;
  // Raw first: what the clean tables hold of it by then can only be more.
  const raw = await pinned(lake, RAW_TABLE);
  const ranges = raw === undefined ? [] : await rangesOf(lake, RAW_TABLE, raw, generation, order.span);
  const comparer = order.compare ? createCleanComparer({ kafka, codec, region, generation }) : undefined;
  const target = targetOf(run, comparer);
  const state = createLmdbExtractState(join(scratch, 'extract'));
  let records = 0;
  try {
    const { maxEventBytes } = ingest;
    const limits = { dedupeWindowMs: extract.dedupeWindowMs, maxEventBytes };
    const countries = extract.countries === undefined ? undefined : new Set(extract.countries.split(','));
    const { erasures } = run;
    const ownersOf = erasures && ((partition: number) => erasures.owners(generation, partition));
    const source = { lake, raw: raw ?? '', clean: await pinnedClean(lake), maxEventBytes, ownersOf };
    for (const range of ranges) {
      records += await replayExtract({ ...source, codec, state, limits, countries, target }, range);
    }
  } finally {
    await state.close();
  }
  const compared = await comparer?.compare(new Map(ranges.map((range) => [range.partition, range])));
  return {
    records,
    ranges: { 'raw-events': ranges },
    ...(compared === undefined ? {} : { comparison: compared }),
  };
}

async function sourcesOf(
  { lake, config, order }: Run,
  topics: readonly CleanTopic[],
): Promise<Map<number, CleanSource[]>> {
  const found = new Map<number, CleanSource[]>();
  for (const topic of topics) {
    const reference = await pinned(lake, topic);
    if (reference === undefined) continue;
    for (const range of await rangesOf(lake, topic, reference, config.generation, order.span)) {
      const sources = found.get(range.partition) ?? [];
      found.set(range.partition, sources);
      sources.push({ topic, reference, range });
    }
  }
  return found;
}

function rangesIn(
  sources: ReadonlyMap<number, readonly CleanSource[]>,
  topics: readonly CleanTopic[],
): Outcome['ranges'] {
  const all = [...sources.values()].flat();
  return Object.fromEntries(
    topics.map((topic) => [topic, all.filter((one) => one.topic === topic).map(({ range }) => range)]),
  );
}

async function runSpeed(run: Run): Promise<Outcome> {
  const { lake, kafka, config, order, files, count } = run;
  const { region, generation, blockSize, speed } = config;
  const sources = await sourcesOf(run, COUNTED_TOPICS);
  const sealed: Marker[] = [];
  let records = 0;
  for (const topic of COUNTED_TOPICS) {
    for (const [partition, ofPartition] of sources) {
      const source = ofPartition.find((one) => one.topic === topic);
      if (source === undefined) continue;
      const shape = { topic, partition, blockSize, slots: speed.slots };
      records += await replaySpeed(lake, shape, source, async ({ marker, isSealed }) => {
        count(1);
        if (isSealed) sealed.push(marker);
        await files?.line(`blocks/${topic}-${partition}`, { ...marker, isSealed });
      });
    }
  }
  const comparison = order.compare
    ? await compareBlocks({ kafka, region, generation, blockSize }, sealed)
    : undefined;
  return { records, ranges: rangesIn(sources, COUNTED_TOPICS), ...(comparison && { comparison }) };
}

async function runKeyed(run: Run, fold: KeyedFold<unknown>): Promise<Outcome> {
  const { lake, kafka, codec, config, order, scratch, files } = run;
  const { region, generation, behaviour } = config;
  const deps = { kafka, codec, region, generation };
  const isAlone = fold.topics.length === 1;
  const comparer =
    fold.output === undefined || !order.compare
      ? undefined
      : (isAlone ? createExactComparer : createFinalComparer)();
  const target = targetOf(run, comparer);
  const sources = await sourcesOf(run, fold.topics);
  const states = createLmdbKeyedStates<unknown>(join(scratch, fold.name), fold.version);
  const keys = new Map<number, Set<string>>();
  const lastTimes = new Map<number, EpochMs>();
  let records = 0;
  try {
    for (const [partition, ofPartition] of sources) {
      const met = new Set<string>();
      keys.set(partition, met);
      const watched: KeyedFold<unknown> = {
        ...fold,
        keyOf(record) {
          const key = fold.keyOf(record);
          met.add(key);
          lastTimes.set(partition, Math.max(lastTimes.get(partition) ?? 0, record.appendTime));
          return key;
        },
      };
      const laneDeps = { lake, codec, fold: watched, target, cachedKeys: behaviour.cachedProfiles };
      records += await replayKeyed(
        { ...laneDeps, states: states.partition(partition) },
        partition,
        ofPartition,
      );
    }
    const stateOf = (partition: number, key: string): unknown => states.partition(partition).get(key)?.state;
    if (fold.output === undefined) await writeStates(files, keys, stateOf);
    const replayedTo: ReplayedTo = (topic, partition) =>
      sources.get(partition)?.find((one) => one.topic === topic)?.range.to ?? 0;
    const comparison = !order.compare
      ? undefined
      : comparer === undefined
        ? await compareWithStored(run, fold, keys, stateOf, replayedTo)
        : await comparer.compare(createLiveSide(deps, fold, replayedTo), lastTimes);
    return { records, ranges: rangesIn(sources, fold.topics), ...(comparison && { comparison }) };
  } finally {
    await states.close();
  }
}

async function writeStates(files: OutFiles | undefined, keys: MetKeys, stateOf: StateOf): Promise<void> {
  for (const [partition, met] of keys) {
    for (const key of met) await files?.line(`states/${partition}`, { key, state: stateOf(partition, key) });
  }
}

/** The live stage stores now and then: what it has not taken yet is left out like what was not replayed. */
async function compareWithStored(
  { kafka, codec, config }: Run,
  fold: KeyedFold<unknown>,
  keys: MetKeys,
  stateOf: StateOf,
  replayedTo: ReplayedTo,
): Promise<Comparison> {
  const { dataDir, region, generation, partitions } = config;
  const dir = join(dataDir, 'state', fold.name, `${region}.${generation}`);
  const stored = openKeyedReader<unknown>(dir, partitions);
  try {
    // Positions before states: a state may then say more than they do, never less.
    const positions = new Map(
      Array.from(keys.keys(), (partition) => [partition, stored.positions(partition)]),
    );
    const bothTook: ReplayedTo = (topic, partition) =>
      Math.min(replayedTo(topic, partition), positions.get(partition)?.[topic]?.next ?? 0);
    const live = createLiveSide({ kafka, codec, region, generation }, fold, bothTook);
    return await compareStates(keys, stateOf, (_partition, key) => stored.get(key), live.touched);
  } finally {
    await stored.close();
  }
}
