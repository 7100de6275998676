/**
 * A refresh of counts over events in the lake, `--events` of them (20 million) in `--days` (28): fewer events in as many
 * fewer days are as many to a file, the lake being partitioned by hours of append time. `ratio_vs_duckdb`: CPU time
 * of one bare group-by of raw counts by title, country and hour, into a Parquet file, over that of the full recompute,
 * which besides caps measures per profile, proves plays, counts rows and distinct profiles, and orders its parts.
 * `ratio_vs_duckdb_parts`: the same with a bare group-by for every part, each ordered. `incremental_share`: the time of
 * laying 1 % of new events over the version, over that of counting all of them anew; both come to the same bytes.
 * `peak_memory_bytes`: of this process while it counts in full, with `--memory-mb` (2048) for DuckDB.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../infra/config.ts';
import type { DuckDbLake } from '../infra/lake/lake.ts';
import { openLake } from '../infra/lake/open.ts';
import { silentLog } from '../infra/log.ts';
import { median, round, type Benchmark } from './lib/benchmark.ts';
import { watchMemory } from './lib/peak-memory.ts';
import { appendEvents, endOfEvents } from './lib/refresh-events.ts';
import { createRefreshSides, timed, type Version } from './lib/refresh-sides.ts';
import { withServers } from './lib/stack.ts';

const NEW_SHARE = 0.01;

export const benchmark: Benchmark = (context) =>
  withServers(['seaweedfs'], context, async (environment) => {
    const events = Number(context.option('events', '20000000'));
    const days = Number(context.option('days', '28'));
    const [inFourWeeks, ofFourWeeks] = [(events * 28) / days, days / 28];
    const pairs = Number(context.option('pairs', '3'));
    const dir = mkdtempSync(join(tmpdir(), 'marquee-refresh-'));
    const config = loadConfig({
      ...environment,
      MARQUEE_REGION: context.option('region', `bench-refresh-${process.pid}`),
      MARQUEE_DATA_DIR: dir,
      DUCKDB_MEMORY_LIMIT_MB: context.option('memory-mb', '2048'),
    });
    const open = await openLake(config, silentLog());
    const { lake } = open;
    try {
      await lake.ensureTables();
      const progress = (done: number): void => context.say(`${done} events appended`);
      await appendEvents(lake, config.region, [0, events], inFourWeeks, progress);
      const sides = createRefreshSides(lake, dir);
      const asOf = endOfEvents(ofFourWeeks);
      // Whoever reads the lake first pays for files that are not in memory yet.
      await sides.bareCounts((await sides.full(asOf, 'warm-up')).plan);
      const turns: { ours: number; counts: number; parts: number }[] = [];
      const memory = watchMemory();
      let version: Version | undefined;
      for (let pair = 0; pair < pairs; pair += 1) {
        const full = await timed(() => sides.full(asOf, 'full'));
        version = full.value;
        const counts = await timed(() => sides.bareCounts(full.value.plan));
        const parts = await timed(() => sides.bareParts(full.value.plan, asOf));
        turns.push({ ours: full.cpuSeconds, counts: counts.cpuSeconds, parts: parts.cpuSeconds });
        context.say(
          `full ${round(full.cpuSeconds)} CPU s (${round(full.seconds)} s), bare counts ${round(counts.cpuSeconds)}, bare parts ${round(parts.cpuSeconds)}`,
        );
      }
      const peakMemoryBytes = memory.stop();
      await appendEvents(
        lake,
        config.region,
        [events, events + Math.floor(events * NEW_SHARE)],
        inFourWeeks,
        progress,
      );
      const later = endOfEvents(ofFourWeeks * (1 + NEW_SHARE));
      const shares: number[] = [];
      let incrementalSeconds = 0;
      for (let pair = 0; pair < pairs; pair += 1) {
        const laid = await timed(() => sides.incremental(version!, later, 'laid'));
        const full = await timed(() => sides.full(later, 'again'));
        assertSame(laid.value, full.value);
        shares.push(laid.cpuSeconds / full.cpuSeconds);
        incrementalSeconds = laid.cpuSeconds;
        context.say(`incremental ${round(laid.cpuSeconds)} CPU s, full ${round(full.cpuSeconds)} CPU s`);
      }
      return {
        events,
        days,
        ratio_vs_duckdb: round(median(turns.map(({ ours, counts }) => counts / ours))),
        ratio_vs_duckdb_parts: round(median(turns.map(({ ours, parts }) => parts / ours))),
        full_cpu_seconds: round(median(turns.map(({ ours }) => ours))),
        incremental_share: round(median(shares)),
        incremental_cpu_seconds: round(incrementalSeconds),
        peak_memory_bytes: peakMemoryBytes,
      };
    } finally {
      await dropEvents(lake).catch(() => undefined);
      await open.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });

const dropEvents = (lake: DuckDbLake): Promise<void> =>
  lake.read(async (connection) => {
    for (const table of ['plays', 'impressions'] as const)
      await connection.run(`DROP TABLE IF EXISTS ${lake.reference(table)}`);
  });

function assertSame(a: Version, b: Version): void {
  const digest = ({ parts }: Version): string =>
    parts.parts.map(({ name, rows, sha256 }) => `${name} ${rows} ${sha256}`).join('\n');
  if (digest(a) !== digest(b)) throw new Error(`incremental and full differ:\n${digest(a)}\n${digest(b)}`);
}
