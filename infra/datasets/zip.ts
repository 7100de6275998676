/**
 * Reads single members out of a ZIP archive in memory (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16): stored
 * and deflated members, no ZIP64, no encryption. A wheel is such an archive.
 */
import { inflateRawSync } from 'node:zlib';
import { MarqueeError } from '../../domain/errors.ts';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_SIZE = 22;
const MAX_COMMENT = 65_535;
const STORED = 0;
const DEFLATED = 8;
/** No member that Marquee reads is larger; a larger one is refused rather than inflated. */
const MAX_MEMBER_BYTES = 64 * 1024 * 1024;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly headerAt: number;
}

function corrupt(archive: string, actual: string, expected: string): MarqueeError {
  return new MarqueeError('DOWNLOAD_CORRUPT', { file: archive, actual, expected });
}

function findEnd(bytes: Buffer, archive: string): number {
  const lowest = Math.max(0, bytes.length - END_SIZE - MAX_COMMENT);
  for (let at = bytes.length - END_SIZE; at >= lowest; at -= 1) {
    if (bytes.readUInt32LE(at) === END_SIGNATURE) return at;
  }
  throw corrupt(archive, 'no end record', 'a ZIP archive');
}

function* entries(bytes: Buffer, archive: string): Generator<Entry> {
  const end = findEnd(bytes, archive);
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw corrupt(archive, `a broken directory at ${at}`, 'a directory entry');
    }
    const nameBytes = bytes.readUInt16LE(at + 28);
    yield {
      name: bytes.toString('utf8', at + 46, at + 46 + nameBytes),
      method: bytes.readUInt16LE(at + 10),
      packedBytes: bytes.readUInt32LE(at + 20),
      headerAt: bytes.readUInt32LE(at + 42),
    };
    at += 46 + nameBytes + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

function unpack(bytes: Buffer, entry: Entry, archive: string): Buffer {
  const { headerAt } = entry;
  const dataAt = headerAt + 30 + bytes.readUInt16LE(headerAt + 26) + bytes.readUInt16LE(headerAt + 28);
  const packed = bytes.subarray(dataAt, dataAt + entry.packedBytes);
  if (entry.method === STORED) return packed;
  if (entry.method === DEFLATED) return inflateRawSync(packed, { maxOutputLength: MAX_MEMBER_BYTES });
  throw corrupt(archive, `method ${entry.method} for ${entry.name}`, 'stored or deflated');
}

/** The members whose names end as asked, by that ending. Throws DOWNLOAD_CORRUPT when one is missing. */
export function readZipMembers(
  bytes: Buffer,
  endings: readonly string[],
  archive: string,
): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const entry of entries(bytes, archive)) {
    const ending = endings.find((candidate) => entry.name.endsWith(candidate));
    if (ending !== undefined) found.set(ending, unpack(bytes, entry, archive));
  }
  for (const ending of endings) {
    if (!found.has(ending)) throw corrupt(archive, `no member ${ending}`, `a member ${ending}`);
  }
  return found;
}
