/**
 * Where an answer goes on: what was shown, by number, in a text that any replica can read. Nothing is kept here, and it
 * grants nothing: it only leaves titles out. It holds while titles have the numbers they had, and not for ever.
 */
import { z } from 'zod';
import { MarqueeError } from '../../domain/errors.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { NumberedTitles } from '../library/titles.ts';

export interface Cursor {
  /** Of the answer that is gone on from. */
  readonly recommendationId: string;
  readonly at: EpochMs;
  /** Rows by name, with how many titles of each were shown. */
  readonly rows: readonly (readonly [row: string, shown: number])[];
  /** Titles that were shown. */
  readonly titles: readonly number[];
}

/** Titles that a cursor can hold: many screens. */
const MOST_SHOWN = 2000;
const MOST_ROWS = 100;
export const MOST_CURSOR_LENGTH = 16_000;

const stored = z.object({
  r: z.uuid(),
  t: z.number(),
  n: z.int(),
  w: z.array(z.tuple([z.string().max(300), z.int().min(0).max(MOST_SHOWN)])).max(MOST_ROWS),
  s: z.string(),
});

/** Null where so much was shown that there is no going on. */
export function writeCursor(
  { recommendationId, at, rows, titles }: Cursor,
  numbering: number,
): string | null {
  if (titles.length > MOST_SHOWN || rows.length > MOST_ROWS) return null;
  const text = JSON.stringify({ r: recommendationId, t: at, n: numbering, w: rows, s: packNumbers(titles) });
  return Buffer.from(text).toString('base64url');
}

/** REQUEST_INVALID for what was never a cursor, CURSOR_EXPIRED for one that is too old or of other titles. */
export function readCursor(text: string, titles: NumberedTitles, now: EpochMs, ttlMs: number): Cursor {
  const parsed = stored.safeParse(parseOrNull(Buffer.from(text, 'base64url').toString()));
  const shown = parsed.success ? unpackNumbers(parsed.data.s) : undefined;
  if (!parsed.success || shown === undefined)
    throw new MarqueeError('REQUEST_INVALID', {
      ...{ field: 'cursor', shape: `a text of ${text.length} characters` },
      expected: 'the cursor of an answer',
    });
  const { r, t, n, w } = parsed.data;
  if (n !== titles.numbering || shown.some((title) => title >= titles.count))
    throw new MarqueeError('CURSOR_EXPIRED', { reason: 'the catalogue is another by now' });
  if (!(now - t < ttlMs))
    throw new MarqueeError('CURSOR_EXPIRED', { reason: `it is older than ${ttlMs} ms` });
  return { recommendationId: r, at: t, rows: w, titles: shown };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Rising numbers by their differences, seven bits to a byte, as base64url. */
function packNumbers(numbers: readonly number[]): string {
  const sorted = Uint32Array.from(numbers).sort();
  const bytes = Buffer.allocUnsafe(sorted.length * 5);
  let [at, last] = [0, 0];
  for (const number of sorted) {
    let difference = number - last;
    last = number;
    for (; difference >= 0x80; difference >>>= 7) bytes[at++] = (difference & 0x7f) | 0x80;
    bytes[at++] = difference;
  }
  return bytes.toString('base64url', 0, at);
}

/** Undefined for what `packNumbers` would not have written. */
function unpackNumbers(text: string): number[] | undefined {
  const numbers: number[] = [];
  let [value, scale, last] = [0, 1, 0];
  for (const byte of Buffer.from(text, 'base64url')) {
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (value > 0xffff_ffff || numbers.length > MOST_SHOWN) return undefined;
    if (byte >= 0x80) continue;
    last += value;
    numbers.push(last);
    [value, scale] = [0, 1];
  }
  return scale === 1 ? numbers : undefined;
}
