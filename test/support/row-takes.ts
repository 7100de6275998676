/** Impressions and attributed plays of rows, straight into the lake's tables. */
import type { DuckDbLake } from '../../infra/lake/lake.ts';

/** A title that was shown so often at one rank of a row, and taken from there so often. */
export interface RowTakes {
  readonly row: string;
  readonly rank: number;
  readonly title: string;
  readonly shown: number;
  readonly taken: number;
}

/** Logged at `time`, `YYYY-MM-DD hh:mm:ss` in UTC; one commit a table. Play ids tell runs apart. */
export async function appendTakes(
  lake: Pick<DuckDbLake, 'read' | 'reference'>,
  takes: readonly RowTakes[],
  { time, run }: { readonly time: string; readonly run: string },
): Promise<void> {
  const columns = ({ row, rank, title }: RowTakes): string =>
    `'g1' AS generation, 0 AS "partition", i AS "offset", TIMESTAMP '${time}' AS append_time,
     '${title}' AS title_id, '${row}' AS "row", ${rank} AS "rank"`;
  const shown = takes.map(
    (one) => `SELECT 'impression' AS kind, ${columns(one)} FROM range(${one.shown}) r(i)`,
  );
  const taken = takes.map(
    (
      one,
    ) => `SELECT '${run}-${one.title}-${one.row}-${one.rank}-' || i AS upsert_key, 1 AS version, ${columns(one)}
      FROM range(${one.taken}) r(i)`,
  );
  await lake.read(async (connection) => {
    for (const [table, rows] of [
      ['impressions', shown],
      ['attributed_plays', taken],
    ] as const)
      await connection.run(`INSERT INTO ${lake.reference(table)} BY NAME ${rows.join(' UNION ALL ')}`);
  });
}
