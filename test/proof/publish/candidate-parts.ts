/** Sound versions of views, as Parquet parts in a folder, and where each can be broken. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quoteText, type DuckDbConnection } from '../../../infra/duckdb/connection.ts';
import { popularityPartsBy } from '../../support/popularity.ts';

export interface BrokenPart {
  readonly name: string;
  readonly key: string;
  readonly order: string;
  /** A column, and what is no value of it. */
  readonly value: string;
  readonly nothing: string;
  /** Writes all parts of the version. */
  write(connection: DuckDbConnection, dir: string): Promise<void>;
}

const TITLES = 40;
const id = (prefix: string): string => `'${prefix}' || lpad(CAST(i AS VARCHAR), 3, '0')`;
const titles = `range(${TITLES}) AS t(i)`;

async function writeAll(
  connection: DuckDbConnection,
  dir: string,
  parts: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, sql] of Object.entries(parts))
    await connection.run(`COPY (${sql}) TO ${quoteText(join(dir, `${name}.parquet`))} (FORMAT parquet)`);
}

const NAN = { nothing: `CAST('NaN' AS FLOAT)` } as const;

/** As good as what is announced. */
const EVALUATION = `SELECT 'leave-last-out' AS split, role AS model, role, 'ndcg_at_10' AS metric, 100 AS profiles,
  0.1::DOUBLE AS value, 0.01::DOUBLE AS difference, 0.02::DOUBLE AS difference_high, 1.1::DOUBLE AS ratio
  FROM (VALUES ('popularity'), ('current')) AS r(role)`;

export const GOOD_PARTS: Readonly<Record<string, BrokenPart>> = {
  popularity: {
    ...{ name: 'totals', key: 'title_id', order: 'title_id, country', value: 'plays', nothing: 'NULL' },
    async write(connection, dir) {
      const rows = Array.from({ length: TITLES }, (_, i) => ({
        ...{
          title: `t${String(i).padStart(3, '0')}`,
          country: 'DE',
          bucket: 1,
          plays: 10 + i,
          impressions: 500,
        },
      }));
      const lent = { use: <T>(work: (lent: DuckDbConnection) => Promise<T>) => work(connection) };
      for (const [name, body] of Object.entries(await popularityPartsBy(lent, rows)))
        await writeFile(join(dir, `${name}.parquet`), body);
      const totals = `read_parquet(${quoteText(join(dir, 'totals.parquet'))})`;
      await writeAll(connection, dir, {
        hours: `SELECT title_id, country, 1 AS hour, * EXCLUDE (title_id, country) FROM ${totals}`,
      });
    },
  },
  'item-factors': {
    ...{ name: 'items', key: 'title_id', order: 'title_id', value: 'f0', ...NAN },
    write: (connection, dir) =>
      writeAll(connection, dir, {
        items: `SELECT ${id('t')} AS title_id, CAST(0.1 + i / 100 AS FLOAT) AS f0, CAST(0.5 AS FLOAT) AS f1 FROM ${titles}`,
        evaluation: EVALUATION,
      }),
  },
  neighbours: {
    ...{ name: 'neighbours', key: 'title_id', order: 'title_id, rank', value: 'score', ...NAN },
    write: (connection, dir) =>
      writeAll(connection, dir, {
        neighbours: `SELECT ${id('t')} AS title_id, CAST(r AS INTEGER) AS rank, 't' || lpad(CAST((i + r) % ${TITLES} AS VARCHAR), 3, '0') AS neighbour_id,
          CAST(1 / r AS FLOAT) AS score, 3 AS times FROM ${titles}, range(1, 4) AS n(r) ORDER BY title_id, rank`,
        titles: `SELECT ${id('t')} AS title_id, 9 AS profiles FROM ${titles}`,
        evaluation: EVALUATION,
      }),
  },
  'profile-rows': {
    ...{ name: 'rows-00000', key: 'profile_id', order: 'profile_id, rank', value: 'score', ...NAN },
    write: (connection, dir) =>
      writeAll(connection, dir, {
        'rows-00000': `SELECT ${id('p')} AS profile_id, 'top-picks' AS "row", CAST(r AS INTEGER) AS rank,
          't' || r AS title_id, CAST(1 / r AS FLOAT) AS score FROM ${titles}, range(1, 4) AS n(r) ORDER BY profile_id, rank`,
      }),
  },
};
