import { HOURS_OF_WEEK } from '../../domain/expected-plays.ts';
import type { EpochMs } from '../../domain/time.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import type { LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';
import { PART_OF, type AGGREGATES } from './base.ts';
import { dayOf, spanInName } from './spans.ts';

type Aggregate = (typeof AGGREGATES)[number];

/** Weeks that say what is usual. */
export const EXPECTED_WEEKS = 4;
/** A title with fewer plays than a week has hours says nothing of one hour. */
const LEAST_PLAYS = HOURS_OF_WEEK;
const HOURS_A_DAY = 24;

/** Parts by hour of what was appended before the day of a version: aggregates are of whole days, and change as they do. */
export const closedHours = <T extends { readonly name: string }>(parts: readonly T[], asOf: EpochMs): T[] =>
  parts.filter(({ name }) => {
    const span = spanInName(name, PART_OF.hours);
    return span !== undefined && span.fromDay < dayOf(asOf);
  });

/** Queries of the parts that are worked out from the parts by hour, which have been written. */
export function aggregatesSql(
  asOf: EpochMs,
  written: readonly Pick<LocalPart, 'name' | 'path'>[],
): Readonly<Record<Aggregate, string>> {
  const toHour = dayOf(asOf) * HOURS_A_DAY;
  const closed = closedHours(written, asOf);
  const read = closed.length > 0 ? closed : written.filter(({ name }) => spanInName(name, PART_OF.hours));
  const paths = read.map(({ path }) => quoteText(path)).join(', ');
  const put: Readonly<Record<string, string>> = {
    hours_written: `(SELECT * FROM read_parquet([${paths}]) WHERE ${closed.length > 0})`,
    $from_hour: String(Math.max(0, toHour - EXPECTED_WEEKS * HOURS_OF_WEEK)),
    $to_hour: String(toHour),
    $least_plays: String(LEAST_PLAYS),
  };
  const sqlOf = (name: Aggregate): string =>
    Object.entries(put).reduce((text, [slot, value]) => text.replaceAll(slot, value), loadSql(name));
  return { expected: sqlOf('expected'), freshness: sqlOf('freshness') };
}
