/** A version of the view written from what was counted: all of it, or laid over the version before. */
import { partSql, type LocalPart } from '../parts.ts';
import { PART_OF, partNamesOf } from './base.ts';
import { nameInOrder } from './codes.ts';
import { finish } from './finish.ts';
import type { ComputeOptions, PopularityParts } from './job.ts';
import type { Logged } from './log-slice.ts';
import type { LogInTurns } from './log-in-turns.ts';
import { readRows } from './read-rows.ts';
import { dayOf, spanInName, spansOf } from './spans.ts';
import { someAtATime } from './some-at-a-time.ts';
import { countSpans, withNewest } from './write-spans.ts';
import { openWriting, united, write, type Underlay, type Use, type Writing } from './writing.ts';

export type { Underlay, Use } from './writing.ts';

/** Writes the parts of what logSlice read, laid over a version where there is one. The same rows give the same bytes, however they came about. */
export async function writeVersion(
  use: Use,
  options: ComputeOptions,
  logged: Logged,
  under?: Underlay,
): Promise<PopularityParts> {
  const writing = openWriting(use, options, logged, under);
  const ofBase = under === undefined ? [] : partNamesOf('hours', under.parts);
  const based = ofBase.map((name) => spanInName(name, PART_OF.hours)!.fromDay);
  const days = [...logged.counted.days, ...based, dayOf(options.asOf)];
  return finish(writing, await countSpans(writing, spansOf(days, options.asOf)));
}

/** DuckDB reads one while another is counted and a third is written. */
const PIECES_AT_A_TIME = 3;

/** Writes what writeVersion writes of the log in one, with less of it in memory. */
export async function writeInTurns(options: ComputeOptions, log: LogInTurns): Promise<PopularityParts> {
  const { whole, bySpan } = await spansInTurns(options, log);
  return finish(whole, () => withNewest(whole, bySpan));
}

/** Writes what writePiece writes of a log in one. */
export async function writePieceInTurns(options: ComputeOptions, log: LogInTurns): Promise<LocalPart[]> {
  const { whole, bySpan } = await spansInTurns(options, log);
  return [await write(whole, 'totals', 'totals', whole.totals.rows()), ...bySpan];
}

async function spansInTurns(
  options: ComputeOptions,
  { codes, pieces, read, use }: LogInTurns,
): Promise<{ readonly whole: Writing; readonly bySpan: readonly LocalPart[] }> {
  const whole = openWriting(use, options, { codes, counted: undefined });
  const bySpan = await someAtATime(pieces, PIECES_AT_A_TIME, async (piece) => {
    const counted = await read(piece);
    const writeLast = await countSpans({ ...whole, counted }, spansOf(counted.days, options.asOf));
    counted.release();
    return writeLast();
  });
  return { whole, bySpan: bySpan.flat() };
}

/**
 * Writes the parts of what logSlice read of some spans, and as `totals` what they add to the part of this name: joinPieces
 * makes a version of all pieces of a log.
 */
export async function writePiece(use: Use, options: ComputeOptions, logged: Logged): Promise<LocalPart[]> {
  const writing = openWriting(use, options, logged);
  const written = await countSpans(writing, spansOf(logged.counted.days, options.asOf));
  const bySpan = await written();
  return [await write(writing, 'totals', 'totals', writing.totals.rows()), ...bySpan];
}

/** Makes a version of the pieces of a log, in their order: the same bytes as writeVersion makes of the log in one. */
export async function joinPieces(
  use: Use,
  options: ComputeOptions,
  pieces: readonly (readonly LocalPart[])[],
): Promise<PopularityParts> {
  const totals = pieces.flat().flatMap(({ name, path }) => (name === 'totals' ? [partSql(path)] : []));
  const named = totals.map((part) => `SELECT title_id, country FROM ${part}`);
  const codes = await use((connection) => nameInOrder(connection, named));
  const writing = openWriting(use, options, { codes, counted: undefined });
  for (const part of totals) {
    const rows = await use((connection) => readRows(connection, codes, 'totals', part));
    writing.totals.add(united('totals', [rows]));
  }
  const bySpan = pieces.flat().filter(({ name }) => name !== 'totals');
  return finish(writing, () => withNewest(writing, bySpan));
}
