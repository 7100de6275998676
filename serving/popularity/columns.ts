/** Query results as Arrow tables: text as dictionaries, the rest as it is. Nulls are refused. */
import { Dictionary, Float64, Int32, makeData, Table, Utf8, Vector, vectorFromArray } from 'apache-arrow';
import type { Column, ColumnSet } from '../../infra/duckdb/columns.ts';

/** Columns of a view's part, by name. */
export type ArrowTable = Table<Record<string, Dictionary<Utf8, Int32> | Int32 | Float64>>;

/** Throws RangeError where a value is null or a column is of a type that views do not have. */
export function toArrow({ columns }: ColumnSet): ArrowTable {
  const vectors = Object.entries(columns).map(([name, column]) => [name, toVector(name, column)] as const);
  return new Table(Object.fromEntries(vectors));
}

function toVector(name: string, column: Column): Vector<Dictionary<Utf8, Int32> | Int32 | Float64> {
  if (column.kind === 'text') return toDictionary(name, column.values);
  if (column.kind === 'numeric' && column.nulls === undefined) {
    const { values } = column;
    if (values instanceof Int32Array) return new Vector([makeData({ type: new Int32(), data: values })]);
    if (values instanceof Float64Array) return new Vector([makeData({ type: new Float64(), data: values })]);
  }
  throw new RangeError(`column ${name} has nulls or is of an unknown type`);
}

function toDictionary(name: string, texts: readonly (string | null)[]): Vector<Dictionary<Utf8, Int32>> {
  const codes = new Map<string, number>();
  const indices = new Int32Array(texts.length);
  texts.forEach((text, row) => {
    if (text === null) throw new RangeError(`column ${name} is null in row ${row}`);
    let code = codes.get(text);
    if (code === undefined) codes.set(text, (code = codes.size));
    indices[row] = code;
  });
  const dictionary = vectorFromArray([...codes.keys()], new Utf8());
  const type = new Dictionary(new Utf8(), new Int32());
  return new Vector([makeData({ type, data: indices, dictionary })]);
}

/** A dictionary column taken apart: the code of each row and the text of each code. */
export interface CodedText {
  readonly codes: Int32Array;
  readonly texts: readonly string[];
}

export function codedText(table: ArrowTable, name: string): CodedText {
  const vector = columnOf(table, name);
  const data = vector.data[0];
  if (data === undefined) return { codes: new Int32Array(), texts: [] };
  const texts = data.dictionary?.toArray() as Iterable<string> | undefined;
  if (texts === undefined) throw new RangeError(`column ${name} is no text`);
  return { codes: data.values as Int32Array, texts: [...texts] };
}

export function numbers<T extends Int32Array | Float64Array>(
  table: ArrowTable,
  name: string,
  kind: new () => T,
): T {
  const data = columnOf(table, name).data[0];
  if (data === undefined) return new kind();
  if (!(data.values instanceof kind)) throw new RangeError(`column ${name} is not a ${kind.name}`);
  return data.values;
}

function columnOf(table: ArrowTable, name: string): Vector {
  const vector = table.getChild(name);
  if (vector === null) throw new RangeError(`there is no column ${name}`);
  return vector;
}
