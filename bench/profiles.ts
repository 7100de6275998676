/**
 * What profiles cost on disk: title pairs of many profiles, all of them full, in LMDB and in Cassandra, in bytes per
 * million profiles. LMDB is the peer of Cassandra here: the same states, the same machine.
 *
 *   --profiles=20000   how many are written
 *   --evenings=4       evenings of eight titles each, from which the strongest pairs are kept
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { setTimeout as sleep } from 'node:timers/promises';
import { country, eventId, generation, profileId, region, titleId } from '../domain/ids.ts';
import { DAY_MS, HOUR_MS } from '../domain/time.ts';
import { createTitlePairs, TITLE_PAIRS, type TitlePairsState } from '../domain/title-pairs.ts';
import { createCassandra, type Cassandra } from '../infra/cassandra/client.ts';
import { createProfileCopies } from '../infra/cassandra/profiles.ts';
import { loadConfig } from '../infra/config.ts';
import { createRandom } from '../domain/random.ts';
import { createLmdbKeyedStates } from '../infra/state/lmdb-keyed-state.ts';
import { round, type Benchmark, type Figures } from './lib/benchmark.ts';
import { withServers } from './lib/stack.ts';

const TITLES = 10_000;
const TITLES_AN_EVENING = 8;
const START = Date.UTC(2026, 0, 1, 18);
const COMMIT = 2000;
const CONCURRENCY = 64;
const MILLION = 1e6;

type Limits = Parameters<typeof createTitlePairs>[0];

/** States as the fold leaves them, from plays drawn anew for each profile. */
function* statesOf(
  count: number,
  evenings: number,
  limits: Limits,
): Generator<readonly [string, TitlePairsState]> {
  const fold = createTitlePairs(limits);
  const random = createRandom(1);
  for (let n = 0; n < count; n++) {
    const profile = profileId(`profile-${String(n).padStart(8, '0')}`);
    let state: TitlePairsState | undefined;
    for (let offset = 0; offset < evenings * TITLES_AN_EVENING; offset++) {
      const eventTime =
        START +
        Math.floor(offset / TITLES_AN_EVENING) * DAY_MS +
        (offset % TITLES_AN_EVENING) * (HOUR_MS / 2);
      const event = {
        ...{ kind: 'play_stop' as const, eventId: eventId(`${n}-${offset}`), eventTime, profileId: profile },
        ...{
          country: country('US'),
          titleId: titleId(`title-${String(random.below(TITLES)).padStart(5, '0')}`),
        },
        ...{ playId: `${n}-${offset}`, positionSeconds: 1500, viewedSeconds: 1500 },
      };
      const record = { rawOffset: offset, appendTime: eventTime, timeStatus: 'ok' as const, event };
      state = fold.step(state, { topic: 'plays', partition: 0, offset, record }).state;
    }
    yield [profile, state!];
  }
}

interface Written {
  readonly bytes: number;
  readonly cpuSeconds: number;
}

async function cpuOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function writeLmdb(states: readonly (readonly [string, TitlePairsState])[]): Promise<Written> {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-bench-profiles-'));
  try {
    const all = createLmdbKeyedStates<TitlePairsState>(dir, TITLE_PAIRS.version);
    const partition = all.partition(0);
    const { epoch } = await partition.open();
    const cpuSeconds = await cpuOf(async () => {
      for (let from = 0; from < states.length; from += COMMIT) {
        const entries = new Map(
          states
            .slice(from, from + COMMIT)
            .map(([key, state]) => [key, { state, wakeAt: state.lookAt }] as const),
        );
        const position = { next: from, rawHigh: from, logTime: START };
        await partition.commit({ epoch, positions: { plays: position }, entries });
      }
    });
    await all.close();
    return { bytes: statSync(join(dir, '0', 'data.mdb')).size, cpuSeconds };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function writeCassandra(
  states: readonly (readonly [string, TitlePairsState])[],
  cassandra: Cassandra,
  keyspace: string,
): Promise<Written> {
  const copies = createProfileCopies({
    ...{ cassandra, keyspace, region: region('bench'), generation: generation('g1') },
  });
  let next = 0;
  const writeOn = async (): Promise<void> => {
    for (let one = states[next++]; one !== undefined; one = states[next++]) {
      await copies.write(TITLE_PAIRS, one[0], one[1], { epoch: 1, commit: 1 });
    }
  };
  const cpuSeconds = await cpuOf(async () => {
    await Promise.all(Array.from({ length: CONCURRENCY }, writeOn));
  });
  return { bytes: await onDisk(cassandra, keyspace), cpuSeconds };
}

const FLUSH_MS = 1000;
const FLUSHED_MS = 10_000;

/** What the node's tables take once all of it is flushed. Told in whole mebibytes. */
async function onDisk(cassandra: Cassandra, keyspace: string): Promise<number> {
  await cassandra.run(`ALTER TABLE ${keyspace}.profiles WITH memtable_flush_period_in_ms = ${FLUSH_MS}`, []);
  await sleep(FLUSHED_MS);
  const usage = 'SELECT mebibytes FROM system_views.disk_usage WHERE keyspace_name = ? AND table_name = ?';
  const [row] = await cassandra.run(usage, [keyspace, 'profiles']);
  return Number(row?.['mebibytes']) * 2 ** 20;
}

export const benchmark: Benchmark = (context) =>
  withServers(['cassandra'], context, async (environment): Promise<Figures> => {
    const count = Number(context.option('profiles', '20000'));
    const evenings = Number(context.option('evenings', '4'));
    const keyspace = `bench_${Date.now()}`;
    const config = loadConfig({ ...environment, CASSANDRA_KEYSPACE: keyspace });
    const states = [...statesOf(count, evenings, config.titlePairs)];
    context.say(`${count} profiles with ${config.titlePairs.pairs} pairs each`);
    const cassandra = createCassandra({ ...config.cassandra, requestTimeoutMs: 30_000 });
    try {
      const inLmdb = await writeLmdb(states);
      const inCassandra = await writeCassandra(states, cassandra, keyspace);
      const perMillion = (bytes: number): number => round((bytes / count) * MILLION);
      const encoded = states.reduce((sum, [, state]) => sum + serialize(state).length, 0);
      return {
        profiles: count,
        pairs_per_profile: config.titlePairs.pairs,
        pairs_kept_mean: round(states.reduce((sum, [, { first }]) => sum + first.length, 0) / count),
        encoded_bytes_per_million_profiles: perMillion(encoded),
        lmdb_bytes_per_million_profiles: perMillion(inLmdb.bytes),
        cassandra_bytes_per_million_profiles: perMillion(inCassandra.bytes),
        ratio_cassandra_vs_lmdb: round(inCassandra.bytes / inLmdb.bytes),
        lmdb_profiles_per_cpu_second: round(count / inLmdb.cpuSeconds),
        cassandra_profiles_per_cpu_second: round(count / inCassandra.cpuSeconds),
      };
    } finally {
      await cassandra.run(`DROP KEYSPACE IF EXISTS ${keyspace}`, []).catch(() => undefined);
      await cassandra.close();
    }
  });
