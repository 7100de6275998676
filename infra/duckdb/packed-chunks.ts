/**
 * Packed columns as DuckDB data chunks. Texts are written as DuckDB holds them (`duckdb_string_t` in duckdb.h: the length,
 * then twelve bytes of text, or its first four and a pointer): the bytes of a chunk's column go over in one call, and the
 * pointers into them are worked out here.
 */
import { isUtf8 } from 'node:buffer';
import { BIGINT, BLOB, DOUBLE, INTEGER, VARCHAR, type DuckDBDataChunk } from '@duckdb/node-api';
import duckdb, { type Vector } from '@duckdb/node-bindings';
import {
  isPresent,
  packedBytes,
  packedValue,
  putText,
  type PackedBytes,
  type PackedColumn,
  type PackedNumbers,
} from './packed-columns.ts';

export const PACKED_TYPES = { INTEGER, BIGINT, DOUBLE, VARCHAR, BLOB } as const;
export type PackedType = keyof typeof PACKED_TYPES;

/** Some rows of packed columns. */
export interface PackedRows {
  /** In the order of the types. A constant is a column of one row. */
  readonly columns: readonly (PackedColumn | { readonly constant: PackedColumn })[];
  /** Which rows, ascending. */
  readonly take: readonly number[];
}

const CHUNK_ROWS = 2048;
const WORDS = 4;
const INLINE_BYTES = 12;
const TWO_32 = 2 ** 32;
const FIRST_ROW = new Array<number>(CHUNK_ROWS).fill(0);

/** What fills one empty chunk after the other. */
export function* packedChunks(
  types: readonly PackedType[],
  parts: readonly PackedRows[],
): Generator<(chunk: DuckDBDataChunk) => void> {
  const scratch = createScratch();
  for (const { columns, take } of parts) {
    for (let from = 0; from < take.length; from += CHUNK_ROWS) {
      const rows = take.slice(from, from + CHUNK_ROWS);
      yield (chunk) => {
        chunk.rowCount = rows.length;
        for (const [index, column] of columns.entries()) {
          const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
          const isConstant = 'constant' in column;
          const target = { scratch, vector, type: types[index]!, count: rows.length };
          fill(target, isConstant ? column.constant : column, isConstant ? FIRST_ROW : rows);
        }
      };
    }
  }
}

/** Written over for each column of each chunk. */
interface Scratch {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly bytes: Uint8Array;
  readonly integers: Int32Array;
  readonly doubles: Float64Array;
  readonly validity: Uint8Array<ArrayBuffer>;
}

function createScratch(): Scratch {
  const words = new Uint32Array(CHUNK_ROWS * WORDS);
  const { buffer } = words;
  return {
    words,
    bytes: new Uint8Array(buffer),
    integers: new Int32Array(buffer),
    doubles: new Float64Array(buffer),
    validity: new Uint8Array(CHUNK_ROWS / 8),
  };
}

interface Target {
  readonly scratch: Scratch;
  readonly vector: Vector;
  readonly type: PackedType;
  readonly count: number;
}

function fill(target: Target, column: PackedColumn, rows: readonly number[]): void {
  writeValidity(target, column, rows);
  if (column.kind === 'number') writeNumbers(target, column, rows);
  else writeTexts(target, column, rows);
}

/** One bit a row; without it all are valid. */
function writeValidity(
  { scratch, vector, count }: Target,
  column: PackedColumn,
  rows: readonly number[],
): void {
  const { validity } = scratch;
  validity.fill(0);
  let present = 0;
  for (let i = 0; i < count; i++) {
    if (!isPresent(column, rows[i]!)) continue;
    validity[i >> 3]! |= 1 << (i & 7);
    present++;
  }
  if (present === count) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.byteLength);
}

function writeNumbers(
  { scratch, vector, type, count }: Target,
  { values }: PackedNumbers,
  rows: readonly number[],
): void {
  const { integers, doubles, words } = scratch;
  if (type === 'INTEGER') for (let i = 0; i < count; i++) integers[i] = values[rows[i]!] ?? 0;
  else if (type === 'BIGINT') {
    for (let i = 0; i < count; i++) {
      const value = values[rows[i]!] ?? 0;
      integers[2 * i] = value;
      integers[2 * i + 1] = Math.floor(value / TWO_32);
    }
  } else for (let i = 0; i < count; i++) doubles[i] = values[rows[i]!] ?? 0;
  duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, count * (type === 'INTEGER' ? 4 : 8));
}

function writeTexts(target: Target, column: PackedBytes, rows: readonly number[]): void {
  const { scratch, vector, type, count } = target;
  const { from, to, longest } = stretchOf(column, rows, count);
  const bytes = column.heap.subarray(from, to);
  if (type === 'VARCHAR' && !(isUtf8(bytes) && beginWhole(column, rows, count)))
    return writeTexts(target, repaired(column, rows, count), rows);
  const { words } = scratch;
  words.fill(0, 0, count * WORDS);
  let base = 0;
  if (longest > INLINE_BYTES) {
    duckdb.vector_assign_string_element_len(vector, 0, bytes);
    const record = duckdb.vector_get_data(vector, WORDS * 4);
    const view = new DataView(record.buffer, record.byteOffset);
    base = view.getUint32(8, true) + view.getUint32(12, true) * TWO_32 - from;
  }
  writeRecords(scratch, column, rows, count, base);
  duckdb.copy_data_to_vector(vector, 0, words.buffer, 0, count * WORDS * 4);
}

function writeRecords(
  { words, bytes }: Scratch,
  { heap, starts, lengths, present }: PackedBytes,
  rows: readonly number[],
  count: number,
  base: number,
): void {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    if (row >= present.length || present[row] === 0) continue;
    const start = starts[row]!;
    const length = lengths[row]!;
    const isInline = length <= INLINE_BYTES;
    words[WORDS * i] = length;
    const shown = isInline ? length : 4;
    const at = WORDS * 4 * i + 4;
    for (let b = 0; b < shown; b++) bytes[at + b] = heap[start + b]!;
    if (isInline) continue;
    const pointer = base + start;
    words[WORDS * i + 2] = pointer % TWO_32;
    words[WORDS * i + 3] = pointer / TWO_32;
  }
}

/** The heap's bytes from the first of these rows to the last, and the length of the longest. */
function stretchOf(
  column: PackedBytes,
  rows: readonly number[],
  count: number,
): { from: number; to: number; longest: number } {
  let from = -1;
  let to = 0;
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    if (!isPresent(column, row)) continue;
    const start = column.starts[row]!;
    const length = column.lengths[row]!;
    if (from < 0) from = start;
    to = start + length;
    if (length > longest) longest = length;
  }
  return { from: Math.max(0, from), to, longest };
}

/** Whether every text begins with a character: together with all bytes being UTF-8, that makes each text UTF-8. */
function beginWhole(column: PackedBytes, rows: readonly number[], count: number): boolean {
  for (let i = 0; i < count; i++) {
    const row = rows[i]!;
    if (
      isPresent(column, row) &&
      column.lengths[row]! > 0 &&
      (column.heap[column.starts[row]!]! & 0xc0) === 0x80
    )
      return false;
  }
  return true;
}

/** The same texts with U+FFFD for what is no UTF-8. */
function repaired(column: PackedBytes, rows: readonly number[], count: number): PackedBytes {
  const texts = packedBytes('text');
  for (let i = 0; i < count; i++) {
    const value = packedValue(column, rows[i]!);
    if (typeof value === 'string' && !isPresent(texts, rows[i]!)) putText(texts, rows[i]!, value);
  }
  return texts;
}
