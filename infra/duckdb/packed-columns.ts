/**
 * Columns that grow in JavaScript the way DuckDB holds them: numbers in one array, texts and blobs as bytes one behind
 * the other, so that whole stretches are copied and no value becomes an object. Nothing need be done for a null.
 */

export interface PackedNumbers {
  readonly kind: 'number';
  /** 64-bit integers too: exact up to 2^53. */
  values: Float64Array<ArrayBuffer>;
  /** 1 where there is a value; rows past its end are null. */
  present: Uint8Array;
  /** Values that are not null. */
  count: number;
}

export interface PackedBytes {
  /** Texts are UTF-8, not yet checked to be. */
  readonly kind: 'text' | 'blob';
  heap: Buffer;
  heapEnd: number;
  /** Where in the heap each row's bytes begin; they ascend with the rows. */
  starts: Uint32Array;
  lengths: Uint32Array;
  present: Uint8Array;
  count: number;
}

export type PackedColumn = PackedNumbers | PackedBytes;
export type PackedValue = number | string | Uint8Array | null;

/** Whether values are packed, where an array of them may stand as well. */
export const isPacked = (values: PackedColumn | readonly unknown[]): values is PackedColumn =>
  !Array.isArray(values);

/** What a row takes in every column: a double, or a start and a length, and whether it is there. */
const ROW_BYTES = 9;
const FIRST_ROWS = 64;
const FIRST_BYTES = 1024;
/** Fewer bytes are copied one by one: that is cheaper than a call out of JavaScript. */
const FEW_BYTES = 48;

/** What all columns begin with: most columns of most tables never get a value. */
const NONE = {
  bytes: new Uint8Array(0),
  words: new Uint32Array(0),
  doubles: new Float64Array(0),
  heap: Buffer.alloc(0),
} as const;

export const packedNumbers = (): PackedNumbers => ({
  kind: 'number',
  values: NONE.doubles,
  present: NONE.bytes,
  count: 0,
});

export const packedBytes = (kind: 'text' | 'blob'): PackedBytes => ({
  kind,
  heap: NONE.heap,
  heapEnd: 0,
  starts: NONE.words,
  lengths: NONE.words,
  present: NONE.bytes,
  count: 0,
});

/** Sets the value of a row past all that have one. */
export function putNumber(column: PackedNumbers, row: number, value: number): void {
  if (row >= column.present.length) growNumbers(column, row + 1);
  column.values[row] = value;
  column.present[row] = 1;
  column.count++;
}

/** Sets a row past all that have a value to the bytes `from` (inclusive) to `to` (exclusive) of `source`. */
export function putBytes(
  column: PackedBytes,
  row: number,
  source: Uint8Array,
  from: number,
  to: number,
): void {
  const length = to - from;
  makeRoom(column, row, length);
  const { heap, heapEnd } = column;
  if (length < FEW_BYTES) for (let i = 0; i < length; i++) heap[heapEnd + i] = source[from + i]!;
  else heap.set(from === 0 && to === source.length ? source : source.subarray(from, to), heapEnd);
  place(column, row, length);
}

/** Sets a row past all that have a value to a text. */
export function putText(column: PackedBytes, row: number, text: string): void {
  makeRoom(column, row, 3 * text.length);
  place(column, row, column.heap.write(text, column.heapEnd));
}

/** Takes the value of the last row back, if it has one. */
export function dropLast(column: PackedColumn, row: number): void {
  if (row >= column.present.length || column.present[row] === 0) return;
  column.present[row] = 0;
  column.count--;
  if (column.kind !== 'number') column.heapEnd = column.starts[row]!;
}

/** Forgets all values, which are in the first `rows` rows, but keeps the room for others. */
export function clearPacked(column: PackedColumn, rows: number): void {
  if (column.count === 0) return;
  column.present.fill(0, 0, Math.min(rows, column.present.length));
  column.count = 0;
  if (column.kind !== 'number') column.heapEnd = 0;
}

/** Memory that a column takes, empty or not. */
export const packedBytesHeld = (column: PackedColumn): number =>
  column.present.length * ROW_BYTES + (column.kind === 'number' ? 0 : column.heap.length);

export const isPresent = ({ present }: PackedColumn, row: number): boolean =>
  row < present.length && present[row] === 1;

/** A row's value; what is no UTF-8 in a text is replaced by U+FFFD, as every decoder of Node does. */
export function packedValue(column: PackedColumn, row: number): PackedValue {
  if (!isPresent(column, row)) return null;
  if (column.kind === 'number') return column.values[row]!;
  const start = column.starts[row]!;
  const end = start + column.lengths[row]!;
  return column.kind === 'text'
    ? column.heap.toString('utf8', start, end)
    : Uint8Array.from(column.heap.subarray(start, end));
}

function place(column: PackedBytes, row: number, length: number): void {
  column.starts[row] = column.heapEnd;
  column.lengths[row] = length;
  column.heapEnd += length;
  column.present[row] = 1;
  column.count++;
}

/** Room for a row and for so many bytes more. */
function makeRoom(column: PackedBytes, row: number, bytes: number): void {
  if (row >= column.present.length) {
    const rows = roomFor(row + 1);
    column.present = grown(column.present, new Uint8Array(rows));
    column.starts = grown(column.starts, new Uint32Array(rows));
    column.lengths = grown(column.lengths, new Uint32Array(rows));
  }
  const needed = column.heapEnd + bytes;
  if (needed <= column.heap.length) return;
  const heap = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, 2 * needed));
  heap.set(column.heap.subarray(0, column.heapEnd));
  column.heap = heap;
}

function growNumbers(column: PackedNumbers, needed: number): void {
  if (needed <= column.present.length) return;
  const rows = roomFor(needed);
  column.values = grown(column.values, new Float64Array(rows));
  column.present = grown(column.present, new Uint8Array(rows));
}

/** The next power of two, so that growing costs little for each row. */
const roomFor = (rows: number): number => Math.max(FIRST_ROWS, 2 ** Math.ceil(Math.log2(rows)));

function grown<T extends Uint8Array | Uint32Array | Float64Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}
