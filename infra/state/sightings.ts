/**
 * When keys were last sighted, by a 96-bit hash of each: an open-addressing table on typed arrays, 20 bytes a slot. Two of
 * ten million keys in a window meet with a probability below 10^-14.
 */
import type { EpochMs } from '../../domain/time.ts';

export interface Sightings {
  /** Undefined where the key was not sighted at or after `from`. */
  lastSeen(key: KeyHash, from: EpochMs): EpochMs | undefined;
  /** Keeps the newest time. */
  add(a: number, b: number, c: number, time: EpochMs): void;
  /** Takes a sighting out, unless the key was sighted again since. */
  remove(a: number, b: number, c: number, time: EpochMs): void;
  /** How many keys are held, forgotten ones included until the table is made anew. */
  size(): number;
  /** Keys whose last sighting is before this may go. */
  forgetBefore(time: EpochMs): void;
}

/** The hash of one key, written over by the next: nothing is allocated. */
export interface KeyHash {
  a: number;
  b: number;
  c: number;
}

const EMPTY = -1;
const REMOVED = -2;
const FIRST_SLOTS = 1 << 12;
/** Slots in use, of eight. */
const FULLEST_EIGHTHS = 5;

/** Three lanes over the UTF-16 units, mixed at the end (after cyrb53, bryc 2018, and MurmurHash3's finaliser). */
export function hashKey(key: string, into: KeyHash): KeyHash {
  let a = 0x9e3779b9 | 0;
  let b = 0x41c6ce57;
  let c = 0x2545f491;
  for (let i = 0; i < key.length; i += 1) {
    const unit = key.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x9e3779b1);
    b = Math.imul(b ^ unit, 0x5f356495);
    c = Math.imul(c ^ unit, 0x85ebca77);
    c ^= c >>> 15;
  }
  const length = key.length;
  into.a = finished(a ^ Math.imul(b, 0xc2b2ae3d) ^ length);
  into.b = finished(b ^ Math.imul(c, 0x27d4eb2f));
  into.c = finished(c ^ Math.imul(a, 0x165667b1));
  return into;
}

function finished(word: number): number {
  let h = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export function createSightings(): Sightings {
  let slots = FIRST_SLOTS;
  let words = new Uint32Array(slots * 3);
  let times = new Float64Array(slots).fill(EMPTY);
  /** Slots that are not empty. */
  let used = 0;
  let removed = 0;
  let forgotten: EpochMs = 0;

  /** The slot that holds the key, or the empty one where it would go. */
  function slotOf(a: number, b: number, c: number): number {
    let slot = a & (slots - 1);
    while (times[slot] !== EMPTY) {
      const at = slot * 3;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c) return slot;
      slot = (slot + 1) & (slots - 1);
    }
    return slot;
  }

  function put(a: number, b: number, c: number, time: EpochMs): void {
    const slot = slotOf(a, b, c);
    const held = times[slot] as number;
    if (held === EMPTY) {
      used += 1;
      words[slot * 3] = a;
      words[slot * 3 + 1] = b;
      words[slot * 3 + 2] = c;
    } else if (held === REMOVED) removed -= 1;
    if (time > held) times[slot] = time;
  }

  /** A table of what is still held, with as much room again. */
  function renew(): void {
    const [oldWords, oldTimes] = [words, times];
    let live = 0;
    for (const time of oldTimes) if (time >= forgotten && time >= 0) live += 1;
    slots = FIRST_SLOTS;
    while (slots * FULLEST_EIGHTHS < live * 16) slots *= 2;
    words = new Uint32Array(slots * 3);
    times = new Float64Array(slots).fill(EMPTY);
    used = removed = 0;
    for (let slot = 0; slot < oldTimes.length; slot += 1) {
      const time = oldTimes[slot] as number;
      if (time < forgotten || time < 0) continue;
      const at = slot * 3;
      put(oldWords[at] as number, oldWords[at + 1] as number, oldWords[at + 2] as number, time);
    }
  }

  return {
    lastSeen({ a, b, c }, from) {
      const time = times[slotOf(a, b, c)] as number;
      return time >= 0 && time >= from ? time : undefined;
    },
    add(a, b, c, time) {
      if ((used + 1) * 8 > slots * FULLEST_EIGHTHS) renew();
      put(a, b, c, time);
    },
    remove(a, b, c, time) {
      const slot = slotOf(a, b, c);
      if (times[slot] !== time) return;
      times[slot] = REMOVED;
      removed += 1;
    },
    size: () => used - removed,
    forgetBefore(time) {
      forgotten = Math.max(forgotten, time);
    },
  };
}

const HEADER_BYTES = 8;
const ENTRY_BYTES = 20;

/** Sightings of one commit as bytes: the newest time, then of each three words and the time, little-endian. */
export function packSightings(seen: ReadonlyMap<string, EpochMs>, newest: EpochMs): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + seen.size * ENTRY_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hash: KeyHash = { a: 0, b: 0, c: 0 };
  view.setFloat64(0, newest, true);
  let at = HEADER_BYTES;
  for (const [key, time] of seen) {
    hashKey(key, hash);
    view.setUint32(at, hash.a, true);
    view.setUint32(at + 4, hash.b, true);
    view.setUint32(at + 8, hash.c, true);
    view.setFloat64(at + 12, time, true);
    at += ENTRY_BYTES;
  }
  return bytes;
}

export const newestOf = (packed: Buffer): EpochMs => packed.readDoubleLE(0);
export const countOf = (packed: Buffer): number => (packed.length - HEADER_BYTES) / ENTRY_BYTES;

export function eachSighting(
  packed: Buffer,
  take: (a: number, b: number, c: number, time: EpochMs) => void,
): void {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  for (let at = HEADER_BYTES; at < packed.length; at += ENTRY_BYTES) {
    take(
      view.getUint32(at, true),
      view.getUint32(at + 4, true),
      view.getUint32(at + 8, true),
      view.getFloat64(at + 12, true),
    );
  }
}
