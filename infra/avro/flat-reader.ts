/**
 * Some columns of flat Avro records, read without making anything: numbers into one array, texts as the places where
 * they stand. The reading end of flat-encoder.ts.
 */
import avro from 'avsc';
import type { AvroRecordSchema } from '../../domain/events/schemas.ts';
import { fingerprintBytes, fingerprintOf } from './fingerprint.ts';

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
const NOT_WANTED = -1;
/** The branches of a union of null and something else, as they are written. */
const [IS_NULL, IS_THERE] = [0, 2] as const;

/** `wanted` that the schema does not have are null throughout. */
export function createFlatReader(schema: AvroRecordSchema, wanted: readonly string[]): FlatReader {
  const header = headerOf(schema);
  const { fields } = schema;
  const types = Uint8Array.from(fields, ({ name, type }) => typeOf(name, type));
  const isOptional = Uint8Array.from(fields, ({ type }) => (typeof type === 'string' ? 0 : 1));
  const targets = Int8Array.from(fields, ({ name }) => wanted.indexOf(name));
  const numbers = new Float64Array(wanted.length);
  const starts = new Int32Array(wanted.length);
  const ends = new Int32Array(wanted.length);
  const eight = new Uint8Array(8);
  const asDouble = new DataView(eight.buffer);

  const read = (bytes: Uint8Array, start: number, end: number): boolean => {
    for (let i = 0; i < HEADER_BYTES; i++) if (bytes[start + i] !== header[i]) return false;
    numbers.fill(NaN);
    starts.fill(-1);
    let at = start + HEADER_BYTES;
    for (let column = 0; column < types.length; column++) {
      if (isOptional[column] === 1) {
        const branch = bytes[at++];
        if (branch === IS_NULL) continue;
        if (branch !== IS_THERE) return false;
      }
      const target = targets[column]!;
      const type = types[column];
      if (type === TYPE.double) {
        if (target !== NOT_WANTED) {
          for (let i = 0; i < 8; i++) eight[i] = bytes[at + i]!;
          numbers[target] = asDouble.getFloat64(0, true);
        }
        at += 8;
        continue;
      }
      let byte = bytes[at++]!;
      let value = byte & 0x7f;
      for (let scale = 128; byte >= 0x80; scale *= 128) {
        if (at >= end || scale > Number.MAX_SAFE_INTEGER) return false;
        byte = bytes[at++]!;
        value += (byte & 0x7f) * scale;
      }
      if (value > Number.MAX_SAFE_INTEGER) return false;
      if (type === TYPE.long) {
        if (target !== NOT_WANTED) numbers[target] = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
        continue;
      }
      // A negative length is none.
      if (value % 2 === 1) return false;
      if (target !== NOT_WANTED) {
        starts[target] = at;
        ends[target] = at + value / 2;
      }
      at += value / 2;
      if (at > end) return false;
    }
    return at === end;
  };
  return { numbers, starts, ends, read };
}

function headerOf(schema: AvroRecordSchema): Uint8Array {
  const type = avro.Type.forSchema(schema as unknown as avro.Schema);
  return Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprintBytes(fingerprintOf(type))]);
}

function typeOf(name: string, type: AvroRecordSchema['fields'][number]['type']): number {
  const kind = typeof type === 'string' ? type : type[0] === 'null' ? type[1] : undefined;
  if (kind === undefined || !Object.hasOwn(TYPE, kind)) throw new TypeError(`column ${name} is no flat one`);
  return TYPE[kind as keyof typeof TYPE];
}
