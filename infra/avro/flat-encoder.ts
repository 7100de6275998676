/**
 * Avro's binary encoding of flat records: columns that are string, long or double, or null beside one of them (Avro 1.11
 * specification, "Binary Encoding"). avsc's own writer works through a union object for each optional column; with
 * dozens of columns a record that is most of the work of a stage that encodes every event.
 */
import type { AvroRecordSchema } from '../../domain/events/schemas.ts';

/** One of the objects that a record's columns are taken from. Absent, undefined and null are Avro's null. */
export type Source = object | undefined;

export interface FlatEncoder {
  /** The header and the record's bytes, which nobody writes over. Throws TypeError where a value is not of its column's type. */
  encode(first: Source, second?: Source, third?: Source): Buffer;
}

const KINDS = { string: 0, long: 1, double: 2 } as const;
type Kind = (typeof KINDS)[keyof typeof KINDS];

interface Plan {
  readonly names: readonly string[];
  readonly kinds: readonly Kind[];
  readonly isOptional: readonly boolean[];
  readonly sources: readonly number[];
}

/** Records are written one behind the other into a slab of this size, which lives as long as any of them. */
const SLAB_BYTES = 64 * 1024;
/** More than a number and a union's branch take. */
const NUMBER_BYTES = 16;
/** Shorter texts are written unit by unit: that is cheaper than a call out of JavaScript. */
const SHORT_TEXT = 40;
const LARGEST_BYTES_OF_UNIT = 3;

/** `sourceOf` says which of the objects given to `encode` holds a column: 0, 1 or 2. */
export function createFlatEncoder(
  schema: AvroRecordSchema,
  header: Uint8Array,
  sourceOf: (column: string) => number,
): FlatEncoder {
  const { names, kinds, isOptional, sources } = planOf(schema, sourceOf);
  /** What all columns take besides their texts. */
  const fixedBytes = names.length * NUMBER_BYTES;
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let doubles = new DataView(slab.buffer);
  /** Where the record under way begins, and how far it has come. */
  let begin = 0;
  let end = 0;

  /** The record under way goes on in another slab where this one has not that much room. */
  function makeRoom(bytes: number): void {
    if (end + bytes <= slab.length) return;
    const written = end - begin;
    const next = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (written + bytes)));
    slab.copy(next, 0, begin, end);
    slab = next;
    doubles = new DataView(slab.buffer);
    begin = 0;
    end = written;
  }

  /** Zigzag and variable length; exact for every safe integer. */
  function writeLong(value: number): void {
    const isNegative = value < 0;
    let rest = isNegative ? -value - 1 : value;
    let low = ((rest % 64) << 1) | (isNegative ? 1 : 0);
    rest = Math.floor(rest / 64);
    while (rest > 0) {
      slab[end++] = low | 0x80;
      low = rest % 128;
      rest = Math.floor(rest / 128);
    }
    slab[end++] = low;
  }

  function writeText(text: string): void {
    const { length } = text;
    makeRoom(length * LARGEST_BYTES_OF_UNIT + fixedBytes);
    const start = end;
    writeLong(length);
    if (length > SHORT_TEXT) {
      const written = slab.write(text, end);
      if (written === length) {
        end += written;
        return;
      }
    } else {
      let i = 0;
      for (; i < length; i += 1) {
        const unit = text.charCodeAt(i);
        if (unit >= 0x80) break;
        slab[end + i] = unit;
      }
      if (i === length) {
        end += length;
        return;
      }
    }
    // More bytes than units: the length before it was wrong.
    end = start;
    writeLong(Buffer.byteLength(text));
    end += slab.write(text, end);
  }

  function writeValue(kind: Kind, value: unknown, name: string): void {
    if (kind === KINDS.string) {
      if (typeof value !== 'string') throw wrongType(name, value);
      writeText(value);
      return;
    }
    if (typeof value !== 'number') throw wrongType(name, value);
    if (kind === KINDS.long) {
      if (!Number.isSafeInteger(value)) throw wrongType(name, value);
      writeLong(value);
    } else {
      doubles.setFloat64(end, value, true);
      end += 8;
    }
  }

  return {
    encode(first, second, third) {
      begin = end;
      makeRoom(header.length + fixedBytes);
      slab.set(header, end);
      end += header.length;
      for (let i = 0; i < names.length; i += 1) {
        const name = names[i] as string;
        const from = sources[i];
        const source = (from === 0 ? first : from === 1 ? second : third) as
          Record<string, unknown> | undefined;
        const value = source?.[name];
        if (isOptional[i] === true) {
          if (value === undefined || value === null) {
            slab[end++] = 0;
            continue;
          }
          slab[end++] = 2;
        }
        writeValue(kinds[i] as Kind, value, name);
      }
      return slab.subarray(begin, end);
    },
  };
}

function planOf({ fields }: AvroRecordSchema, sourceOf: (column: string) => number): Plan {
  return {
    names: fields.map(({ name }) => name),
    kinds: fields.map(({ name, type }) => {
      const kind = typeof type === 'string' ? type : type[1];
      if (kind === undefined || !Object.hasOwn(KINDS, kind))
        throw new TypeError(`column ${name} is no flat one`);
      return KINDS[kind as keyof typeof KINDS];
    }),
    isOptional: fields.map(({ type }) => typeof type !== 'string'),
    sources: fields.map(({ name }) => sourceOf(name)),
  };
}

const wrongType = (name: string, value: unknown): TypeError =>
  new TypeError(`column ${name} cannot hold ${typeof value} ${String(value).slice(0, 40)}`);
