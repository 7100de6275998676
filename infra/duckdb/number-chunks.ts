/**
 * Columns of numbers as DuckDB data chunks. Texts are numbers too: each row tells which of a few names it has, as ENUMs
 * do, so that no text is copied, hashed or compared by row.
 */
import { BIGINT, ENUM, INTEGER, type DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api';
import duckdb, { type Vector } from '@duckdb/node-bindings';

type WholeNumbers = Float64Array | Uint32Array | Uint16Array | Uint8Array;

export type NumberColumn =
  | { readonly name: string; readonly type: 'INTEGER'; readonly values: Int32Array<ArrayBuffer> }
  /** Whole numbers, exact up to 2^53. */
  | { readonly name: string; readonly type: 'BIGINT'; readonly values: WholeNumbers }
  /** `codes` are places in `names`, which holds each name once; -1 is NULL. */
  | {
      readonly name: string;
      readonly type: 'NAME';
      readonly names: readonly string[];
      readonly codes: Int32Array;
    };

/** Rows in the order in which a statement reads them. */
export interface NumberTable {
  readonly rows: number;
  readonly numbers: readonly NumberColumn[];
}

const CHUNK_ROWS = 2048;
const TWO_32 = 2 ** 32;
const INTEGER_BYTES = 4;

export function numberType(column: NumberColumn): DuckDBType {
  if (column.type === 'NAME') return ENUM(column.names.length === 0 ? [''] : column.names);
  return column.type === 'INTEGER' ? INTEGER : BIGINT;
}

/** What fills one empty chunk after the other. */
export function* numberChunks({ rows, numbers }: NumberTable): Generator<(chunk: DuckDBDataChunk) => void> {
  const scratch = {
    words: new Int32Array(CHUNK_ROWS * 2),
    validity: new Uint8Array(CHUNK_ROWS / 8),
  };
  for (let from = 0; from < rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, rows - from);
    yield (chunk) => {
      chunk.rowCount = count;
      for (const [index, column] of numbers.entries())
        fill(scratch, duckdb.data_chunk_get_vector(chunk.chunk, index), column, from, count);
    };
  }
}

/** Written over for each column of each chunk. */
interface Scratch {
  readonly words: Int32Array<ArrayBuffer>;
  readonly validity: Uint8Array<ArrayBuffer>;
}

function fill(scratch: Scratch, vector: Vector, column: NumberColumn, from: number, count: number): void {
  if (column.type === 'INTEGER') {
    const { buffer, byteOffset } = column.values;
    duckdb.copy_data_to_vector(vector, 0, buffer, byteOffset + from * INTEGER_BYTES, count * INTEGER_BYTES);
  } else if (column.type === 'BIGINT') {
    const { words } = scratch;
    for (let i = 0; i < count; i++) {
      const value = column.values[from + i]!;
      words[2 * i] = value;
      words[2 * i + 1] = Math.floor(value / TWO_32);
    }
    duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, count * 8);
  } else fillNames(scratch, vector, column, from, count);
}

/** As DuckDB holds ENUMs: in the fewest bytes that can tell all names apart. */
function fillNames(
  { words, validity }: Scratch,
  vector: Vector,
  { names, codes }: NumberColumn & { readonly type: 'NAME' },
  from: number,
  count: number,
): void {
  const bytes = names.length <= 0xff ? 1 : names.length <= 0xffff ? 2 : 4;
  const places =
    bytes === 1
      ? new Uint8Array(words.buffer)
      : bytes === 2
        ? new Uint16Array(words.buffer)
        : new Uint32Array(words.buffer);
  let present = 0;
  validity.fill(0);
  for (let i = 0; i < count; i++) {
    const code = codes[from + i]!;
    places[i] = Math.max(0, code);
    if (code < 0) continue;
    validity[i >> 3]! |= 1 << (i & 7);
    present++;
  }
  duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, count * bytes);
  if (present === count) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.byteLength);
}
