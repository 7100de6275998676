/** The sides of the refresh benchmark, each in CPU seconds: the job's, and bare group-bys of DuckDB's over the same snapshots. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createPopularityJob, type PopularityParts } from '../../batch/popularity/job.ts';
import { firstBucketOf } from '../../batch/popularity/base.ts';
import { MEASURE_NAMES, sumMeasuresSql } from '../../batch/popularity/measure-columns.ts';
import { partSql } from '../../batch/parts.ts';
import { generation } from '../../domain/ids.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { FOLD_VERSION } from '../../domain/speed-view.ts';
import { viewName, type ViewVersion } from '../../domain/views.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { GENERATION, PARTITIONS } from './refresh-events.ts';
import { barePeerSql } from './refresh-peer.ts';

const BLOCK_SIZE = 1024;
const CODE_VERSION = 'bench/1';

export interface Timed<T> {
  readonly value: T;
  readonly cpuSeconds: number;
  readonly seconds: number;
}

export async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const value = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { value, cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - started) / 1000 };
}

export interface Version {
  readonly plan: ComputePlan;
  readonly asOf: number;
  readonly parts: PopularityParts;
}

export interface RefreshSides {
  /** Everything counted anew, into parts on disk. */
  full(asOf: number, name: string): Promise<Version>;
  /** What is new laid over a version; planning and looking for changes included. */
  incremental(base: Version, asOf: number, name: string): Promise<Version>;
  /**
   * The same counts as the part by hour has, raw, proven and capped, by plain SQL (refresh-peer.ts) into a Parquet file in
   * no order. Throws where they do not add up to what ours came to.
   */
  bareSame(version: Version): Promise<void>;
  /** One plain group-by of raw counts by title, country and hour, into a Parquet file in no order. */
  bareCounts(plan: ComputePlan): Promise<void>;
  /** A plain group-by for every part, each ordered as the part is: raw counts, without caps and proofs. */
  bareParts(plan: ComputePlan, asOf: number): Promise<void>;
}

/** The same lake in two instances of DuckDB, so that neither side finds or loses files by what the other has read. */
export interface BothLakes {
  readonly ours: DuckDbLake;
  readonly peers: DuckDbLake;
}

export function createRefreshSides({ ours: lake, peers }: BothLakes, dir: string): RefreshSides {
  const log = { generation: generation(GENERATION), partitions: PARTITIONS, blockSize: BLOCK_SIZE };
  const job = createPopularityJob({ lake, log });

  const copy = async (query: string, name: string): Promise<string> => {
    const path = join(dir, `${name}.parquet`);
    await peers.read((connection) =>
      connection.run(
        `COPY (${query}) TO '${path}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`,
      ),
    );
    return path;
  };
  const assertSums = async (path: string, metrics: PopularityParts['metrics']): Promise<void> => {
    const { columns } = await lake.read((connection) =>
      connection.query(`SELECT ${sumMeasuresSql()} FROM ${partSql(path)}`),
    );
    for (const name of MEASURE_NAMES) {
      const sum = Number(columns[name]!.values[0]);
      if (sum !== metrics[name]) throw new Error(`${name}: plain SQL counts ${sum}, ours ${metrics[name]}`);
    }
  };
  const inputs = (plan: ComputePlan): Record<string, string> =>
    Object.fromEntries(
      plan.inputs.flatMap((input) =>
        'table' in input ? [[input.table, lake.reference(input.table as 'plays', input.snapshotId)]] : [],
      ),
    );
  const countsSql = (plan: ComputePlan, time: string): string => {
    const { plays, impressions } = inputs(plan);
    return `SELECT title_id, country, ${time} AS time, count(*) FILTER (kind = 'play_start') AS plays,
        count(*) FILTER (kind = 'impression') AS impressions,
        CAST(sum(CASE WHEN kind = 'play_stop' THEN floor(viewed_seconds) END) AS BIGINT) AS seconds
      FROM (SELECT title_id, country, event_time, kind, viewed_seconds FROM ${plays}
        UNION ALL SELECT title_id, country, event_time, kind, NULL FROM ${impressions})
      GROUP BY ALL`;
  };
  const HOUR = 'CAST(epoch_ms(event_time) // 3600000 AS INTEGER)';

  return {
    async full(asOf, name) {
      const plan = await job.plan();
      return { plan, asOf, parts: await job.compute(plan, { outDir: join(dir, name), asOf }) };
    },
    async incremental(base, asOf, name) {
      const plan = await job.plan();
      const manifest = manifestOf(base);
      const mode = await job.mode(plan, manifest, { codeVersion: CODE_VERSION, asOf });
      if (mode.kind === 'full') throw new Error(`not incremental: ${mode.reason}`);
      const partPaths = Object.fromEntries(base.parts.parts.map((part) => [part.name, part.path]));
      const parts = await job.compute(plan, { outDir: join(dir, name), asOf }, { partPaths, manifest, mode });
      return { plan, asOf, parts };
    },
    async bareSame({ plan, parts }) {
      const { plays, impressions } = inputs(plan);
      const path = await copy(
        barePeerSql({ plays: plays!, impressions: impressions! }, plan.cut),
        'bare-same',
      );
      await assertSums(path, parts.metrics);
      await rm(path);
    },
    async bareCounts(plan) {
      await rm(await copy(countsSql(plan, HOUR), 'bare'));
    },
    async bareParts(plan, asOf) {
      const { plays, impressions } = inputs(plan);
      const recent = `epoch_ms(event_time) // 300000`;
      const order = 'ORDER BY title_id, country, time';
      for (const [name, query] of Object.entries({
        totals: `${countsSql(plan, '0')} ORDER BY title_id, country`,
        recent: `SELECT * FROM (${countsSql(plan, recent)}) WHERE time >= ${firstBucketOf(asOf)} ${order}`,
        hours: `${countsSql(plan, HOUR)} ${order}`,
        rows: `SELECT title_id, "row", ${HOUR} AS time, count(*) AS impressions FROM ${impressions}
          GROUP BY ALL ORDER BY title_id, "row", time`,
        distinct: `SELECT title_id, ${HOUR} AS time, CAST(profile_hash >> 42 AS INTEGER) AS register,
            max(43 - length(bin(profile_hash & 4398046511103))) AS rank
          FROM ${plays} WHERE kind = 'play_start' GROUP BY ALL ORDER BY title_id, time, register`,
      })) {
        await rm(await copy(query, `bare-${name}`));
      }
    },
  };
}

function manifestOf({ plan, asOf, parts }: Version): Manifest {
  return {
    ...{
      view: viewName('popularity'),
      version: 1 as ViewVersion,
      region: '' as Manifest['region'],
      parent: null,
    },
    ...{ ...plan, asOf: new Date(asOf).toISOString(), codeVersion: CODE_VERSION, foldVersion: FOLD_VERSION },
    ...{ parts: parts.parts, schema: parts.schema, rowCounts: parts.rowCounts, metrics: parts.metrics },
  };
}
