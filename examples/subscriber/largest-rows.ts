/** The largest rows of a version's part, by plain SQL over its Parquet files. */
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { quoteName } from '../../infra/duckdb/connection.ts';

export interface LargestRowsOptions {
  readonly part: string;
  readonly key: string;
  readonly measure: string;
  readonly limit: number;
}

export interface LargestRows {
  /** Keys with the sum of their measure, the largest first. RangeError where the version has no such part. */
  of(parts: Readonly<Record<string, string>>): Promise<readonly (readonly [string, number])[]>;
  close(): Promise<void>;
}

export async function createLargestRows({
  part,
  key,
  measure,
  limit,
}: LargestRowsOptions): Promise<LargestRows> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  return {
    of: (parts) =>
      duckdb.use(async (connection) => {
        const path = parts[part];
        if (path === undefined) throw new RangeError(`there is no part ${part}`);
        const found = await connection.query(
          `SELECT ${quoteName(key)} AS key, CAST(sum(${quoteName(measure)}) AS DOUBLE) AS measure
           FROM read_parquet('${path.replaceAll("'", "''")}') GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${limit}`,
        );
        const keys = found.columns['key']?.values as readonly string[];
        const sums = found.columns['measure']?.values as ArrayLike<number>;
        return keys.map((one, index) => [one, sums[index]!] as const);
      }),
    close: () => duckdb.close(),
  };
}
