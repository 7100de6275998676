/**
 * Cuts a body into the bytes of its events without writing them anew, and parses each. A fault of one event is no
 * fault of the others, as long as it is clear where each begins and ends.
 */
import { isUtf8 } from 'node:buffer';
import { MarqueeError } from '../../domain/errors.ts';

export type BodyFormat = 'json' | 'ndjson';

/** One event as it came: its bytes, and what they mean; `value` is undefined when they are not JSON. */
export interface EventBytes {
  readonly bytes: Buffer;
  readonly value: unknown;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const NEWLINE = 0x0a;
const BETWEEN_OBJECTS = Buffer.from('},{');

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;

/**
 * The events of a body, in order. Throws BODY_INVALID when no event can be told from another, BATCH_EMPTY when there
 * is none and BATCH_TOO_LONG when there are more than `maxEvents`.
 */
export function cutEvents(body: Buffer, format: BodyFormat, maxEvents: number): EventBytes[] {
  const events = format === 'ndjson' ? cutLines(body, maxEvents) : cutJson(body, maxEvents);
  if (events.length === 0) throw new MarqueeError('BATCH_EMPTY');
  return isUtf8(body) ? events : events.map((event) => (isUtf8(event.bytes) ? event : notJson(event.bytes)));
}

const notJson = (bytes: Buffer): EventBytes => ({ bytes, value: undefined });

function parse(bytes: Buffer): EventBytes {
  try {
    return { bytes, value: JSON.parse(bytes.toString()) as unknown };
  } catch {
    return notJson(bytes);
  }
}

function tooLong(count: number, limit: number): MarqueeError {
  return new MarqueeError('BATCH_TOO_LONG', { count, limit });
}

function cutLines(body: Buffer, maxEvents: number): EventBytes[] {
  const events: EventBytes[] = [];
  for (let start = 0; start < body.length;) {
    const newline = body.indexOf(NEWLINE, start);
    const end = newline < 0 ? body.length : newline;
    const line = trim(body, start, end);
    if (line.length > 0) {
      if (events.length === maxEvents) throw tooLong(maxEvents + 1, maxEvents);
      events.push(parse(line));
    }
    start = end + 1;
  }
  return events;
}

function trim(body: Buffer, from: number, to: number): Buffer {
  let start = from;
  let end = to;
  while (start < end && isSpace(body[start])) start += 1;
  while (end > start && isSpace(body[end - 1])) end -= 1;
  return body.subarray(start, end);
}

function cutJson(body: Buffer, maxEvents: number): EventBytes[] {
  const text = trim(body, 0, body.length);
  if (text.length === 0) return [];
  if (text[0] === OPEN_OBJECT) return [parse(text)];
  if (text[0] !== OPEN_LIST) {
    throw new MarqueeError('BODY_INVALID', { reason: 'it is neither a JSON array nor a JSON object' });
  }
  return cutTight(text, maxEvents) ?? cutLoose(text, maxEvents);
}

/**
 * Cuts at every `},{`. Wrong cuts cannot go unseen: texts that are JSON values by themselves, with commas between, are
 * the one way to read the array. Undefined when a piece is no JSON value, which says nothing about the body yet.
 */
function cutTight(list: Buffer, maxEvents: number): EventBytes[] | undefined {
  const last = list.length - 1;
  if (list[1] !== OPEN_OBJECT || list[last] !== CLOSE_LIST || list[last - 1] !== CLOSE_OBJECT)
    return undefined;
  const events: EventBytes[] = [];
  for (let start = 1; start < last;) {
    const cut = list.indexOf(BETWEEN_OBJECTS, start);
    const end = cut < 0 ? last : cut + 1;
    const event = parse(list.subarray(start, end));
    if (event.value === undefined) return undefined;
    if (events.length === maxEvents) throw tooLong(maxEvents + 1, maxEvents);
    events.push(event);
    start = end + 1;
  }
  return events;
}

/** Cuts where the nesting says, byte by byte: arrays with spaces between, and arrays with broken events in them. */
function cutLoose(list: Buffer, maxEvents: number): EventBytes[] {
  const events: EventBytes[] = [];
  let depth = 0;
  let start = 1;
  const take = (end: number): void => {
    if (events.length === maxEvents) throw tooLong(maxEvents + 1, maxEvents);
    events.push(parse(trim(list, start, end)));
    start = end + 1;
  };
  for (let at = 1; at < list.length; at += 1) {
    const byte = list[at];
    if (byte === QUOTE) at = endOfText(list, at);
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth += 1;
    else if (byte === COMMA && depth === 0) take(at);
    else if (byte === CLOSE_OBJECT) depth -= 1;
    else if (byte === CLOSE_LIST) {
      depth -= 1;
      if (depth < 0) return endOfList(list, at, start, events, take);
    }
    if (depth < 0) break;
  }
  throw new MarqueeError('BODY_INVALID', { reason: 'its array is not closed' });
}

function endOfList(
  list: Buffer,
  at: number,
  start: number,
  events: EventBytes[],
  take: (end: number) => void,
): EventBytes[] {
  if (at !== list.length - 1)
    throw new MarqueeError('BODY_INVALID', { reason: 'something follows its array' });
  if (events.length > 0 || trim(list, start, at).length > 0) take(at);
  return events;
}

/** The position of the quote that closes the text opened at `at`; the end of the list when there is none. */
function endOfText(list: Buffer, at: number): number {
  for (let next = at + 1; next < list.length; next += 1) {
    if (list[next] === BACKSLASH) next += 1;
    else if (list[next] === QUOTE) return next;
  }
  return list.length;
}
