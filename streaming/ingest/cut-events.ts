/**
 * Cuts a body into the bytes of its events without writing them anew, and parses each. A fault of one event is no
 * fault of the others, as long as it is clear where each begins and ends.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { MarqueeError } from '../../domain/errors.ts';

export type BodyFormat = 'json' | 'ndjson';

/**
 * Turns one event, as it came, into what is kept of it; `value` is undefined when the bytes are not JSON. Called as
 * soon as an event is parsed, so that its objects need not outlive it; may be called more than once for an event.
 */
export type ReadEvent<T> = (bytes: Buffer, value: unknown) => T;

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NEWLINE = 0x0a;
const COLON = 0x3a;
const LONGEST_OPENING = 64;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;

/**
 * What `read` makes of the events of a body, in order. Throws BODY_INVALID when no event can be told from another,
 * BATCH_EMPTY when there is none and BATCH_TOO_LONG when there are more than `maxEvents`.
 */
export function cutEvents<T>(body: Buffer, format: BodyFormat, maxEvents: number, read: ReadEvent<T>): T[] {
  const collected = createCollector(maxEvents, isUtf8(body), read);
  const events = format === 'ndjson' ? cutLines(body, collected) : cutJson(body, collected);
  if (events.length === 0) throw new MarqueeError('BATCH_EMPTY');
  return events;
}

interface Collector<T> {
  events: T[];
  /** Keeps the event of these bytes, which say `text`; answers whether they are JSON. */
  take(bytes: Buffer, text?: string): boolean;
}

function createCollector<T>(maxEvents: number, allUtf8: boolean, read: ReadEvent<T>): Collector<T> {
  const collector: Collector<T> = {
    events: [],
    take(bytes, text) {
      const { events } = collector;
      if (events.length === maxEvents) {
        throw new MarqueeError('BATCH_TOO_LONG', { count: maxEvents + 1, limit: maxEvents });
      }
      const value = allUtf8 || isUtf8(bytes) ? parse(text ?? bytes.toString()) : undefined;
      events.push(read(bytes, value));
      return value !== undefined;
    },
  };
  return collector;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function cutLines<T>(body: Buffer, collector: Collector<T>): T[] {
  for (let start = 0; start < body.length;) {
    const newline = body.indexOf(NEWLINE, start);
    const end = newline < 0 ? body.length : newline;
    const line = trim(body, start, end);
    if (line.length > 0) collector.take(line);
    start = end + 1;
  }
  return collector.events;
}

function trim(body: Buffer, from: number, to: number): Buffer {
  let start = from;
  let end = to;
  while (start < end && isSpace(body[start])) start += 1;
  while (end > start && isSpace(body[end - 1])) end -= 1;
  return body.subarray(start, end);
}

function cutJson<T>(body: Buffer, collector: Collector<T>): T[] {
  const text = trim(body, 0, body.length);
  if (text.length === 0) return [];
  if (text[0] === OPEN_OBJECT) collector.take(text);
  else if (text[0] !== OPEN_LIST) {
    throw new MarqueeError('BODY_INVALID', { reason: 'it is neither a JSON array nor a JSON object' });
  } else if (!cutAlike(text, collector)) {
    collector.events = [];
    cutLoose(text, collector);
  }
  return collector.events;
}

/**
 * Cuts where an object begins as the first one does: `{"kind":`. Wrong cuts cannot go unseen: texts that are JSON
 * values by themselves, with commas between, are the one way to read the array. False when a piece is no JSON value,
 * which says nothing about the body yet.
 */
function cutAlike<T>(list: Buffer, collector: Collector<T>): boolean {
  const opening = openingOf(list);
  if (opening === undefined) return false;
  // In ASCII, places in the text are places in the bytes, and one decoding serves all events.
  const text = isAscii(list) ? list.toString('latin1') : undefined;
  const find = text === undefined ? findIn(list, opening) : findIn(text, opening.toString('latin1'));
  const last = list.length - 1;
  for (let start = find(1); ;) {
    const next = find(start + opening.length);
    const end = endBefore(list, next < 0 ? last : next, next >= 0);
    if (end < start || !collector.take(list.subarray(start, end), text?.slice(start, end))) return false;
    if (next < 0) return list[last] === CLOSE_LIST;
    start = next;
  }
}

function findIn<T extends string | Buffer>(all: T, wanted: T): (from: number) => number {
  return (from) => all.indexOf(wanted as string, from);
}

/** The bytes of the first object up to its first colon; undefined when the array does not begin with an object. */
function openingOf(list: Buffer): Buffer | undefined {
  let start = 1;
  while (isSpace(list[start])) start += 1;
  const colon = list.indexOf(COLON, start);
  if (list[start] !== OPEN_OBJECT || colon < 0 || colon - start > LONGEST_OPENING) return undefined;
  return list.subarray(start, colon + 1);
}

/** Where the object before `at` ends: before spaces and, between two objects, one comma. -1 where there is none. */
function endBefore(list: Buffer, at: number, isBetween: boolean): number {
  let end = at;
  while (isSpace(list[end - 1])) end -= 1;
  if (!isBetween) return end;
  if (list[end - 1] !== COMMA) return -1;
  end -= 1;
  while (isSpace(list[end - 1])) end -= 1;
  return end;
}

/** Cuts where the nesting says, byte by byte: arrays of unlike objects, and arrays with broken events in them. */
function cutLoose<T>(list: Buffer, collector: Collector<T>): void {
  let depth = 0;
  let start = 1;
  for (let at = 1; at < list.length && depth >= 0; at += 1) {
    const byte = list[at];
    if (byte === QUOTE) at = endOfText(list, at);
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === CLOSE_OBJECT) depth -= 1;
    else if (byte === COMMA && depth === 0) {
      collector.take(trim(list, start, at));
      start = at + 1;
    } else if (byte === CLOSE_LIST) {
      depth -= 1;
      if (depth >= 0) continue;
      if (at !== list.length - 1)
        throw new MarqueeError('BODY_INVALID', { reason: 'something follows its array' });
      const rest = trim(list, start, at);
      if (start > 1 || rest.length > 0) collector.take(rest);
      return;
    }
  }
  throw new MarqueeError('BODY_INVALID', { reason: 'its array is not closed' });
}

/** The position of the quote that closes the text opened at `at`; the end of the list when there is none. */
function endOfText(list: Buffer, at: number): number {
  for (let next = at + 1; next < list.length; next += 1) {
    if (list[next] === BACKSLASH) next += 1;
    else if (list[next] === QUOTE) return next;
  }
  return list.length;
}
