/**
 * Some columns of flat Avro records, read without making anything: numbers into one array, texts as the places where
 * they stand. The reading end of flat-encoder.ts.
 */
import avro from 'avsc';
import type { AvroRecordSchema } from '../../domain/events/schemas.ts';
import { fingerprintOf, singleObjectHeader } from './fingerprint.ts';

export interface FlatReader {
  /** By wanted column: a number, NaN where it is null. */
  readonly numbers: Float64Array;
  /** By wanted column: where a text begins and ends in the bytes; -1 where it is null. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /**
   * Reads the single object in [start, end); false when it is of another schema, not one whole record, or holds a number
   * above 2^53. What was read is overwritten by the next call.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean;
}

const HEADER_BYTES = 10;
const TYPE = { string: 0, long: 1, double: 2 } as const;
/** What is to be done with a column, in bits: its type, and these. */
const [TYPE_BITS, OPTIONAL, TARGET_SHIFT] = [3, 4, 3] as const;
/** The branches of a union of null and something else, as they are written. */
const [IS_NULL, IS_THERE] = [0, 2] as const;
const DOUBLE_BYTES = 8;
/** Bytes of a number below 2^53 that is written in steps of seven bits, and as many as fit a 32-bit integer. */
const [LONGEST, SHORT_BITS] = [8, 28] as const;

/** `wanted` that the schema does not have are null throughout. */
export function createFlatReader(schema: AvroRecordSchema, wanted: readonly string[]): FlatReader {
  const header = headerOf(schema);
  /** By column: its bits, and above them its place among the wanted ones + 1. */
  const plan = Int32Array.from(schema.fields, ({ name, type }) => {
    const bits = typeOf(name, type) | (typeof type === 'string' ? 0 : OPTIONAL);
    return bits | ((wanted.indexOf(name) + 1) << TARGET_SHIFT);
  });
  const columns = plan.length;
  const numbers = new Float64Array(wanted.length).fill(NaN);
  const starts = new Int32Array(wanted.length).fill(-1);
  const ends = new Int32Array(wanted.length).fill(-1);
  const eight = new Uint8Array(DOUBLE_BYTES);
  const asDouble = new DataView(eight.buffer);

  /** Where the number at `at` ends; its value goes to `target`. -1 for one that is too long or too large. */
  const readLong = (bytes: Uint8Array, at: number, target: number): number => {
    let byte = bytes[at]!;
    let next = at + 1;
    let low = byte & 0x7f;
    let high = 0;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (next - at === LONGEST) return -1;
      byte = bytes[next++]!;
      if (shift < SHORT_BITS) low |= (byte & 0x7f) << shift;
      else high |= (byte & 0x7f) << (shift - SHORT_BITS);
    }
    const value = high * 2 ** SHORT_BITS + low;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
    numbers[target] = (low & 1) === 0 ? value / 2 : -(value + 1) / 2;
    return next;
  };

  const readDouble = (bytes: Uint8Array, at: number, target: number): void => {
    for (let i = 0; i < DOUBLE_BYTES; i++) eight[i] = bytes[at + i]!;
    numbers[target] = asDouble.getFloat64(0, true);
  };

  const read = (bytes: Uint8Array, start: number, end: number): boolean => {
    for (let i = 0; i < HEADER_BYTES; i++) if (bytes[start + i] !== header[i]) return false;
    let at = start + HEADER_BYTES;
    for (let column = 0; column < columns; column++) {
      if (at >= end) return false;
      const op = plan[column]!;
      const target = (op >> TARGET_SHIFT) - 1;
      if ((op & OPTIONAL) !== 0) {
        const branch = bytes[at++];
        if (branch === IS_NULL) {
          if (target < 0) continue;
          numbers[target] = NaN;
          starts[target] = -1;
          continue;
        }
        if (branch !== IS_THERE) return false;
      }
      const type = op & TYPE_BITS;
      if (type === TYPE.string) {
        let length = bytes[at++]!;
        if (length >= 0x80) {
          length = (length & 0x7f) | (bytes[at]! << 7);
          if (bytes[at++]! >= 0x80) {
            length = (length & 0x3fff) | (bytes[at]! << 14);
            // Longer texts than 2^20 bytes are no event's.
            if (bytes[at++]! >= 0x80) return false;
          }
        }
        // A negative length is none.
        if ((length & 1) === 1) return false;
        const textEnd = at + (length >> 1);
        if (target >= 0) {
          starts[target] = at;
          ends[target] = textEnd;
        }
        at = textEnd;
      } else if (type === TYPE.double) {
        if (target >= 0) readDouble(bytes, at, target);
        at += DOUBLE_BYTES;
      } else if (target >= 0) {
        at = readLong(bytes, at, target);
        if (at < 0) return false;
      } else while (bytes[at++]! >= 0x80);
    }
    return at === end;
  };
  return { numbers, starts, ends, read };
}

function headerOf(schema: AvroRecordSchema): Uint8Array {
  const type = avro.Type.forSchema(schema as unknown as avro.Schema);
  return singleObjectHeader(fingerprintOf(type));
}

function typeOf(name: string, type: AvroRecordSchema['fields'][number]['type']): number {
  const kind = typeof type === 'string' ? type : type[0] === 'null' ? type[1] : undefined;
  if (kind === undefined || !Object.hasOwn(TYPE, kind)) throw new TypeError(`column ${name} is no flat one`);
  return TYPE[kind as keyof typeof TYPE];
}
