/** Query results as Arrow tables: text as dictionaries, the rest as it is. Nulls are refused. */
import { Dictionary, Float64, Int32, makeData, Table, Utf8, Vector, vectorFromArray } from 'apache-arrow';
import type { Column, ColumnSet } from '../../infra/duckdb/columns.ts';

/** Columns of a view's part, by name. */
export type ArrowTable = Table<Record<string, Dictionary<Utf8, Int32> | Int32 | Float64>>;

/** Makes a table of the results of a statement that is read slice by slice. */
export interface ArrowBuilder {
  /** Throws RangeError where a value is null, or a column of a type that views do not have or not of the one before. */
  append(slice: ColumnSet): void;
  /** The table, once all its rows and at least one slice were appended. */
  end(): ArrowTable;
}

interface ColumnBuilder {
  append(column: Column, at: number): void;
  end(): Vector<Dictionary<Utf8, Int32> | Int32 | Float64>;
}

/** For a table of so many rows. */
export function createArrowBuilder(rowCount: number): ArrowBuilder {
  const builders = new Map<string, ColumnBuilder>();
  let at = 0;
  return {
    append(slice) {
      for (const [name, column] of Object.entries(slice.columns)) {
        let builder = builders.get(name);
        if (builder === undefined) builders.set(name, (builder = builderFor(name, column, rowCount)));
        builder.append(column, at);
      }
      at += slice.rowCount;
    },
    end: () =>
      new Table(Object.fromEntries(Array.from(builders, ([name, builder]) => [name, builder.end()]))),
  };
}

export function toArrow(set: ColumnSet): ArrowTable {
  const builder = createArrowBuilder(set.rowCount);
  builder.append(set);
  return builder.end();
}

function builderFor(name: string, { kind, ...column }: Column, rowCount: number): ColumnBuilder {
  if (kind === 'text') return textBuilder(name, rowCount);
  if (column.values instanceof Int32Array) {
    const data = new Int32Array(rowCount);
    return { ...appendTo(name, data), end: () => new Vector([makeData({ type: new Int32(), data })]) };
  }
  if (column.values instanceof Float64Array) {
    const data = new Float64Array(rowCount);
    return { ...appendTo(name, data), end: () => new Vector([makeData({ type: new Float64(), data })]) };
  }
  throw unusable(name);
}

const unusable = (name: string): RangeError =>
  new RangeError(`column ${name} has nulls or is of an unknown type`);

const appendTo = (name: string, data: Int32Array | Float64Array): Pick<ColumnBuilder, 'append'> => ({
  append(column, at) {
    const isSame =
      column.kind === 'numeric' &&
      column.nulls === undefined &&
      column.values.constructor === data.constructor;
    if (!isSame) throw unusable(name);
    data.set(column.values as Int32Array | Float64Array, at);
  },
});

function textBuilder(name: string, rowCount: number): ColumnBuilder {
  const codes = new Map<string, number>();
  const indices = new Int32Array(rowCount);
  return {
    append(column, at) {
      if (column.kind !== 'text') throw unusable(name);
      column.values.forEach((text, row) => {
        if (text === null) throw new RangeError(`column ${name} is null in row ${at + row}`);
        let code = codes.get(text);
        if (code === undefined) codes.set(text, (code = codes.size));
        indices[at + row] = code;
      });
    },
    end() {
      const dictionary = vectorFromArray([...codes.keys()], new Utf8());
      const type = new Dictionary(new Utf8(), new Int32());
      return new Vector([makeData({ type, data: indices, dictionary })]);
    },
  };
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
  if (data.dictionary === undefined) throw new RangeError(`column ${name} is no text`);
  return { codes: data.values as Int32Array, texts: textsOf(data.dictionary as Vector<Utf8>) };
}

/** Arrow by itself takes a U+FEFF that a text begins with for a byte order mark, and leaves it out. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

const textsOf = ({ data }: Vector<Utf8>): string[] =>
  data.flatMap(({ length, values, valueOffsets }) =>
    Array.from({ length }, (_, at) => utf8.decode(values.subarray(valueOffsets[at], valueOffsets[at + 1]))),
  );

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
