/** What part of each partition a replay covers, told by append time or by raw offsets, the same for every table. */
import { MarqueeError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { ColumnSet, NumericColumn } from '../../infra/duckdb/columns.ts';
import { quoteName } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { risingColumn, type LakeTable } from '../../infra/lake/tables.ts';
import type { OffsetRange } from '../../infra/lake/windows.ts';

/** An end of a replay: an instant (append time), or a raw offset by partition; a partition not named has no bound. */
export type Bound = { readonly time: EpochMs } | { readonly rawOffsets: Readonly<Record<number, number>> };

/** Undefined: from the first record, to the last. `from` is inclusive, `to` is not. */
export interface Span {
  readonly from?: Bound | undefined;
  readonly to?: Bound | undefined;
}

/** `2026-01-31T13:00:00Z`, or `0:1200,1:1350`. Throws REPLAY_INVALID. */
export function parseBound(text: string): Bound {
  if (/^\d+:\d+(,\d+:\d+)*$/.test(text)) {
    return {
      rawOffsets: Object.fromEntries(
        text.split(',').map((pair) => pair.split(':').map(Number) as [number, number]),
      ),
    };
  }
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new MarqueeError('REPLAY_INVALID', {
      reason: `${text} is neither an instant nor raw offsets like 0:1200`,
    });
  }
  return { time };
}

/** Whether a row lies on or after the bound, as SQL; numbers are written into it, since they are numbers. */
function reached(bound: Bound | undefined, table: LakeTable, otherwise: string): string {
  if (bound === undefined) return otherwise;
  if ('time' in bound) return `append_time >= epoch_ms(${Math.trunc(bound.time)})`;
  const cases = Object.entries(bound.rawOffsets).map(
    ([partition, offset]) =>
      `WHEN ${Number(partition)} THEN ${quoteName(risingColumn(table))} >= ${Math.trunc(offset)}`,
  );
  return `CASE "partition" ${cases.join(' ')} ELSE ${otherwise} END`;
}

/** The offsets of each partition of a table that the span covers; partitions without any are left out. */
export async function rangesOf(
  lake: DuckDbLake,
  table: LakeTable,
  reference: string,
  generation: string,
  { from, to }: Span,
): Promise<OffsetRange[]> {
  const sql = `SELECT "partition", min("offset") FILTER (${reached(from, table, 'true')}) AS first,
      max("offset") FILTER (NOT (${reached(to, table, 'false')})) AS last
    FROM ${reference} WHERE generation = $generation GROUP BY "partition" ORDER BY "partition"`;
  const rows = await lake.read((connection) => connection.query(sql, { generation }));
  return Array.from({ length: rows.rowCount }, (_, row) => ({
    generation,
    partition: number(rows, 'partition', row) ?? 0,
    from: number(rows, 'first', row) ?? Infinity,
    to: (number(rows, 'last', row) ?? -1) + 1,
  })).filter((range) => range.from < range.to);
}

/** A number of a result; undefined where it is null. */
export function number({ columns }: ColumnSet, name: string, row: number): number | undefined {
  const { values, nulls } = columns[name] as NumericColumn;
  return nulls?.[row] === 1 ? undefined : Number(values[row]);
}
