/** A version of the view written from what was counted: all of it, or laid over the version before. */
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { partSql, type LocalPart } from '../parts.ts';
import { PART_OF, partNamesOf } from './base.ts';
import { nameInOrder, type Codes } from './codes.ts';
import type { ComputeOptions, PopularityParts } from './job.ts';
import type { Logged } from './log-slice.ts';
import type { LoggedEvents } from './logged-events.ts';
import { readRows } from './read-rows.ts';
import { dayOf, spanInName, spansOf, type Span } from './spans.ts';
import { someAtATime } from './some-at-a-time.ts';
import { createTotals } from './totals.ts';
import { finish, openWriting, united, withNewest, write, writeSpan, type Underlay } from './writing.ts';

export type { Underlay } from './writing.ts';

/** Writes the parts of what logSlice read, laid over a version where there is one. The same rows give the same bytes, however they came about. */
export async function writeVersion(
  connection: DuckDbConnection,
  options: ComputeOptions,
  logged: Logged,
  under?: Underlay,
): Promise<PopularityParts> {
  const writing = openWriting(connection, options, logged, under);
  const ofBase = under === undefined ? [] : partNamesOf('hours', under.parts);
  const based = ofBase.map((name) => spanInName(name, PART_OF.hours)!.fromDay);
  const bySpan: LocalPart[] = [];
  for (const span of spansOf([...logged.events.days, ...based, dayOf(options.asOf)], options.asOf))
    bySpan.push(...(await writeSpan(writing, span)));
  return finish(writing, bySpan);
}

/** A log of which some whole spans are read at a time. */
export interface LogInTurns {
  /** Of all of it. */
  readonly codes: Codes;
  readonly pieces: readonly Span[];
  read(piece: Span): Promise<LoggedEvents>;
  /** Lends a connection to write on; none is held while a piece is read, on one of its own. */
  use: DuckDbLake['read'];
}

/** DuckDB reads one while another is counted and written, on the thread that this runs on for the most part. */
const PIECES_AT_A_TIME = 2;

/** Writes what writeVersion writes of the log in one, with less of it in memory. */
export async function writeInTurns(
  options: ComputeOptions,
  { codes, pieces, read, use }: LogInTurns,
): Promise<PopularityParts> {
  const totals = createTotals(codes.names);
  const bySpan = await someAtATime(pieces, PIECES_AT_A_TIME, async (piece) => {
    const events = await read(piece);
    const written = await use(async (connection) => {
      const writing = openWriting(connection, options, { codes, events });
      const parts: LocalPart[] = [];
      for (const span of spansOf(events.days, options.asOf)) parts.push(...(await writeSpan(writing, span)));
      return { parts, totals: writing.totals.rows() };
    });
    totals.add(written.totals);
    return written.parts;
  });
  return use(async (connection) => {
    const whole = { ...openWriting(connection, options, { codes, events: undefined }), totals };
    return finish(whole, await withNewest(whole, bySpan.flat()));
  });
}

/**
 * Writes the parts of what logSlice read of some spans, and as `totals` what they add to the part of this name: joinPieces
 * makes a version of all pieces of a log.
 */
export async function writePiece(
  connection: DuckDbConnection,
  options: ComputeOptions,
  logged: Logged,
): Promise<LocalPart[]> {
  const writing = openWriting(connection, options, logged);
  const bySpan: LocalPart[] = [];
  for (const span of spansOf(logged.events.days, options.asOf))
    bySpan.push(...(await writeSpan(writing, span)));
  return [await write(writing, 'totals', 'totals', writing.totals.rows()), ...bySpan];
}

/** Makes a version of the pieces of a log, in their order: the same bytes as writeVersion makes of the log in one. */
export async function joinPieces(
  connection: DuckDbConnection,
  options: ComputeOptions,
  pieces: readonly (readonly LocalPart[])[],
): Promise<PopularityParts> {
  const totals = pieces.flat().flatMap(({ name, path }) => (name === 'totals' ? [partSql(path)] : []));
  const codes = await nameInOrder(
    connection,
    totals.map((part) => `SELECT title_id, country FROM ${part}`),
  );
  const writing = openWriting(connection, options, { codes, events: undefined });
  for (const part of totals)
    writing.totals.add(united('totals', [await readRows(connection, codes, 'totals', part)]));
  const bySpan = pieces.flat().filter(({ name }) => name !== 'totals');
  return finish(writing, await withNewest(writing, bySpan));
}
