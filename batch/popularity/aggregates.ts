import { HOURS_OF_WEEK } from '../../domain/expected-plays.ts';
import { HOUR_MS, type EpochMs } from '../../domain/time.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import type { LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';
import { AGGREGATES } from './base.ts';

type Aggregate = (typeof AGGREGATES)[number];

/** Weeks that say what is usual. */
export const EXPECTED_WEEKS = 4;
/** A title with fewer plays than a week has hours says nothing of one hour. */
const LEAST_PLAYS = HOURS_OF_WEEK;

/** Queries of the parts that are worked out from the parts by hour, which have been written. */
export function aggregatesSql(
  asOf: EpochMs,
  written: readonly LocalPart[],
): Readonly<Record<Aggregate, string>> {
  const toHour = Math.floor(asOf / HOUR_MS);
  const put: Readonly<Record<string, string>> = {
    hours_written: `read_parquet([${pathsOf(written, ['hours', 'hours-settled'])}])`,
    $from_hour: String(Math.max(0, toHour - EXPECTED_WEEKS * HOURS_OF_WEEK)),
    $to_hour: String(toHour),
    $least_plays: String(LEAST_PLAYS),
  };
  const sqlOf = (name: string): string =>
    Object.entries(put).reduce((text, [slot, value]) => text.replaceAll(slot, value), loadSql(name));
  return Object.fromEntries(AGGREGATES.map((name) => [name, sqlOf(name)])) as Record<Aggregate, string>;
}

const pathsOf = (parts: readonly LocalPart[], names: readonly string[]): string =>
  parts
    .filter(({ name }) => names.includes(name))
    .map(({ path }) => quoteText(path))
    .join(', ');
