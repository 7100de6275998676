/**
 * What it takes to move state per profile to another machine: a checkpoint of many profiles to the object store, one of
 * what changed, the restore on a machine that has nothing, and the records in between folded again. Attribution and
 * impression memory, one partition, profiles and titles as in lib/profile-log.ts. There is no peer: the figures say how
 * many bytes a million profiles are, and how many seconds a move takes.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CleanTopic } from '../domain/topics.ts';
import { loadConfig, type Config } from '../infra/config.ts';
import { openObjectStore } from '../infra/connections.ts';
import { silentLog } from '../infra/log.ts';
import type { ObjectStore } from '../infra/object-store/port.ts';
import { createLmdbKeyedStates } from '../infra/state/lmdb-keyed-state.ts';
import { createMovableKeyedStates } from '../infra/state/movable-keyed-states.ts';
import type { CheckpointTold } from '../infra/state/movable-partition.ts';
import { behaviourFolds, type AnyKeyedFold } from '../streaming/behaviour/folds.ts';
import { createKeyedLane, type KeyedLane } from '../streaming/keyed/lane.ts';
import { round, type Benchmark, type BenchmarkContext, type Figures } from './lib/benchmark.ts';
import { createProfileLog, type LogEntry, type ProfileLog } from './lib/profile-log.ts';
import { withServers } from './lib/stack.ts';

/** Records of a profile, so that it has watched a few evenings. */
const EVENTS_A_PROFILE = 20;
const BATCH = 20_000;
/** Share of the records that come between the checkpoints, and after the last one. */
const LATER = 0.05;
const FOLDS = ['attribution', 'impression-memory'];

export const benchmark: Benchmark = (context) =>
  withServers(['seaweedfs'], context, async (environment) => {
    const config = loadConfig({
      ...environment,
      MARQUEE_REGION: `bench-moves-${randomBytes(4).toString('hex')}`,
    });
    const store = openObjectStore(config);
    const dir = mkdtempSync(join(tmpdir(), 'marquee-bench-moves-'));
    try {
      await store.ensureBucket();
      return await measure(context, config, store, dir);
    } finally {
      for (const { key } of await store.list(`${config.region}/`)) await store.delete(key);
      store.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

interface Machine {
  readonly lane: KeyedLane;
  readonly told: { restored?: CheckpointTold; written?: CheckpointTold };
  readonly folder: string;
  fold(entries: readonly LogEntry[]): Promise<void>;
  /** Stores, and gives the partition up with a checkpoint. */
  release(): Promise<void>;
  close(): Promise<void>;
}

function machine(config: Config, store: ObjectStore, folder: string, fold: AnyKeyedFold): Machine {
  const { region, generation } = config;
  const told: Machine['told'] = {};
  const states = createMovableKeyedStates<unknown>({
    ...{ store, region, generation, fold, owner: folder, log: silentLog() },
    local: createLmdbKeyedStates<unknown>(folder, fold.version),
    limits: {
      ...{ intervalMs: 3_600_000, handoverMs: 0, releaseMs: 600_000, maxChanges: 10_000_000 },
      partBytes: config.behaviour.checkpointPartBytes,
      maxParts: config.behaviour.checkpointMaxParts,
    },
    onCheckpoint: (one) => void (told.written = one),
    onRestore: (one) => void (told.restored = one),
  });
  const cachedKeys = config.behaviour.cachedProfiles;
  const emit = (): Promise<void> => Promise.resolve();
  const lane = createKeyedLane({ fold, partition: 0, states: states.partition(0), cachedKeys, emit });
  return {
    ...{ lane, told, folder },
    async fold(entries) {
      for (let from = 0; from < entries.length; from += BATCH) {
        const batch = entries.slice(from, from + BATCH);
        for (const topic of fold.topics) {
          const records = batch.filter((one) => one.topic === topic);
          if (records.length > 0) await lane.process(topic, records);
        }
      }
    },
    async release() {
      await lane.store();
      await lane.release();
    },
    close: () => states.close(),
  };
}

async function measure(
  { say, option }: BenchmarkContext,
  config: Config,
  store: ObjectStore,
  dir: string,
): Promise<Figures> {
  const profiles = Number(option('profiles', '40000'));
  const count = profiles * EVENTS_A_PROFILE;
  const log = createProfileLog({ profiles, open: 2000, sentTogether: 5, seed: 4 });
  const folds = behaviourFolds(config).filter(({ name }) => FOLDS.includes(name));
  const first = folds.map((fold) => machine(config, store, join(dir, 'a', fold.name), fold));
  for (const [i, one] of first.entries()) await openAll(one.lane, folds[i]!);
  for (let done = 0; done < count; done += 5 * BATCH) {
    const entries = take(log, Math.min(5 * BATCH, count - done));
    for (const one of first) await one.fold(entries);
    say(`${done + entries.length} of ${count} records folded`);
  }
  const figures: Record<string, number> = {};
  const checkpoints = await timed(async () => {
    for (const one of first) await one.release();
  });
  figures['checkpoints_cpu_seconds'] = round(checkpoints.cpuSeconds);
  const later = take(log, Math.ceil(count * LATER));
  const last = take(log, Math.ceil(count * LATER));
  const bytes = new Map<string, { readonly whole: CheckpointTold; readonly local: number }>();
  for (const [i, one] of first.entries()) {
    const name = nameOf(folds[i]!);
    bytes.set(name, { whole: one.told.written!, local: statSync(join(one.folder, '0', 'data.mdb')).size });
    await openAll(one.lane, folds[i]!);
    await one.fold(later);
    await one.release();
    figures[`${name}_changes_mb`] = round(one.told.written!.bytes / 1e6);
    figures[`${name}_changes_seconds`] = round(one.told.written!.tookMs / 1000);
    await one.close();
  }
  // Another machine does not hold their profiles in memory.
  first.length = 0;
  for (const fold of folds) {
    const name = nameOf(fold);
    const { whole, local } = bytes.get(name)!;
    const other = machine(config, store, join(dir, 'b', fold.name), fold);
    const restore = await timed(() => openAll(other.lane, fold));
    const catchUp = await timed(async () => {
      await other.fold(last);
      await other.lane.store();
    });
    const profiles = other.told.restored?.rows ?? 0;
    Object.assign(figures, {
      [`${name}_profiles`]: profiles,
      [`${name}_checkpoint_mb_per_million_profiles`]: round(whole.bytes / profiles),
      [`${name}_checkpoint_seconds`]: round(whole.tookMs / 1000),
      [`${name}_local_mb_per_million_profiles`]: round(local / profiles),
      [`${name}_restore_seconds`]: round(restore.seconds),
      [`${name}_restore_cpu_seconds`]: round(restore.cpuSeconds),
      [`${name}_catch_up_seconds`]: round(catchUp.seconds),
      [`${name}_catch_up_cpu_seconds`]: round(catchUp.cpuSeconds),
    });
    await other.close();
  }
  return { ...figures, changes_records: later.length, catch_up_records: last.length };
}

const nameOf = ({ name }: AnyKeyedFold): string => name.replace('impression-', '');

async function timed(work: () => Promise<void>): Promise<{ seconds: number; cpuSeconds: number }> {
  const began = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 };
}

const take = (log: ProfileLog, count: number): LogEntry[] => log.take(count);

async function openAll(lane: KeyedLane, { topics }: AnyKeyedFold): Promise<void> {
  for (const topic of topics) await lane.open(topic satisfies CleanTopic);
}
