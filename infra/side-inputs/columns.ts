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
  /** SQL after ORDER BY; as the part has them otherwise. */
  readonly orderBy?: string;
}

/** Reads one part and hands its columns to `use`. Throws VIEW_CORRUPT when it is not of that shape. */
export async function readPart<S extends PartShape, T>(
  duckdb: Pick<DuckDb, 'use'>,
  { versionDir, manifest, part, orderBy }: PartAt,
  shape: S,
  use: (columns: PartColumns<S>) => T | Promise<T>,
): Promise<T> {
  const refuse = corrupt(manifest.view, manifest.version);
  const found = findPart(manifest, part) ?? refuse(`there is no part ${part}`);
  const path = quoteText(localPartPath(versionDir, found));
  const select = Object.entries(shape).map(
    ([name, kind]) => `CAST(${name} AS ${kind === 'text' ? 'VARCHAR' : 'DOUBLE'}) AS ${name}`,
  );
  try {
    return await duckdb.use(async (connection) => {
      const order = orderBy === undefined ? '' : ` ORDER BY ${orderBy}`;
      const set = await connection.query(`SELECT ${select.join(', ')} FROM read_parquet(${path})${order}`);
      return await use(columnsOf(set.rowCount, set.columns));
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
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
