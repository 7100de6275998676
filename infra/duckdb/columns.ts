/**
 * Columns between JavaScript and DuckDB, copied vector by vector and never as row objects.
 *
 * Read:  BIGINT, TIMESTAMP and other 64-bit integers → BigInt64Array (timestamps in microseconds), smaller integers,
 *        DATE (days) and floats → the typed array of their width, BOOLEAN → Uint8Array, VARCHAR → string[],
 *        BLOB → Uint8Array[].
 * Write: `number` columns are DOUBLE, `text` VARCHAR, `blob` BLOB; whole numbers are exact up to 2^53 and are cast in SQL.
 */
import {
  BLOB,
  blobValue,
  DOUBLE,
  DuckDBDataChunk,
  DuckDBTypeId,
  VARCHAR,
  type DuckDBValue,
  type DuckDBVector,
} from '@duckdb/node-api';

export type NumericArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

export interface NumericColumn {
  readonly kind: 'numeric';
  readonly values: NumericArray;
  /** 1 where the value is null; absent when none is. */
  readonly nulls?: Uint8Array;
}
export interface TextColumn {
  readonly kind: 'text';
  readonly values: readonly (string | null)[];
}
export interface BlobColumn {
  readonly kind: 'blob';
  readonly values: readonly (Uint8Array | null)[];
}
export type Column = NumericColumn | TextColumn | BlobColumn;

/** A materialised result: every column has `rowCount` values. */
export interface ColumnSet {
  readonly rowCount: number;
  readonly columns: Readonly<Record<string, Column>>;
}

export type WriteKind = 'number' | 'text' | 'blob';
/** One column to append; `null` is SQL's NULL. */
export type WriteColumn =
  | { readonly kind: 'number'; readonly values: ArrayLike<number | null> }
  | { readonly kind: 'text'; readonly values: ArrayLike<string | null> }
  | { readonly kind: 'blob'; readonly values: ArrayLike<Uint8Array | null> };

const TYPED_ARRAY = new Map<DuckDBTypeId, new (length: number) => NumericArray>([
  [DuckDBTypeId.BOOLEAN, Uint8Array],
  [DuckDBTypeId.TINYINT, Int8Array],
  [DuckDBTypeId.SMALLINT, Int16Array],
  [DuckDBTypeId.INTEGER, Int32Array],
  [DuckDBTypeId.DATE, Int32Array],
  [DuckDBTypeId.BIGINT, BigInt64Array],
  [DuckDBTypeId.TIMESTAMP, BigInt64Array],
  [DuckDBTypeId.TIMESTAMP_TZ, BigInt64Array],
  [DuckDBTypeId.UTINYINT, Uint8Array],
  [DuckDBTypeId.USMALLINT, Uint16Array],
  [DuckDBTypeId.UINTEGER, Uint32Array],
  [DuckDBTypeId.UBIGINT, BigUint64Array],
  [DuckDBTypeId.FLOAT, Float32Array],
  [DuckDBTypeId.DOUBLE, Float64Array],
]);

/** Takes one column out of chunks that come one after the other, so that none is held longer than it is looked at. */
export interface ColumnReader {
  take(chunk: DuckDBDataChunk): void;
  /** What was taken. */
  column(): Column;
}

/** Of a column that has `rowCount` values in all. Throws TypeError for a type that is not in the table above. */
export function columnReader(index: number, typeId: DuckDBTypeId, rowCount: number): ColumnReader {
  if (typeId === DuckDBTypeId.VARCHAR) {
    const values: (string | null)[] = [];
    const take = (chunk: DuckDBDataChunk): void => takeTexts(chunk, index, values);
    return { take, column: () => ({ kind: 'text', values }) };
  }
  if (typeId === DuckDBTypeId.BLOB) {
    const values: (Uint8Array | null)[] = [];
    const take = itemsTaker(index, (item) =>
      values.push(item === null ? null : new Uint8Array((item as { bytes: Uint8Array }).bytes)),
    );
    return { take, column: () => ({ kind: 'blob', values }) };
  }
  const ArrayType = TYPED_ARRAY.get(typeId);
  if (ArrayType === undefined)
    throw new TypeError(`No column reader for DuckDB type ${DuckDBTypeId[typeId]}`);
  return numericReader(index, new ArrayType(rowCount));
}

function itemsTaker(index: number, put: (item: DuckDBValue) => void): ColumnReader['take'] {
  return (chunk) => {
    const vector = chunk.getColumnVector(index);
    for (let row = 0; row < chunk.rowCount; row++) put(vector.getItem(row));
  };
}

/** A text's length and its first four bytes, wherever the others are. */
const TEXT_ITEM_BYTES = 16;
const TEXT_PREFIX_AT = 4;
/** U+FEFF in UTF-8, as the lower three bytes of a word. */
const BYTE_ORDER_MARK = 0xbfbbef;

/** The binding takes a U+FEFF that a text begins with for a byte order mark and leaves it out: it is put back. */
function takeTexts(chunk: DuckDBDataChunk, index: number, values: (string | null)[]): void {
  const vector = chunk.getColumnVector(index);
  const { dataView } = vector as unknown as VectorParts;
  for (let row = 0; row < chunk.rowCount; row++) {
    const text = vector.getItem(row) as string | null;
    const prefix = dataView!.getUint32(row * TEXT_ITEM_BYTES + TEXT_PREFIX_AT, true);
    const isMarked = text !== null && (prefix & 0xffffff) === BYTE_ORDER_MARK;
    values.push(isMarked ? `\ufeff${text}` : text);
  }
}

/** What the binding's vectors hold though their declarations hide it; the version is pinned and a test reads each type. */
interface VectorParts {
  readonly items?: NumericArray;
  /** Of texts, 16 bytes each. */
  readonly dataView?: DataView;
  readonly validity: { readonly data: unknown; itemValid(row: number): boolean };
}

function numericReader(index: number, values: NumericArray): ColumnReader {
  let nulls: Uint8Array | undefined;
  let at = 0;
  return {
    take(chunk) {
      const vector = chunk.getColumnVector(index);
      const { rowCount } = chunk;
      const { items, validity } = vector as unknown as VectorParts;
      if (items !== undefined) {
        (values as { set(source: unknown, offset: number): void }).set(items, at);
        // To the runtime a vector is memory outside of its heap, for which it would collect all garbage: it is given back at once.
        (items.buffer as ArrayBuffer).transfer(0);
      } else copyBooleans(vector, rowCount, values, at);
      if (validity.data !== null) {
        for (let row = 0; row < rowCount; row++) {
          if (validity.itemValid(row)) continue;
          nulls ??= new Uint8Array(values.length);
          nulls[at + row] = 1;
        }
      }
      at += rowCount;
    },
    column: () => (nulls === undefined ? { kind: 'numeric', values } : { kind: 'numeric', values, nulls }),
  };
}

function copyBooleans(vector: DuckDBVector, count: number, values: NumericArray, at: number): void {
  for (let row = 0; row < count; row++) values[at + row] = vector.getItem(row) === true ? 1 : 0;
}

const CHUNK_ROWS = 2048;
const WRITE_TYPE = { number: DOUBLE, text: VARCHAR, blob: BLOB } as const;

/** DuckDB's name of the type that a written column has. */
export const writeTypeName = (kind: WriteKind): string => String(WRITE_TYPE[kind]);

/** Cuts columns of equal length into DuckDB data chunks. Throws RangeError when the lengths differ. */
export function* writeChunks(columns: readonly WriteColumn[], rowCount: number): Generator<DuckDBDataChunk> {
  for (const column of columns) {
    if (column.values.length !== rowCount) {
      throw new RangeError(`Column has ${column.values.length} values, expected ${rowCount}`);
    }
  }
  const types = columns.map((column) => WRITE_TYPE[column.kind]);
  for (let from = 0; from < rowCount; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rowCount - from);
    const chunk = DuckDBDataChunk.create(types, count);
    columns.forEach((column, index) => {
      const vector = chunk.getColumnVector(index);
      for (let row = 0; row < count; row++) {
        const value = column.values[from + row] ?? null;
        vector.setItem(row, value instanceof Uint8Array ? blobValue(value) : value);
      }
      vector.flush();
    });
    yield chunk;
  }
}
