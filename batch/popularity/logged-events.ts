/** Events of a slice of the log in columns of numbers, to be had by the days on which they were appended. */
import type { MeasureLimits } from '../../domain/measures.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { CodesByKey, Named } from './codes.ts';
import { wordsOf } from './key-index.ts';
import { allRows, type Key } from './keys.ts';
import { provenRows, type Proofs } from './proven.ts';
import { createScratch, type Scratch } from './scratch.ts';
import type { Span } from './spans.ts';

/** What an event counts for. */
export const WHAT = { started: 0, seen: 1, stopped: 2, proven: 3 } as const;

export interface Events {
  readonly size: number;
  readonly what: Int8Array;
  readonly title: Key;
  readonly country: Key;
  /** 0 but for impressions. */
  readonly row: Key;
  /** Five minutes of event time each; -1 out of every window. */
  readonly bucket: Key;
  /** 64 bits an event, two words each: what a cap is of. */
  readonly caps: Uint32Array;
  readonly offset: Float64Array;
  /** Where stretches of events end, none of which has a cap in common with another; the last is `size`. */
  readonly ends: readonly number[];
  /** 0 where an event is there for the caps of others alone. */
  readonly isCounted: Int8Array;
  /** Of those that stopped. */
  readonly seconds: Float64Array;
  /** Of those that started; -1 where there is none. */
  readonly profileHash: Float64Array;
}

export interface LoggedEvents {
  /** Days of append time on which there is something to count. */
  readonly days: readonly number[];
  /** Valid until the next is asked for. */
  of(span: Span): Events;
}

/** What is read of either table, as in plays-logged.sql and impressions-logged.sql. */
interface Logged {
  /** Window of caps that an event was appended in. */
  readonly window: Key;
  readonly title: Key;
  readonly country: Key;
  readonly bucket: Key;
  readonly caps: Uint32Array;
  readonly offset: Float64Array;
  readonly isCounted: Int8Array;
}

interface LoggedPlays extends Logged {
  readonly what: Int8Array;
  readonly seconds: Float64Array;
  readonly profileHash: Float64Array;
}

/** Some rows of a table, by window of caps; they count for one thing, or for what `what` says. */
interface Source {
  readonly from: Logged;
  readonly what: number | undefined;
  readonly rowsByWindow: ReadonlyMap<number, Uint32Array>;
}

export function loggedEvents(
  { plays, impressions }: { readonly plays: ColumnSet; readonly impressions: ColumnSet },
  codes: CodesByKey,
  { qualifyWindowMs, capWindowMs }: MeasureLimits,
  scratch: Scratch = createScratch(),
): LoggedEvents {
  const windowsADay = DAY_MS / capWindowMs;
  const seen = { ...loggedOf(impressions, codes), row: codesIn(impressions, codes, 'row') };
  const played: LoggedPlays = {
    ...loggedOf(plays, codes),
    what: columnOf(plays, 'what'),
    seconds: columnOf(plays, 'seconds'),
    profileHash: columnOf(plays, 'profile_hash'),
  };
  const proofs: Proofs = {
    isProof: columnOf(plays, 'is_proof'),
    plays: wordsOf(columnOf(plays, 'play_key')),
    offset: played.offset,
    appendMs: columnOf(plays, 'append_ms'),
  };
  const sources: Source[] = [
    { from: seen, what: WHAT.seen, rowsByWindow: byWindow(seen.window, allRows(seen.window.length)) },
    { from: played, what: undefined, rowsByWindow: byWindow(played.window, known(played.what)) },
    {
      from: played,
      what: WHAT.proven,
      rowsByWindow: byWindow(played.window, provenRows(proofs, qualifyWindowMs)),
    },
  ];
  return {
    days: countedDays(sources, windowsADay),
    of: ({ fromDay, toDay }) => {
      const isOf = (window: number): boolean =>
        window >= fromDay * windowsADay && window < toDay * windowsADay;
      const taken = sources.flatMap(({ from, what, rowsByWindow }) =>
        [...rowsByWindow].flatMap(([window, rows]) => (isOf(window) ? [{ from, what, rows }] : [])),
      );
      return gathered(taken, seen.row, played, scratch);
    },
  };
}

/** Of the type that the statement gives it. */
const columnOf = ({ columns }: ColumnSet, name: string): never => columns[name]!.values as never;

const codesIn = (read: ColumnSet, codes: CodesByKey, column: Named): Key =>
  codes.codesOf(column, columnOf(read, `${column === 'title_id' ? 'title' : column}_key`));

const loggedOf = (read: ColumnSet, codes: CodesByKey): Logged => ({
  window: columnOf(read, 'cap_window'),
  title: codesIn(read, codes, 'title_id'),
  country: codesIn(read, codes, 'country'),
  bucket: columnOf(read, 'bucket'),
  caps: wordsOf(columnOf(read, 'cap_key')),
  offset: columnOf(read, 'offset'),
  isCounted: columnOf(read, 'is_counted'),
});

/** Rows that count for something. */
function known(what: Int8Array): Uint32Array {
  const rows = new Uint32Array(what.length);
  let count = 0;
  for (let row = 0; row < what.length; row++) if (what[row]! >= 0) rows[count++] = row;
  return rows.subarray(0, count);
}

/** Rows come by the hour, as files have them: in long stretches of one window. */
function byWindow(window: Key, rows: Uint32Array): Map<number, Uint32Array> {
  const windows = new Map<number, Uint32Array[]>();
  for (let at = 0; at < rows.length;) {
    const of = window[rows[at]!]!;
    const from = at;
    while (at < rows.length && window[rows[at]!] === of) at++;
    const stretches = windows.get(of);
    if (stretches === undefined) windows.set(of, [rows.subarray(from, at)]);
    else stretches.push(rows.subarray(from, at));
  }
  return new Map([...windows].map(([of, stretches]) => [of, joined(stretches)]));
}

function countedDays(sources: readonly Source[], windowsADay: number): number[] {
  const days = new Set<number>();
  for (const { from, rowsByWindow } of sources)
    for (const [window, rows] of rowsByWindow)
      if (rows.some((row) => from.isCounted[row] === 1)) days.add(Math.floor(window / windowsADay));
  return [...days].sort((a, b) => a - b);
}

function joined(stretches: readonly Uint32Array[]): Uint32Array {
  if (stretches.length === 1) return stretches[0]!;
  const into = new Uint32Array(stretches.reduce((sum, rows) => sum + rows.length, 0));
  let at = 0;
  for (const rows of stretches) {
    into.set(rows, at);
    at += rows.length;
  }
  return into;
}

function gathered(
  taken: readonly { from: Logged; what: number | undefined; rows: Uint32Array }[],
  rowOfSeen: Key,
  played: LoggedPlays,
  scratch: Scratch,
): Events {
  const size = taken.reduce((sum, { rows }) => sum + rows.length, 0);
  const events = {
    size,
    what: scratch.int8('what', size),
    title: scratch.int32('title', size),
    country: scratch.int32('country', size),
    row: scratch.int32('row', size),
    bucket: scratch.int32('bucket', size),
    caps: scratch.uint32('caps', 2 * size),
    offset: scratch.float64('offset', size),
    isCounted: scratch.int8('is counted', size),
    seconds: scratch.float64('seconds', size),
    profileHash: scratch.float64('profile hash', size),
  };
  const ends: number[] = [];
  let at = 0;
  for (const { from, what, rows } of taken) {
    const to = at + rows.length;
    gather(events.title.subarray(at, to), from.title, rows);
    gather(events.country.subarray(at, to), from.country, rows);
    gather(events.bucket.subarray(at, to), from.bucket, rows);
    gather(events.offset.subarray(at, to), from.offset, rows);
    gather(events.isCounted.subarray(at, to), from.isCounted, rows);
    gatherPairs(events.caps.subarray(2 * at, 2 * to), from.caps, rows);
    if (what === undefined) {
      gather(events.what.subarray(at, to), played.what, rows);
      gather(events.seconds.subarray(at, to), played.seconds, rows);
      gather(events.profileHash.subarray(at, to), played.profileHash, rows);
    } else {
      events.what.fill(what, at, to);
      events.seconds.fill(0, at, to);
      events.profileHash.fill(-1, at, to);
    }
    if (what === WHAT.seen) gather(events.row.subarray(at, to), rowOfSeen, rows);
    else events.row.fill(0, at, to);
    at = to;
    ends.push(to);
  }
  return { ...events, ends };
}

function gather<T extends Int8Array | Int32Array | Float64Array>(into: T, from: T, rows: Uint32Array): void {
  for (let i = 0; i < rows.length; i++) into[i] = from[rows[i]!]!;
}

function gatherPairs(into: Uint32Array, from: Uint32Array, rows: Uint32Array): void {
  for (let i = 0; i < rows.length; i++) {
    const row = 2 * rows[i]!;
    into[2 * i] = from[row]!;
    into[2 * i + 1] = from[row + 1]!;
  }
}
