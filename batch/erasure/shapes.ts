/** The shapes in which an id may be met, in text and in bytes: as it is, and as others write it. */
import { isDistinctive } from '../../domain/erasure/distinctive.ts';
import { hashProfile } from '../../domain/hash.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';

export interface IdShape {
  /** `id`, `hash`, `escaped`, `percent`, `base64` or `hex`. */
  readonly as: string;
  readonly bytes: Buffer;
}

/**
 * What is looked for anywhere. An id that is short could be any word, so of such only the unkeyed hash is: a number of
 * sixteen digits is no other by chance.
 */
export function shapesOf(profileId: string): readonly IdShape[] {
  const bytes = Buffer.from(profileId);
  const written = [
    { as: 'id', text: profileId },
    { as: 'escaped', text: JSON.stringify(profileId).slice(1, -1) },
    { as: 'percent', text: encodeURIComponent(profileId) },
    { as: 'base64', text: bytes.toString('base64').replace(/=+$/, '') },
    { as: 'hex', text: bytes.toString('hex') },
  ];
  const shapes = [
    ...(isDistinctive(profileId) ? written : []),
    { as: 'hash', text: String(hashProfile(profileId)) },
  ];
  return shapes
    .filter(({ text }, at) => shapes.findIndex((one) => one.text === text) === at)
    .map(({ as, text }) => ({ as, bytes: Buffer.from(text) }));
}

/** The first shape that the bytes hold, whole: `u-1` is not in `u-12`. */
export function shapeIn(within: Uint8Array, shapes: readonly IdShape[]): string | undefined {
  const bytes = Buffer.from(within.buffer, within.byteOffset, within.byteLength);
  return shapes.find((shape) => holdsWhole(bytes, shape.bytes))?.as;
}

function holdsWhole(bytes: Buffer, wanted: Buffer): boolean {
  for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
    const isWord = !isWordByte(bytes[at - 1]) && !isWordByte(bytes[at + wanted.length]);
    if (isWord || isCounted(bytes, at, wanted.length)) return true;
  }
  return false;
}

/** Letters, digits, `_` and `-`. */
const isWordByte = (byte: number | undefined): boolean =>
  byte !== undefined && /[A-Za-z0-9_-]/.test(String.fromCharCode(byte));

/** Whether the length stands before it, as Avro (a zigzag varint) and MessagePack (fixstr, str 8) write texts. */
function isCounted(bytes: Buffer, at: number, length: number): boolean {
  const [before, earlier] = [bytes[at - 1], bytes[at - 2]];
  const zigzag = 2 * length;
  const isAvro =
    zigzag < 0x80 ? before === zigzag : before === zigzag >> 7 && earlier === ((zigzag & 0x7f) | 0x80);
  const isMessagePack = length < 32 ? before === (0xa0 | length) : before === length && earlier === 0xd9;
  return isAvro || isMessagePack;
}

/** Whether a text holds the id whole. */
export function holdsSql(text: string, profileId: string): string {
  const escaped = profileId.replace(/[^A-Za-z0-9_]/g, (letter) =>
    letter.charCodeAt(0) < 128 ? `\\${letter}` : letter,
  );
  return `regexp_matches(${text}, ${quoteText(`(^|[^A-Za-z0-9_-])${escaped}([^A-Za-z0-9_-]|$)`)})`;
}
