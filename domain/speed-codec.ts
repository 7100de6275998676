/**
 * The bytes of a speed-view message: `M` 3, the header's length (32 bits, little-endian), a JSON header with the message
 * and, for chunks, what its columns are read with; then the columns (speed-columns.ts). Counts are small, so most values
 * take a byte.
 */
import { parseSpeedKey } from './seam.ts';
import {
  headerOf,
  joinPart,
  putColumns,
  type ColumnsHeader,
  type NextInteger,
  type PutInteger,
} from './speed-columns.ts';
import { FAMILIES, type Chunk, type Marker, type SpeedMessage, type SpeedRecord } from './speed-view.ts';

const MAGIC = 0x4d;
const VERSION = 3;
const PREFIX_BYTES = 6;
const utf8Out = new TextEncoder();
const utf8In = new TextDecoder('utf-8', { fatal: true });

type ChunkHeader = Omit<Chunk, 'columns'> & { readonly shape: ColumnsHeader };

export function encodeSpeedMessage(message: SpeedMessage): Uint8Array {
  if (message.type === 'marker') return begin(message, 0).end();
  const shape = headerOf(message);
  const { columns: _, ...rest } = message;
  const writer = begin({ ...rest, shape }, shape.size * LIKELY_BYTES);
  putColumns(message, shape, writer.put);
  return writer.end();
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
  const { shape, ...chunk } = header;
  const { next, isAtEnd } = integersIn(bytes, end);
  const part = joinPart(header.family, shape, next);
  if (!isAtEnd()) throw corrupt('bytes after the columns');
  return { ...chunk, ...part };
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
    if (header.type === 'marker' || (header.type === 'chunk' && FAMILIES.includes(header.family)))
      return header;
  } catch {
    throw corrupt('header is not JSON');
  }
  throw corrupt('header is of no known type');
}

function integersIn(bytes: Uint8Array, start: number): { next: NextInteger; isAtEnd(): boolean } {
  let at = start;
  return {
    isAtEnd: () => at === bytes.length,
    next() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at++];
        if (byte === undefined || scale > Number.MAX_SAFE_INTEGER) throw corrupt('columns are cut off');
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) return value;
      }
    },
  };
}

const corrupt = (reason: string): RangeError => new RangeError(`not a speed-view message: ${reason}`);

/** Bytes an integer below 2^53 takes at most. */
const MAX_VARINT_BYTES = 8;
/** Bytes of an entry, mostly. */
const LIKELY_BYTES = 16;

/** A message with its header written, to which integers are added. */
function begin(header: object, likelyBytes: number): { readonly put: PutInteger; end(): Uint8Array } {
  const text = utf8Out.encode(JSON.stringify(header));
  let out = new Uint8Array(PREFIX_BYTES + text.length + likelyBytes + MAX_VARINT_BYTES);
  out[0] = MAGIC;
  out[1] = VERSION;
  new DataView(out.buffer).setUint32(2, text.length, true);
  out.set(text, PREFIX_BYTES);
  let at = PREFIX_BYTES + text.length;
  return {
    put(value) {
      if (at + MAX_VARINT_BYTES > out.length) {
        const longer = new Uint8Array(out.length * 2);
        longer.set(out);
        out = longer;
      }
      let rest = value;
      for (; rest >= 0x80; rest = Math.floor(rest / 128)) out[at++] = (rest % 128) | 0x80;
      out[at++] = rest;
    },
    end: () => out.subarray(0, at),
  };
}
