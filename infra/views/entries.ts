/** Single entries of any view by key, looked up in the parts on this disk. */
import { keyColumnOf } from '../../domain/key-columns.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { corrupt } from '../../domain/views.ts';
import { quoteName, quoteText } from '../duckdb/connection.ts';
import { describeColumns } from '../duckdb/described.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { localPartPath } from '../hermes/local-copies.ts';
import type { ViewRow } from '../hermes/repositories/port.ts';

export interface FoundEntries {
  /** In the order of the part, by the part's name; parts that have none are left out. */
  readonly parts: Readonly<Record<string, readonly ViewRow[]>>;
  /** Whether there are more than were asked for. */
  readonly isCut: boolean;
}

export interface EntryTable {
  /** The columns of the key, in its order. */
  readonly key: readonly string[];
  /** Rows whose key begins with the values, at most so many; values that are none of their column's type find nothing. */
  find(values: readonly string[], most: number): Promise<FoundEntries>;
}

interface KeyedPart {
  readonly name: string;
  readonly path: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Never answered by key: who may read of a profile is decided by the paths of profiles. */
const PROFILE_COLUMN = 'profile_id';

/** Throws VIEW_CORRUPT for a view that has no key, and for one of profiles. */
export const createEntriesLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  async (versionDir: string, manifest: Manifest): Promise<EntryTable> => {
    const { view, version, schema } = manifest;
    const refuse = corrupt(view, version);
    const column = keyColumnOf(view);
    const key = manifest.key ?? (column === undefined ? refuse('its rows have no key') : [column]);
    if (schema.some(({ name }) => name === PROFILE_COLUMN)) return refuse('its rows are of profiles');
    const parts: KeyedPart[] = [];
    for (const part of manifest.parts) {
      const path = localPartPath(versionDir, part);
      const columns = await duckdb.use((connection) =>
        describeColumns(connection, `read_parquet(${quoteText(path)})`),
      );
      if (key.every((name) => columns.some((one) => one.name === name)))
        parts.push({ name: part.name, path, columns });
    }
    return { key, find: (values, most) => findIn(duckdb, { key, parts }, values, most) };
  };

async function findIn(
  duckdb: Pick<DuckDb, 'use'>,
  { key, parts }: { readonly key: readonly string[]; readonly parts: readonly KeyedPart[] },
  values: readonly string[],
  most: number,
): Promise<FoundEntries> {
  const found: Record<string, readonly ViewRow[]> = {};
  let [left, isCut] = [most, false];
  for (const { name, path, columns } of parts) {
    if (left === 0) break;
    const row = columns.map((column) => `${quoteText(column.name)}: ${quoteName(column.name)}`).join(', ');
    // The values are made the column's type and not the other way round: so the part's own bounds tell where to look.
    const wanted = values.map((_, at) => {
      const { type } = columns.find((one) => one.name === key[at])!;
      return `${quoteName(key[at]!)} = TRY_CAST($key_${at} AS ${type})`;
    });
    const sql = `SELECT CAST(to_json({${row}}) AS VARCHAR) AS line
      FROM read_parquet(${quoteText(path)}, file_row_number = true) WHERE ${wanted.join(' AND ')}
      ORDER BY file_row_number LIMIT ${left + 1}`;
    const given = Object.fromEntries(values.map((value, at) => [`key_${at}`, value]));
    const lines = await duckdb.use(async (connection) => {
      const { columns: set, rowCount } = await connection.query(sql, given);
      return Array.from({ length: rowCount }, (_, at) => String(set['line']?.values[at]));
    });
    isCut ||= lines.length > left;
    const rows = lines.slice(0, left).map((line) => JSON.parse(line) as ViewRow);
    if (rows.length > 0) found[name] = rows;
    left -= rows.length;
  }
  return { parts: found, isCut };
}
