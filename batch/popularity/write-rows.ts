/** Coded rows as a Parquet part, with their names. */
import type { Column } from '../../domain/manifest.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { NumberColumn, NumberTable } from '../../infra/duckdb/number-chunks.ts';
import { ROW_GROUP_ROWS, writePart, type LocalPart } from '../parts.ts';
import { isNamed, type Names } from './codes.ts';
import type { CodedRows } from './rows.ts';
import { SHAPES, type CountedTable } from './tables.ts';

export interface RowsToWrite {
  readonly outDir: string;
  readonly name: string;
  readonly table: CountedTable;
  readonly rows: CodedRows;
  readonly names: Names;
  /** Those of another part of the table, where there was one. */
  readonly columns?: readonly Column[] | undefined;
}

/** The rows are in the order of their keys; what is written is a function of them and of the names that they have. */
export function writeRows(
  connection: DuckDbConnection,
  { outDir, name, table, rows, names, columns: known }: RowsToWrite,
): Promise<LocalPart> {
  const lent = numberTable(table, rows, names);
  const columns = lent.numbers.map((column) =>
    column.type === 'NAME' && isLong(column.names.length, rows.size)
      ? `CAST("${column.name}" AS VARCHAR) AS "${column.name}"`
      : `"${column.name}"`,
  );
  const shape = { rows: rows.size, ...(known === undefined ? {} : { columns: known }) };
  return connection.lend(lent, (source) =>
    writePart(connection, outDir, name, `SELECT ${columns.join(', ')} FROM ${source}`, {}, shape),
  );
}

/** The names of an ENUM are written into every row group: too many of them, and each takes its own alone. */
const isLong = (names: number, rows: number): boolean =>
  rows > ROW_GROUP_ROWS && names * Math.ceil(rows / ROW_GROUP_ROWS) > rows / 4;

function numberTable(table: CountedTable, { size, keys, values }: CodedRows, names: Names): NumberTable {
  const shape = SHAPES[table];
  return {
    rows: size,
    numbers: [
      ...shape.keys.map((name, k): NumberColumn =>
        isNamed(name)
          ? { name, type: 'NAME', ...ownNames(keys[k]!, names[name]) }
          : { name, type: 'INTEGER', values: keys[k]! },
      ),
      ...shape.values.map((name, v): NumberColumn =>
        shape.valueType === 'BIGINT'
          ? { name, type: 'BIGINT', values: values[v]! }
          : { name, type: 'INTEGER', values: new Int32Array(values[v]!) },
      ),
    ],
  };
}

/** The names that some codes have, in order, and each code's place among them. */
function ownNames(
  codes: Int32Array,
  names: readonly (string | null)[],
): { names: string[]; codes: Int32Array } {
  const places = new Int32Array(names.length);
  for (let row = 0; row < codes.length; row++) places[codes[row]!] = 1;
  const own: string[] = [];
  for (const [code, name] of names.entries()) {
    if (name === null) places[code] = -1;
    else if (places[code] === 1) places[code] = own.push(name) - 1;
  }
  const placed = new Int32Array(codes.length);
  for (let row = 0; row < codes.length; row++) placed[row] = places[codes[row]!]!;
  return { names: own, codes: placed };
}
