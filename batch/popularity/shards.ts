import { mkdir } from 'node:fs/promises';
import { MEASURE_LIMITS } from '../../domain/measures.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { HOUR_MS, type EpochMs } from '../../domain/time.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { partSql, writePart, type LocalPart } from '../parts.ts';
import { recentFrom, unitedSql } from './base.ts';
import { COUNTED_TABLES, countSlice, type CountedTable } from './count-slice.ts';
import type { ComputeOptions, PopularityParts } from './job.ts';
import { dropTables, writeParts } from './write-parts.ts';

/** Events appended in [fromMs, toMs), whole windows of caps. Shards of one plan have no event in common and miss none. */
export interface PopularityShard {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

/** Files of one shard: a part of each counted table, in no order. */
export type ShardParts = readonly LocalPart[];

/**
 * A full recompute in pieces that any number of workers do. A shard reads the log from a day and an hour before it, since
 * proofs and caps look back. What the pieces come to has the bytes of the recompute in one.
 */
export interface PopularityShards {
  /** At most `count` shards of about as many events each; none where nothing is counted. */
  plan(plan: ComputePlan, count: number): Promise<PopularityShard[]>;
  /** Counts one shard into `outDir`; repeatable. */
  count(plan: ComputePlan, shard: PopularityShard, options: ComputeOptions): Promise<ShardParts>;
  /** Writes the view's parts from the files of all shards, by path and counted table. */
  reduce(
    shards: readonly Readonly<Record<CountedTable, string>>[],
    options: ComputeOptions,
  ): Promise<PopularityParts>;
}

const TABLES = Object.keys(COUNTED_TABLES) as CountedTable[];

export function createPopularityShards({ lake }: { lake: DuckDbLake }): PopularityShards {
  return {
    async plan(plan, count) {
      const perHour = new Map<number, number>();
      for (const topic of COUNTED_TOPICS) {
        const input = plan.inputs.find(({ table }) => table === topic);
        if (input === undefined) continue;
        const { rowCount, columns } = await lake.read((connection) =>
          connection.query(
            `SELECT CAST(epoch_ms(append_time) // ${HOUR_MS} AS BIGINT) AS hour, count(*) AS events
              FROM ${lake.reference(topic, input.snapshotId)} GROUP BY ALL`,
          ),
        );
        for (let row = 0; row < rowCount; row++) {
          const hour = Number(columns['hour']?.values[row]);
          perHour.set(hour, (perHour.get(hour) ?? 0) + Number(columns['events']?.values[row]));
        }
      }
      return shardsOf(perHour, count);
    },
    async count(plan, shard, { outDir, asOf, onProgress }) {
      await mkdir(outDir, { recursive: true });
      return lake.read(async (connection) => {
        onProgress?.('counting');
        const order = { plan, slice: { kind: 'appended', ...shard } as const, fromBucket: recentFrom(asOf) };
        await countSlice(connection, order, lake.reference);
        const parts: LocalPart[] = [];
        for (const table of TABLES)
          parts.push(await writePart(connection, outDir, table, `SELECT * FROM ${table}`));
        await dropTables(connection);
        return parts;
      });
    },
    async reduce(shards, options) {
      await mkdir(options.outDir, { recursive: true });
      return lake.read(async (connection) => {
        await dropTables(connection);
        for (const table of TABLES) {
          options.onProgress?.(table);
          const rows = shards.map((paths) => `SELECT * FROM ${partSql(paths[table])}`);
          const united = unitedSql(table, rows.join(' UNION ALL BY NAME '));
          await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} AS ${united}`);
        }
        const written = await writeParts(connection, options);
        await dropTables(connection);
        return written;
      });
    },
  };
}

/** Ranges of hours with about as many events each, from events by hour of append time. */
export function shardsOf(perHour: ReadonlyMap<number, number>, count: number): PopularityShard[] {
  if (HOUR_MS % MEASURE_LIMITS.capWindowMs !== 0)
    throw new RangeError('a window of caps is no part of an hour');
  const hours = [...perHour].sort(([a], [b]) => a - b);
  const total = hours.reduce((sum, [, events]) => sum + events, 0);
  const shards: PopularityShard[] = [];
  let [taken, from] = [0, hours[0]?.[0]];
  for (const [i, [, events]] of hours.entries()) {
    taken += events;
    const next = hours[i + 1]?.[0];
    const isFull = taken >= ((shards.length + 1) * total) / count;
    if (next !== undefined && !isFull) continue;
    const to = next ?? hours[i]![0] + 1;
    shards.push({ fromMs: from! * HOUR_MS, toMs: to * HOUR_MS });
    from = to;
  }
  return shards;
}
