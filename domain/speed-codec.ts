/**
 * The bytes of a speed-view message: `M` 1, the header's length (32 bits, little-endian), a JSON header with the message
 * and, for chunks, its dictionaries; then the columns one after the other as unsigned LEB128 integers: title index,
 * country index, bucket + 1, and each measure. Counts are small, so most take a byte.
 */
import type { CellColumns } from './cells.ts';
import type { Country, TitleId } from './ids.ts';
import { MEASURE_COUNT } from './measures.ts';
import { parseSpeedKey } from './seam.ts';
import type { Chunk, Marker, SpeedMessage, SpeedRecord } from './speed-view.ts';

const MAGIC = 0x4d;
const VERSION = 1;
const PREFIX_BYTES = 6;
const utf8Out = new TextEncoder();
const utf8In = new TextDecoder('utf-8', { fatal: true });

interface ChunkHeader extends Omit<Chunk, 'cells'> {
  readonly size: number;
  readonly titles: readonly TitleId[];
  readonly countries: readonly Country[];
}

export function encodeSpeedMessage(message: SpeedMessage): Uint8Array {
  if (message.type === 'marker') return assemble(message, [], 0);
  const { cells, ...rest } = message;
  const titles = dictionaryOf(cells.titles);
  const countries = dictionaryOf(cells.countries);
  const header: ChunkHeader = {
    ...rest,
    size: cells.size,
    titles: titles.values,
    countries: countries.values,
  };
  const columns = [
    titles.indices,
    countries.indices,
    cells.buckets.map((bucket) => bucket + 1),
    ...measureColumns(cells),
  ];
  return assemble(header, columns, cells.size);
}

/** Throws RangeError when the bytes are not one whole message. */
export function decodeSpeedMessage(bytes: Uint8Array): SpeedMessage {
  if (bytes.length < PREFIX_BYTES || bytes[0] !== MAGIC || bytes[1] !== VERSION)
    throw corrupt('no known prefix');
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(2, true);
  const end = PREFIX_BYTES + headerBytes;
  if (end > bytes.length) throw corrupt('header is cut off');
  const header = parseHeader(bytes.subarray(PREFIX_BYTES, end));
  if (header.type === 'marker') {
    if (end !== bytes.length) throw corrupt('bytes after a marker');
    return header;
  }
  const { size, titles, countries, ...chunk } = header;
  return { ...chunk, cells: readCells(bytes, end, size, titles, countries) };
}

/** A record of the topic, or undefined where it is none: what cannot be read is as good as not there. */
export function decodeSpeedRecord(key: Uint8Array | null, value: Uint8Array | null): SpeedRecord | undefined {
  if (key === null) return undefined;
  try {
    const name = utf8In.decode(key);
    if (parseSpeedKey(name) === undefined) return undefined;
    return { key: name, value: value === null ? null : decodeSpeedMessage(value) };
  } catch {
    return undefined;
  }
}

function parseHeader(bytes: Uint8Array): ChunkHeader | Marker {
  try {
    const header = JSON.parse(utf8In.decode(bytes)) as ChunkHeader | Marker;
    if (header.type === 'chunk' || header.type === 'marker') return header;
  } catch {
    throw corrupt('header is not JSON');
  }
  throw corrupt('header is of no known type');
}

function readCells(
  bytes: Uint8Array,
  start: number,
  size: number,
  titles: readonly TitleId[],
  countries: readonly Country[],
): CellColumns {
  let at = start;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || scale > Number.MAX_SAFE_INTEGER) throw corrupt('columns are cut off');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  const pick = <T>(dictionary: readonly T[]): T => {
    const value = dictionary[next()];
    if (value === undefined) throw corrupt('index past its dictionary');
    return value;
  };
  const rows = <T>(read: () => T): T[] => Array.from({ length: size }, read);
  const titleColumn = rows(() => pick(titles));
  const countryColumn = rows(() => pick(countries));
  const buckets = Int32Array.from(rows(next), (value) => value - 1);
  const measures = new Float64Array(size * MEASURE_COUNT);
  for (let m = 0; m < MEASURE_COUNT; m++)
    for (let i = 0; i < size; i++) measures[i * MEASURE_COUNT + m] = next();
  if (at !== bytes.length) throw corrupt('bytes after the columns');
  return { size, titles: titleColumn, countries: countryColumn, buckets, measures };
}

const corrupt = (reason: string): RangeError => new RangeError(`not a speed-view message: ${reason}`);

function dictionaryOf<T>(column: readonly T[]): { values: T[]; indices: Uint32Array } {
  const known = new Map<T, number>();
  const indices = new Uint32Array(column.length);
  column.forEach((value, i) => {
    const index = known.get(value) ?? known.size;
    known.set(value, index);
    indices[i] = index;
  });
  return { values: [...known.keys()], indices };
}

function measureColumns(cells: CellColumns): Float64Array[] {
  return Array.from({ length: MEASURE_COUNT }, (_, m) =>
    Float64Array.from({ length: cells.size }, (__, i) => cells.measures[i * MEASURE_COUNT + m]!),
  );
}

/** Bytes an integer below 2^53 takes at most. */
const MAX_VARINT_BYTES = 8;

function assemble(header: object, columns: readonly ArrayLike<number>[], size: number): Uint8Array {
  const text = utf8Out.encode(JSON.stringify(header));
  const out = new Uint8Array(PREFIX_BYTES + text.length + columns.length * size * MAX_VARINT_BYTES);
  out[0] = MAGIC;
  out[1] = VERSION;
  new DataView(out.buffer).setUint32(2, text.length, true);
  out.set(text, PREFIX_BYTES);
  let at = PREFIX_BYTES + text.length;
  for (const column of columns) {
    for (let i = 0; i < size; i++) {
      let value = column[i]!;
      for (; value >= 0x80; value = Math.floor(value / 128)) out[at++] = (value % 128) | 0x80;
      out[at++] = value;
    }
  }
  return out.slice(0, at);
}
