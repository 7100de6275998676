/** Columns of a view's Parquet part as plain arrays, for look-ups that are built row by row. */
import { corrupt } from '../../domain/views.ts';
import { findPart, type Manifest } from '../../domain/manifest.ts';
import { quoteText } from '../duckdb/connection.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { localPartPath } from '../hermes/subscriber.ts';

/** Column → whether it is text; others are numbers, read as DOUBLE. */
export type PartShape = Readonly<Record<string, 'text' | 'number'>>;

export interface PartColumns<S extends PartShape> {
  readonly rowCount: number;
  /** Throws RangeError where the value is null. */
  text(name: keyof S & string, row: number): string;
  /** Undefined where it is null. */
  maybeText(name: keyof S & string, row: number): string | undefined;
  number(name: keyof S & string, row: number): number;
  /** Undefined where it is null. */
  maybe(name: keyof S & string, row: number): number | undefined;
}

export interface PartAt {
  readonly versionDir: string;
  readonly manifest: Manifest;
  readonly part: string;
}

/** Reads one part and hands its columns to `use`. Throws VIEW_CORRUPT when it is not of that shape. */
export async function readPart<S extends PartShape, T>(
  duckdb: Pick<DuckDb, 'use'>,
  at: PartAt,
  shape: S,
  use: (columns: PartColumns<S>) => T,
): Promise<T> {
  return believing(at, () =>
    duckdb.use(async (connection) => {
      const set = await connection.query(selectSql(at, shape));
      return use(columnsOf(set.rowCount, set.columns));
    }),
  );
}

/** How a part is read in slices, so that whoever else waits has a turn between them. */
export interface SliceOptions {
  /** SQL after ORDER BY. */
  readonly orderBy: string;
  readonly rows: number;
}

/** Hands a part's rows to `use`, so many at a time, in order. Throws VIEW_CORRUPT when it is not of that shape. */
export async function readSlices<S extends PartShape>(
  duckdb: Pick<DuckDb, 'use'>,
  at: PartAt,
  shape: S,
  { orderBy, rows }: SliceOptions,
  use: (columns: PartColumns<S>) => void,
): Promise<void> {
  await believing(at, () =>
    duckdb.use(async (connection) => {
      await connection.run(
        `CREATE OR REPLACE TEMP TABLE slices AS ${selectSql(at, shape)} ORDER BY ${orderBy}`,
      );
      try {
        for (let from = 0; ; from += rows) {
          const set = await connection.query(`SELECT * FROM slices LIMIT ${rows} OFFSET ${from}`);
          use(columnsOf(set.rowCount, set.columns));
          if (set.rowCount < rows) break;
        }
      } finally {
        await connection.run('DROP TABLE IF EXISTS slices');
      }
    }),
  );
}

/** Whatever goes wrong with a part whose bytes are the manifest's, the part is not what the view is made of. */
async function believing<T>({ manifest }: PartAt, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return corrupt(manifest.view, manifest.version)(error instanceof Error ? error.message : String(error));
  }
}

function selectSql({ versionDir, manifest, part }: PartAt, shape: PartShape): string {
  const found = findPart(manifest, part);
  if (found === undefined) throw new RangeError(`there is no part ${part}`);
  const select = Object.entries(shape).map(
    ([name, kind]) => `CAST(${name} AS ${kind === 'text' ? 'VARCHAR' : 'DOUBLE'}) AS ${name}`,
  );
  return `SELECT ${select.join(', ')} FROM read_parquet(${quoteText(localPartPath(versionDir, found))})`;
}

type QueryColumns = Awaited<ReturnType<Parameters<Parameters<DuckDb['use']>[0]>[0]['query']>>['columns'];

function columnsOf<S extends PartShape>(rowCount: number, columns: QueryColumns): PartColumns<S> {
  const maybe = (name: string, row: number): number | undefined => {
    const column = columns[name];
    if (column?.kind !== 'numeric') throw new RangeError(`column ${name} is no number`);
    return column.nulls?.[row] === 1 ? undefined : Number(column.values[row]);
  };
  const maybeText = (name: string, row: number): string | undefined => {
    const column = columns[name];
    if (column?.kind !== 'text') throw new RangeError(`column ${name} is no text`);
    return column.values[row] ?? undefined;
  };
  return {
    rowCount,
    maybe,
    maybeText,
    number(name, row) {
      const value = maybe(name, row);
      if (value === undefined) throw new RangeError(`column ${name} is null in row ${row}`);
      return value;
    },
    text(name, row) {
      const value = maybeText(name, row);
      if (value === undefined) throw new RangeError(`column ${name} is null in row ${row}`);
      return value;
    },
  };
}
