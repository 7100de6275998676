/**
 * Where an answer goes on: what was shown, by number, in a text that any replica can read. Nothing is kept here, and it
 * grants nothing: it only leaves titles out. It holds while titles have the numbers they had, and not for ever.
 *
 * `<recommendation id>.<time, base 36>.<numbering, base 36>.<numbers>`: how many rows, of each its kind, subject and how many
 * of its titles were shown, then the titles, rising, by their differences; seven bits to a byte, as base64url.
 */
import { MarqueeError } from '../../domain/errors.ts';
import type { RowRef } from '../../domain/ranking/request.ts';
import { ROW_KINDS } from '../../domain/ranking/types.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { NumberedTitles } from '../library/titles.ts';

export interface RowShown extends RowRef {
  readonly shown: number;
}

export interface Cursor {
  /** Of the answer that is gone on from. */
  readonly recommendationId: string;
  readonly at: EpochMs;
  readonly rows: readonly RowShown[];
  /** Titles that were shown. */
  readonly titles: readonly number[];
}

/** Titles that a cursor can hold: many screens. */
const MOST_SHOWN = 2000;
const MOST_ROWS = 100;
export const MOST_CURSOR_LENGTH = 16_000;
const MOST_BYTES_A_NUMBER = 5;
const BYTE_VALUES = 256;
const CURSOR = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-z]{1,10})\.([0-9a-z]{1,7})\.([\w-]*)$/;

/** A cursor is written in one go. */
let rising = new Uint32Array(MOST_SHOWN);
let other = new Uint32Array(MOST_SHOWN);
const places = new Uint32Array(BYTE_VALUES);
const scratch = Buffer.allocUnsafe((MOST_SHOWN + 3 * MOST_ROWS + 1) * MOST_BYTES_A_NUMBER);

/** Null where so much was shown that there is no going on. */
export function writeCursor(
  { recommendationId, at, rows, titles }: Cursor,
  { numbering }: Pick<NumberedTitles, 'numbering'>,
): string | null {
  if (titles.length > MOST_SHOWN || rows.length > MOST_ROWS) return null;
  let end = put(0, rows.length);
  for (const { kind, subject, shown } of rows)
    end = put(put(put(end, ROW_KINDS.indexOf(kind)), subject + 1), shown);
  let last = 0;
  const sorted = sortNumbers(titles);
  for (let i = 0; i < titles.length; i++) {
    end = put(end, sorted[i]! - last);
    last = sorted[i]!;
  }
  const numbers = scratch.toString('base64url', 0, end);
  return `${recommendationId}.${at.toString(36)}.${numbering.toString(36)}.${numbers}`;
}

/** Byte by byte, the lowest first: a typed array's own sort takes several times as long for so few. */
function sortNumbers(numbers: readonly number[]): Uint32Array {
  let most = 0;
  for (let i = 0; i < numbers.length; i++) {
    rising[i] = numbers[i]!;
    most = Math.max(most, numbers[i]!);
  }
  for (let shift = 0; most >= 2 ** shift; shift += 8) {
    places.fill(0);
    for (let i = 0; i < numbers.length; i++) places[(rising[i]! >>> shift) & 0xff]! += 1;
    let before = 0;
    for (let value = 0; value < BYTE_VALUES; value++) {
      const count = places[value]!;
      places[value] = before;
      before += count;
    }
    for (let i = 0; i < numbers.length; i++) {
      const place = (rising[i]! >>> shift) & 0xff;
      other[places[place]!++] = rising[i]!;
    }
    [rising, other] = [other, rising];
  }
  return rising;
}

function put(at: number, value: number): number {
  let end = at;
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) scratch[end++] = (rest & 0x7f) | 0x80;
  scratch[end++] = rest;
  return end;
}

/** REQUEST_INVALID for what was never a cursor, CURSOR_EXPIRED for one that is too old or of other titles. */
export function readCursor(text: string, titles: NumberedTitles, now: EpochMs, ttlMs: number): Cursor {
  const [, recommendationId, at, numbering, numbers] = CURSOR.exec(text) ?? [];
  const read = numbers === undefined ? undefined : readNumbers(numbers);
  if (recommendationId === undefined || read === undefined)
    throw new MarqueeError('REQUEST_INVALID', {
      ...{ field: 'cursor', shape: `a text of ${text.length} characters` },
      expected: 'the cursor of an answer',
    });
  const time = parseInt(at!, 36);
  if (parseInt(numbering!, 36) !== titles.numbering || !isOf(read, titles))
    throw new MarqueeError('CURSOR_EXPIRED', { reason: 'the catalogue is another by now' });
  if (!(now - time < ttlMs))
    throw new MarqueeError('CURSOR_EXPIRED', { reason: `it is older than ${ttlMs} ms` });
  return { recommendationId, at: time, ...read };
}

const isOf = ({ rows, titles }: Pick<Cursor, 'rows' | 'titles'>, { count }: NumberedTitles): boolean =>
  titles.every((title) => title < count) && rows.every(({ subject }) => subject < count);

/** Undefined for what `writeCursor` would not have written. */
function readNumbers(text: string): Pick<Cursor, 'rows' | 'titles'> | undefined {
  const numbers: number[] = [];
  let [value, scale] = [0, 1];
  for (const byte of Buffer.from(text, 'base64url')) {
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
    if (value > 0xffff_ffff) return undefined;
    if (byte >= 0x80) continue;
    numbers.push(value);
    [value, scale] = [0, 1];
  }
  const [count = Infinity] = numbers;
  const shown = numbers.length - 1 - 3 * count;
  if (scale !== 1 || count > MOST_ROWS || !(shown >= 0 && shown <= MOST_SHOWN)) return undefined;
  const rows: RowShown[] = [];
  for (let at = 1; rows.length < count; at += 3) {
    const kind = ROW_KINDS[numbers[at]!];
    if (kind === undefined) return undefined;
    rows.push({ kind, subject: numbers[at + 1]! - 1, shown: numbers[at + 2]! });
  }
  let last = 0;
  return { rows, titles: numbers.slice(1 + 3 * count).map((difference) => (last += difference)) };
}
