/** Parts of a view as typed arrays, read in slices, so that whoever answers requests on this thread has a turn between them. */
import { BESIDE, findPart, type Manifest } from '../../domain/manifest.ts';
import { corrupt } from '../../domain/views.ts';
import type { ColumnSet } from '../duckdb/columns.ts';
import { quoteText, type DuckDbConnection } from '../duckdb/connection.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { localPartPath } from '../hermes/subscriber.ts';

type NumberArray = Int32Array | Float32Array | Float64Array;

/** Rows of a statement; every verb throws RangeError for a column that is not there, of another type, or holds a null. */
export interface Slice {
  readonly rowCount: number;
  numbers<T extends NumberArray>(name: string, kind: new (length: number) => T): T;
  texts(name: string): readonly string[];
}

export interface PartReader {
  /** SQL of a part as a table. RangeError where the version has none of that name. */
  source(part: string): string;
  /** SQL of all parts whose names begin so, as one table. */
  sources(prefix: string): string;
  run(sql: string): Promise<void>;
  /** Rows of a table. */
  count(source: string): Promise<number>;
  /** A whole statement of numbers. */
  query(sql: string): Promise<Slice>;
  /** The rows of a statement in their order, so many at a time. */
  slices(sql: string, rows: number, use: (slice: Slice) => void): Promise<void>;
}

/** Reads a verified local copy. Whatever goes wrong with bytes that are the manifest's is VIEW_CORRUPT. */
export async function readParts<T>(
  duckdb: Pick<DuckDb, 'use'>,
  versionDir: string,
  manifest: Manifest,
  read: (parts: PartReader) => Promise<T>,
): Promise<T> {
  try {
    return await duckdb.use((connection) => read(partReader(connection, versionDir, manifest)));
  } catch (error) {
    return corrupt(manifest.view, manifest.version)(error instanceof Error ? error.message : String(error));
  }
}

function partReader(connection: DuckDbConnection, versionDir: string, manifest: Manifest): PartReader {
  type Part = Manifest['parts'][number];
  const table = (parts: readonly Part[]): string =>
    `read_parquet([${parts.map((part) => quoteText(localPartPath(versionDir, part))).join(', ')}])`;
  return {
    source(part) {
      const found = findPart(manifest, part);
      if (found === undefined) throw new RangeError(`there is no part ${part}`);
      return table([found]);
    },
    sources(prefix) {
      const found = manifest.parts.filter(({ name }) => name.replace(BESIDE, '').startsWith(prefix));
      if (found.length === 0) throw new RangeError(`there is no part ${prefix}…`);
      return table(found);
    },
    run: (sql) => connection.run(sql),
    async count(source) {
      const set = await connection.query(`SELECT CAST(count(*) AS INTEGER) AS rows FROM ${source}`);
      return sliceOf(set).numbers('rows', Int32Array)[0]!;
    },
    query: async (sql) => sliceOf(await connection.query(sql)),
    async slices(sql, rows, use) {
      await connection.run(`CREATE OR REPLACE TEMP TABLE part_slices AS ${sql}`);
      try {
        for (let from = 0; ; from += rows) {
          const set = await connection.query(`SELECT * FROM part_slices LIMIT ${rows} OFFSET ${from}`);
          use(sliceOf(set));
          if (set.rowCount < rows) return;
        }
      } finally {
        await connection.run('DROP TABLE IF EXISTS part_slices');
      }
    },
  };
}

function sliceOf({ rowCount, columns }: ColumnSet): Slice {
  return {
    rowCount,
    numbers(name, kind) {
      const column = columns[name];
      if (column?.kind !== 'numeric' || !(column.values instanceof kind) || column.nulls !== undefined)
        throw new RangeError(`column ${name} is no ${kind.name} without nulls`);
      return column.values;
    },
    texts(name) {
      const column = columns[name];
      if (column?.kind !== 'text' || column.values.includes(null))
        throw new RangeError(`column ${name} is no text without nulls`);
      return column.values as readonly string[];
    },
  };
}
