/** Raw events that a fill sends again: which of them have not come to be clean records yet, and their bytes in the lake. */
import type { EventsPlan } from '../../domain/backfills/run.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import type { BlobColumn } from '../../infra/duckdb/columns.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { RAW_TABLE } from '../../infra/lake/tables.ts';
import { shadowTopics, type ShadowFiles } from './overlay.ts';

/** Where a raw event stands. */
export interface RawPlace {
  readonly partition: number;
  readonly offset: number;
}

export interface RawEvent extends RawPlace {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
}

/** In raw order by partition: those of the shadow that no clean record in the lake stands for, itself or sent again. */
export async function unlanded(
  lake: DuckDbLake,
  plan: Pick<EventsPlan, 'generation'>,
  files: ShadowFiles,
): Promise<RawPlace[]> {
  const places: RawPlace[] = [];
  for (const topic of shadowTopics(files))
    places.push(...(await unlandedOf(lake, plan, topic, files[topic]!)));
  return places.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

async function unlandedOf(
  lake: DuckDbLake,
  { generation }: Pick<EventsPlan, 'generation'>,
  topic: CleanTopic,
  paths: readonly string[],
): Promise<RawPlace[]> {
  const standing = `(SELECT "partition", raw_offset, redriven_from FROM ${lake.reference(topic)} WHERE generation = ${quoteText(generation)})`;
  const rows = await lake.read((connection) =>
    connection.query(`
      WITH asked AS (SELECT "partition", raw_offset FROM read_parquet([${paths.map(quoteText).join(', ')}]) WHERE change = 'added'),
      landed AS (SELECT "partition", raw_offset FROM ${standing}
        UNION ALL SELECT "partition", redriven_from FROM ${standing} WHERE redriven_from IS NOT NULL)
      SELECT "partition", CAST(raw_offset AS DOUBLE) AS "offset" FROM asked
      ANTI JOIN landed USING ("partition", raw_offset) ORDER BY ALL`),
  );
  const at = (name: string, row: number): number => Number(rows.columns[name]?.values[row]);
  return Array.from({ length: rows.rowCount }, (_, row) => ({
    partition: at('partition', row),
    offset: at('offset', row),
  }));
}

/** Raw events of one partition as the lake has them; those that it has no longer are left out. */
export async function readRaw(
  lake: DuckDbLake,
  { generation }: Pick<EventsPlan, 'generation'>,
  partition: number,
  offsets: readonly number[],
): Promise<RawEvent[]> {
  if (offsets.length === 0) return [];
  const rows = await lake.read((connection) =>
    connection.query(
      `SELECT CAST("offset" AS DOUBLE) AS "offset", key, value FROM ${lake.reference(RAW_TABLE)}
      WHERE generation = $generation AND "partition" = $partition AND "offset" IN (${offsets.map(Math.trunc).join(', ')})
      ORDER BY "offset"`,
      { generation, partition },
    ),
  );
  const bytesOf = (name: string, row: number): Uint8Array | null =>
    (rows.columns[name] as BlobColumn).values[row] ?? null;
  return Array.from({ length: rows.rowCount }, (_, row) => ({
    partition,
    offset: Number(rows.columns['offset']?.values[row]),
    key: bytesOf('key', row),
    value: bytesOf('value', row),
  })).filter((event): event is RawEvent => event.value !== null);
}
