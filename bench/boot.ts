/**
 * What a partition of the speed stage costs at rest, and how long it takes to be taken over: a process that has published
 * a view of so many entries is ended and begun again, once with its checkpoints and once after they were lost; and a
 * reader takes in the whole view, as serving does when it starts, in turns from the topic alone and from a snapshot with
 * the end of the topic.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { countedPartitionOf, topicName } from '../domain/topics.ts';
import { decodeSpeedRecord } from '../domain/speed-codec.ts';
import { MEASURE_COUNT } from '../domain/measures.ts';
import { SEAM_RULES } from '../domain/seam.ts';
import { createSpeedTotals, type SpeedTotals } from '../domain/speed-totals.ts';
import { loadConfig } from '../infra/config.ts';
import { openKafka, openObjectStore } from '../infra/connections.ts';
import { readAll } from '../infra/kafka/reader.ts';
import { createLog, silentLog } from '../infra/log.ts';
import { createSpeedSnapshots, type SpeedSnapshots } from '../infra/speed-snapshots/store.ts';
import { median, round, type Benchmark } from './lib/benchmark.ts';
import type { LineProcess } from './lib/line-process.ts';
import type { Sample, SpeedLane } from './lib/speed-lane.ts';
import { deleteTopics, writeSpeedLog } from './lib/speed-log.ts';
import { marqueeLane, type SidesDeps } from './lib/speed-sides.ts';
import { withServers } from './lib/stack.ts';

const REST_MS = 10_000;
const POLL_MS = 50;
const TIMEOUT_MS = 240_000;
const MEGABYTE = 1 << 20;

interface Openings {
  readonly openingsMs: readonly number[];
  readonly rssBytes: number;
}

export const benchmark: Benchmark = (context) =>
  withServers(['kafka', 'seaweedfs'], context, async (servers) => {
    const region = `bench-boot-${process.pid}`;
    const environment = {
      ...servers,
      MARQUEE_REGION: region,
      MARQUEE_LOG_LEVEL: 'error',
      MARQUEE_BLOCK_SIZE: context.option('block-size', '16384'),
      SPEED_FLUSH_INTERVAL_MS: '1000',
    };
    const config = loadConfig(environment);
    const kafka = openKafka(config, createLog({ name: 'bench', level: 'error' }));
    const store = openObjectStore(config);
    const deps: SidesDeps = { config, environment, kafka, store };
    const lane = marqueeLane(deps, 1);
    try {
      await store.ensureBucket();
      await writeSpeedLog(kafka, config, Number(context.option('events', '1000000')));
      const first = await runToTheEnd(lane);
      await first.close();
      const warm = await openAgain(lane);
      const rest = await atRest(warm.process);
      await warm.process.close();
      for (const { key } of await store.list(`${region}/checkpoints/`)) await store.delete(key);
      const cold = await openAgain(lane);
      await cold.process.close();
      const { view, eagerCpuSeconds, snapshot } = await compareStarts(deps);
      return {
        partitions: lane.parts,
        view_entries: view.entries,
        view_megabytes: round(view.bytes / MEGABYTE),
        open_with_checkpoint_ms: round(median(warm.openingsMs)),
        open_without_checkpoint_ms: round(median(cold.openingsMs)),
        serving_reads_view_s: round(view.seconds),
        serving_entries_per_cpu_second: round(view.entries / view.cpuSeconds),
        serving_cpu_s_adding_as_it_comes: round(eagerCpuSeconds),
        serving_cpu_s_from_topic: round(view.cpuSeconds),
        serving_cpu_s_from_snapshot: round(snapshot.cpuSeconds),
        ratio_snapshot_vs_topic: round(view.cpuSeconds / snapshot.cpuSeconds),
        snapshot_megabytes: round(snapshot.bytes / MEGABYTE),
        snapshot_write_cpu_s: round(snapshot.writeCpuSeconds),
        snapshot_taken_ms: round(snapshot.takeMs),
        rest_cpu_ms_per_second_per_partition: round(rest.cpuMsPerSecond / lane.parts),
        rest_megabytes: round(rest.rssBytes / MEGABYTE),
      };
    } finally {
      await lane.clear().catch(() => undefined);
      await deleteTopics(kafka, `${region}.`);
      await kafka.close();
      store.close();
    }
  });

async function runToTheEnd(lane: SpeedLane): Promise<LineProcess> {
  const [speed] = await lane.start();
  await until(async () => (await speed!.ask<Sample>('sample')).finished.length >= lane.parts);
  return speed!;
}

async function openAgain(lane: SpeedLane): Promise<{ process: LineProcess; openingsMs: readonly number[] }> {
  const [speed] = await lane.start();
  let opened: Openings | undefined;
  await until(async () => {
    opened = await speed!.ask<Openings>('openings');
    return opened.openingsMs.length >= lane.parts;
  });
  return { process: speed!, openingsMs: opened!.openingsMs };
}

async function atRest(speed: LineProcess): Promise<{ cpuMsPerSecond: number; rssBytes: number }> {
  const from = await speed.ask<Sample>('sample');
  await sleep(REST_MS);
  const to = await speed.ask<Sample>('sample');
  const { rssBytes } = await speed.ask<Openings>('openings');
  return { cpuMsPerSecond: ((to.cpuSeconds - from.cpuSeconds) * 1e6) / REST_MS, rssBytes };
}

const STARTS = 3;

interface Start {
  readonly totals: SpeedTotals;
  readonly positions: ReadonlyMap<number, number>;
  readonly entries: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/**
 * Medians of starts in turns: from the topic, added up as it comes or once at its end, and from the snapshot that the first
 * of them wrote.
 */
async function compareStarts(deps: SidesDeps) {
  const { config, store } = deps;
  const { region, generation, partitions, blockSize } = config;
  const snapshots = createSpeedSnapshots({
    ...{ store, region, shape: { generation, partitions, blockSize }, log: silentLog() },
    ...{ everyMs: 1, maxAgeMs: TIMEOUT_MS, maxBytes: 1 << 30 },
  });
  const first = await startFrom(deps);
  let takeMs = 0;
  const before = process.cpuUsage();
  const outcome = await snapshots.write(() => {
    const begun = performance.now();
    const lanes = first.totals.lanes();
    takeMs = performance.now() - begun;
    return { lanes, positions: first.positions };
  });
  const writeCpuSeconds = cpuSecondsSince(before);
  if (outcome !== 'written') throw new Error(`the snapshot was not written: ${outcome}`);
  const [eager, topic, snapshot]: Start[][] = [[], [], []];
  for (let turn = 0; turn < STARTS; turn++) {
    eager!.push(await startFrom(deps, { isEager: true }));
    topic!.push(await startFrom(deps));
    snapshot!.push(await startFrom(deps, { snapshots }));
  }
  for (const { totals } of [...eager!, ...topic!, ...snapshot!])
    if (everything(totals) !== everything(first.totals)) throw new Error('starts differ in what they count');
  const parts = await store.list(`${region}/speed-snapshots/`);
  const view = topic!.toSorted((a, b) => a.cpuSeconds - b.cpuSeconds)[STARTS >> 1]!;
  const bytes = parts.reduce((sum, { size }) => sum + size, 0);
  const cpuSecondsOf = (starts: Start[]): number => median(starts.map((one) => one.cpuSeconds));
  return {
    view,
    eagerCpuSeconds: cpuSecondsOf(eager!),
    snapshot: { cpuSeconds: cpuSecondsOf(snapshot!), bytes, takeMs, writeCpuSeconds },
  };
}

/** As serving starts: chunks decoded, checked against their markers, and added up. */
async function startFrom(
  { config, kafka }: SidesDeps,
  { snapshots, isEager = false }: { readonly snapshots?: SpeedSnapshots; readonly isEager?: boolean } = {},
): Promise<Start> {
  const { region, generation, partitions, blockSize } = config;
  let [bytes, entries] = [0, 0];
  const startedMs = performance.now();
  const before = process.cpuUsage();
  const snapshot = await snapshots?.load();
  if (snapshots !== undefined && snapshot === undefined) throw new Error('the snapshot cannot be read');
  const totals = createSpeedTotals({ partitions, blockSize }, SEAM_RULES, snapshot?.state);
  if (isEager) totals.settle();
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'speed-view'),
    live: false,
    ...(snapshot && { fromOffsets: snapshot.positions }),
    onRecords({ partition, records }) {
      const counted = countedPartitionOf(partition, partitions);
      for (const { key, value } of records) {
        bytes += value?.length ?? 0;
        const record = decodeSpeedRecord(key, value);
        if (record?.value?.type === 'chunk') entries += record.value.columns.size;
        if (record !== undefined) totals.apply(counted.topic, counted.partition, record);
      }
    },
  });
  await reader.closed;
  totals.settle();
  const cpuSeconds = cpuSecondsSince(before);
  if (totals.reach().holes.length > 0) throw new Error('blocks of the view are missing');
  const seconds = (performance.now() - startedMs) / 1000;
  return { totals, positions: new Map(reader.positions()), entries, bytes, seconds, cpuSeconds };
}

function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function everything(totals: SpeedTotals): string {
  const sums = new Float64Array(MEASURE_COUNT);
  totals.addEverything(sums);
  return sums.join();
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error(`not done in ${TIMEOUT_MS} ms`);
    await sleep(POLL_MS);
  }
}
