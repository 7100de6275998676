/**
 * Gaps and repeats of one producer's sequence numbers. They are spread over topics and partitions and come in any
 * order, so numbers seen are bits in a sliding window; what is missing is lost once numbers above it stood in the log
 * for longer than the grace. State is bounded: a producer that runs further ahead than the window is not judged there.
 */
import type { EpochMs } from '../time.ts';

const WORD = 32;
const FIRST_WORDS = 64;
/** A million numbers; 384 KB at the most. */
const MOST_WORDS = 1 << 15;
/** Words with lost numbers that are remembered, in case these come after all. */
const MOST_LOST_WORDS = 256;
/**
 * A producer counts anew when so many numbers below the window came, over so long, and none above: fewer, or more at once,
 * are late ones or dead letters that were redriven.
 */
const RESTART_AFTER = 64;
const RESTART_AFTER_MS = 30_000;

export interface SequenceTrack {
  /** First number of the window, a multiple of 32. */
  base: number;
  /** Ring of words from `base` on; word w is at w modulo length. */
  bits: Uint32Array;
  /** When the first number of each word stood in the log; 0 for none. */
  touched: Float64Array;
  /** Highest number seen. */
  top: number;
  /** Numbers below this one are no business of ours: the producer was first heard there. */
  first: number;
  below: number;
  belowSince: EpochMs;
  /** Numbers found lost or repeated since `takeFound` asked. */
  lost: number;
  repeated: number;
  /** Numbers told as lost, as bits by the first number of their word. */
  readonly told: Map<number, number>;
  /** How many of those came after all since `takeFound` asked. */
  recovered: number;
  /** Times that the producer began to count anew. */
  restarts: number;
  /** Numbers pushed out of the window undecided. */
  unjudged: number;
}

export function createSequenceTrack(seq: number, time: EpochMs): SequenceTrack {
  const track: SequenceTrack = {
    base: 0,
    bits: new Uint32Array(FIRST_WORDS),
    touched: new Float64Array(FIRST_WORDS),
    top: 0,
    first: 0,
    below: 0,
    belowSince: 0,
    lost: 0,
    repeated: 0,
    told: new Map(),
    recovered: 0,
    restarts: 0,
    unjudged: 0,
  };
  beginAt(track, seq);
  noteSequence(track, seq, time);
  return track;
}

function beginAt(track: SequenceTrack, seq: number): void {
  track.bits.fill(0);
  track.touched.fill(0);
  track.told.clear();
  track.base = Math.floor(seq / WORD) * WORD;
  track.first = seq;
  track.top = seq;
  track.below = 0;
}

/** Takes one number, at the append time of its record. */
export function noteSequence(track: SequenceTrack, seq: number, time: EpochMs): void {
  if (seq < track.base) {
    recover(track, seq);
    if (track.below++ === 0) track.belowSince = time;
    if (track.below < RESTART_AFTER || time - track.belowSince < RESTART_AFTER_MS) return;
    track.restarts++;
    beginAt(track, seq);
  } else if (seq - track.top >= MOST_WORDS * WORD) {
    track.restarts++;
    beginAt(track, seq);
  }
  const word = Math.floor((seq - track.base) / WORD);
  if (word >= track.bits.length) makeRoom(track, seq);
  const at = Math.floor(seq / WORD) % track.bits.length;
  const bit = 1 << (seq % WORD);
  if ((track.bits[at]! & bit) !== 0) track.repeated++;
  track.bits[at]! |= bit;
  if (track.touched[at] === 0) track.touched[at] = time;
  track.below = 0;
  if (seq > track.top) track.top = seq;
}

/** Grows the window until `seq` fits, or moves it on, leaving what falls out undecided. */
function makeRoom(track: SequenceTrack, seq: number): void {
  const words = Math.floor((seq - track.base) / WORD) + 1;
  while (track.bits.length < Math.min(words, MOST_WORDS)) grow(track);
  while (Math.floor((seq - track.base) / WORD) >= track.bits.length) {
    track.unjudged += countBits(takeLowest(track));
  }
}

function grow(track: SequenceTrack): void {
  const { bits, touched } = track;
  const length = bits.length * 2;
  const newBits = new Uint32Array(length);
  const newTouched = new Float64Array(length);
  const from = track.base / WORD;
  for (let word = from; word < from + bits.length; word++) {
    newBits[word % length] = bits[word % bits.length]!;
    newTouched[word % length] = touched[word % bits.length]!;
  }
  track.bits = newBits;
  track.touched = newTouched;
}

/** Moves the window on by one word; returns those of its numbers that were never seen, as bits. */
function takeLowest(track: SequenceTrack): number {
  const at = (track.base / WORD) % track.bits.length;
  const before = Math.min(WORD, Math.max(0, track.first - track.base));
  // Numbers below the first one may have been seen or not: the audit was not there yet.
  const missing = before === WORD ? 0 : ~track.bits[at]! & (-1 << before);
  track.bits[at] = 0;
  track.touched[at] = 0;
  track.base += WORD;
  return missing;
}

/** Decides every word above which a number has stood in the log since `horizon - graceMs` or longer. */
export function decideSequence(track: SequenceTrack, horizon: EpochMs, graceMs: number): void {
  for (;;) {
    const settled = settledWord(track, horizon - graceMs);
    if (settled === undefined) return;
    while (track.base < settled) {
      const word = track.base;
      const missing = takeLowest(track);
      if (missing !== 0) tell(track, word, missing);
    }
  }
}

function tell(track: SequenceTrack, word: number, missing: number): void {
  track.lost += countBits(missing);
  track.told.set(word, missing);
  for (const oldest of track.told.keys()) {
    if (track.told.size <= MOST_LOST_WORDS) break;
    track.told.delete(oldest);
  }
}

/** A number below the window: if it was told as lost, it is so no longer. */
function recover(track: SequenceTrack, seq: number): void {
  const word = Math.floor(seq / WORD) * WORD;
  const missing = track.told.get(word) ?? 0;
  const left = missing & ~(1 << (seq % WORD));
  if (left === missing) return;
  if (left === 0) track.told.delete(word);
  else track.told.set(word, left);
  if (track.lost > 0) track.lost--;
  else track.recovered++;
}

/** What was found since it was last asked. */
export function takeFound(track: SequenceTrack): Readonly<Record<'lost' | 'repeated' | 'recovered', number>> {
  const { lost, repeated, recovered } = track;
  track.lost = 0;
  track.repeated = 0;
  track.recovered = 0;
  return { lost, repeated, recovered };
}

/** First number of the lowest word above the window's first that was touched, if that was long enough ago. */
function settledWord(track: SequenceTrack, latest: EpochMs): number | undefined {
  const { base, top, touched } = track;
  for (let number = base + WORD; number <= top; number += WORD) {
    const time = touched[(number / WORD) % touched.length]!;
    if (time > 0) return time <= latest ? number : undefined;
  }
  return undefined;
}

function countBits(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
