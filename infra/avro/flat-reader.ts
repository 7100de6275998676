/**
 * Some columns of flat Avro records, read without making anything: numbers into one array, texts as the places where
 * they stand. The reading end of flat-encoder.ts. What reads a schema's records is generated from the schema, as avsc
 * does, one statement a column: a loop over columns spends more on finding out what to do than on doing it.
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

type ReadFlat = FlatReader['read'];
type Field = AvroRecordSchema['fields'][number];

const HEADER_BYTES = 10;
const TYPES = ['string', 'long', 'double'] as const;
type FlatType = (typeof TYPES)[number];
/** The branches of a union of null and something else, as they are written. */
const [IS_NULL, IS_THERE] = [0, 2] as const;
const DOUBLE_BYTES = 8;
/** Bytes of a number below 2^53 that is written in steps of seven bits, and as many as fit a 32-bit integer. */
const [LONGEST, SHORT] = [8, 4] as const;
const SHORT_SPAN = 2 ** (7 * SHORT);

/** `wanted` that the schema does not have are null throughout. */
export function createFlatReader(schema: AvroRecordSchema, wanted: readonly string[]): FlatReader {
  const numbers = new Float64Array(wanted.length).fill(NaN);
  const starts = new Int32Array(wanted.length).fill(-1);
  const ends = new Int32Array(wanted.length).fill(-1);
  const readLong = createLongReader(numbers);
  const readDouble = createDoubleReader(numbers);
  const body = readerBody(schema, wanted);
  // Nothing of a record goes into the code, only the schema of this code.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function('numbers', 'starts', 'ends', 'readLong', 'readDouble', body) as (
    ...used: readonly unknown[]
  ) => ReadFlat;
  return { numbers, starts, ends, read: make(numbers, starts, ends, readLong, readDouble) };
}

/** Where the number at `at` ends; its value goes to `target`. -1 for one that is too long or too large. */
function createLongReader(numbers: Float64Array): (bytes: Uint8Array, at: number, target: number) => number {
  return (bytes, start, target) => {
    let at = start;
    let byte = bytes[at++]!;
    let low = byte & 0x7f;
    for (let shift = 7; byte >= 0x80 && shift < 7 * SHORT; shift += 7) {
      byte = bytes[at++]!;
      low |= (byte & 0x7f) << shift;
    }
    if (byte < 0x80) {
      numbers[target] = (low >>> 1) ^ -(low & 1);
      return at;
    }
    let high = 0;
    for (let shift = 0; byte >= 0x80; shift += 7) {
      if (at - start === LONGEST) return -1;
      byte = bytes[at++]!;
      high |= (byte & 0x7f) << shift;
    }
    const value = high * SHORT_SPAN + low;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
    numbers[target] = (low & 1) === 0 ? value / 2 : -(value + 1) / 2;
    return at;
  };
}

function createDoubleReader(numbers: Float64Array): (bytes: Uint8Array, at: number, target: number) => void {
  const eight = new Uint8Array(DOUBLE_BYTES);
  const asDouble = new DataView(eight.buffer);
  return (bytes, at, target) => {
    for (let i = 0; i < DOUBLE_BYTES; i++) eight[i] = bytes[at + i]!;
    numbers[target] = asDouble.getFloat64(0, true);
  };
}

/** The code of a function that makes the reader. Every column takes a byte at least, so that what is cut short ends too late. */
function readerBody(schema: AvroRecordSchema, wanted: readonly string[]): string {
  const header = singleObjectHeader(fingerprintOf(avro.Type.forSchema(schema as unknown as avro.Schema)));
  const isOther = Array.from(header, (byte, i) => `bytes[start + ${i}] !== ${byte}`).join(' || ');
  return `
    return (bytes, start, end) => {
      if (${isOther}) return false;
      let at = start + ${HEADER_BYTES};
      let length = 0;
      ${schema.fields.map((field) => columnCode(field, wanted.indexOf(field.name))).join('\n')}
      return at === end;
    };`;
}

function columnCode({ name, type }: Field, target: number): string {
  const read = valueCode(typeOf(name, type), target);
  if (typeof type === 'string') return read;
  const isNull = target < 0 ? '' : `numbers[${target}] = NaN; starts[${target}] = -1;`;
  return `
    length = bytes[at++];
    if (length === ${IS_THERE}) {${read}}
    else if (length !== ${IS_NULL}) return false;
    ${isNull && `else {${isNull}}`}`;
}

function valueCode(type: FlatType, target: number): string {
  switch (type) {
    case 'string':
      return `
        length = bytes[at++];
        if (length >= 0x80) {
          length = (length & 0x7f) | (bytes[at] << 7);
          if (bytes[at++] >= 0x80) {
            length = (length & 0x3fff) | (bytes[at] << 14);
            // Longer texts than 2^20 bytes are no event's.
            if (bytes[at++] >= 0x80) return false;
          }
        }
        // A negative length is none.
        if ((length & 1) === 1) return false;
        ${target < 0 ? 'at += length >> 1;' : `starts[${target}] = at; ends[${target}] = at += length >> 1;`}`;
    case 'long':
      return target < 0
        ? 'while (bytes[at++] >= 0x80);'
        : `at = readLong(bytes, at, ${target}); if (at < 0) return false;`;
    case 'double':
      return `${target < 0 ? '' : `readDouble(bytes, at, ${target});`} at += ${DOUBLE_BYTES};`;
  }
}

function typeOf(name: string, type: Field['type']): FlatType {
  const kind = typeof type === 'string' ? type : type[0] === 'null' ? type[1] : undefined;
  const known = TYPES.find((one) => one === kind);
  if (known === undefined) throw new TypeError(`column ${name} is no flat one`);
  return known;
}
