/**
 * Avro's binary encoding of flat records straight into packed columns (Avro 1.11 specification, "Binary Encoding"): no
 * record becomes an object, and texts stay the bytes that they are. It reads records that this code's schema wrote; all
 * others, and whatever is unusual about a record, are left to the codec, which decides what they are.
 */
import avro from 'avsc';
import type { AvroRecordSchema } from '../../domain/events/schemas.ts';
import {
  dropLast,
  packedBytes,
  packedNumbers,
  putBytes,
  putNumber,
  type PackedBytes,
  type PackedColumn,
  type PackedNumbers,
} from '../duckdb/packed-columns.ts';
import { fingerprintOf, singleObjectHeader, type Fingerprint } from './fingerprint.ts';

export interface ColumnsDecoder {
  /** Of the schema that it reads. */
  readonly fingerprint: Fingerprint;
  /** The record's columns in order. */
  readonly names: readonly string[];
  /** Empty columns, one for each of the record's. */
  createColumns(): PackedColumn[];
  /** Whether the bytes `from` (inclusive) to `to` (exclusive) begin as those of the schema of this code do. */
  isOwn(bytes: Uint8Array, from: number, to: number): boolean;
  /** Puts a record into row `row`, past all others. False, with nothing put, where the bytes are not one whole such record. */
  decode(bytes: Uint8Array, from: number, to: number, columns: readonly PackedColumn[], row: number): boolean;
}

const KINDS = { string: 0, long: 1, double: 2 } as const;
const MAX_VARINT_BYTES = 10;
const TWO_27 = 2 ** 27;
/** What avsc takes for a number that it can hold. */
const LARGEST = Number.MAX_SAFE_INTEGER - 1;

/** `allowed` lists, for the columns that it names, the only texts that a record may hold there. */
export function createColumnsDecoder(
  schema: AvroRecordSchema,
  allowed: Readonly<Record<string, readonly string[]>> = {},
): ColumnsDecoder {
  const { fields } = schema;
  const fingerprint = fingerprintOf(avro.Type.forSchema(schema as unknown as avro.Schema));
  const header = singleObjectHeader(fingerprint);
  const names = fields.map(({ name }) => name);
  const kinds = fields.map(({ type }) => kindOf(typeof type === 'string' ? type : type[1]));
  const isOptional = fields.map(({ type }) => typeof type !== 'string');
  const choices = names.map((name) => allowed[name]?.map((text) => Buffer.from(text)));
  const eight = new Uint8Array(8);
  const double = new Float64Array(eight.buffer);
  let at = 0;

  /** Zigzag and variable length; NaN where it is longer or larger than is right. */
  function readLong(bytes: Uint8Array): number {
    let byte = bytes[at++]!;
    let low = byte & 0x7f;
    let shift = 7;
    while (byte >= 0x80 && shift < 28) {
      byte = bytes[at++]!;
      low |= (byte & 0x7f) << shift;
      shift += 7;
    }
    let value = low >>> 1;
    if (byte >= 0x80) {
      let scale = TWO_27;
      const last = at + MAX_VARINT_BYTES - 4;
      while (byte >= 0x80) {
        if (at === last) return NaN;
        byte = bytes[at++]!;
        value += (byte & 0x7f) * scale;
        scale *= 128;
      }
      if (value > LARGEST - (low & 1)) return NaN;
    }
    return (low & 1) === 0 ? value : -value - 1;
  }

  function readText(
    bytes: Uint8Array,
    to: number,
    column: PackedBytes,
    row: number,
    choice: readonly Buffer[] | undefined,
  ): boolean {
    const length = readLong(bytes);
    // Neither NaN nor anything negative.
    if (!(length >= 0) || at + length > to) return false;
    if (choice !== undefined && !choice.some((text) => isAt(bytes, at, length, text))) return false;
    putBytes(column, row, bytes, at, at + length);
    at += length;
    return true;
  }

  function readNumber(bytes: Uint8Array, column: PackedNumbers, row: number, kind: number): boolean {
    let value: number;
    if (kind === KINDS.long) value = readLong(bytes);
    else {
      for (let i = 0; i < 8; i += 1) eight[i] = bytes[at + i]!;
      at += 8;
      value = double[0]!;
    }
    if (kind === KINDS.long && Number.isNaN(value)) return false;
    putNumber(column, row, value);
    return true;
  }

  /** From behind the header on. */
  function readFields(bytes: Uint8Array, to: number, columns: readonly PackedColumn[], row: number): boolean {
    for (let i = 0; i < kinds.length; i += 1) {
      if (isOptional[i] === true) {
        const branch = bytes[at++];
        if (branch === 0) continue;
        if (branch !== 2) return false;
      }
      const kind = kinds[i]!;
      const isRead =
        kind === KINDS.string
          ? readText(bytes, to, columns[i] as PackedBytes, row, choices[i])
          : readNumber(bytes, columns[i] as PackedNumbers, row, kind);
      if (!isRead) return false;
    }
    return at === to;
  }

  const isOwn = (bytes: Uint8Array, from: number, to: number): boolean =>
    to - from > header.length && isAt(bytes, from, header.length, header);

  return {
    fingerprint,
    names,
    createColumns: () => kinds.map((kind) => (kind === KINDS.string ? packedBytes('text') : packedNumbers())),
    isOwn,
    decode(bytes, from, to, columns, row) {
      at = from + header.length;
      if (isOwn(bytes, from, to) && readFields(bytes, to, columns, row)) return true;
      for (const column of columns) dropLast(column, row);
      return false;
    },
  };
}

function kindOf(type: string | undefined): number {
  if (type === undefined || !Object.hasOwn(KINDS, type))
    throw new TypeError(`${String(type)} is no flat column`);
  return KINDS[type as keyof typeof KINDS];
}

function isAt(bytes: Uint8Array, from: number, length: number, expected: Uint8Array): boolean {
  if (length !== expected.length) return false;
  for (let i = 0; i < length; i += 1) if (bytes[from + i] !== expected[i]) return false;
  return true;
}
