import { BESIDE, type Manifest } from '../../domain/manifest.ts';
import { BUCKET_MS, FUTURE_LIMIT_MS, HOUR_MS, type EpochMs } from '../../domain/time.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { dayOf, isWithin, spanInName, type Span } from './spans.ts';

/** Parts of a published version on local disk, by name. */
export interface BaseParts {
  readonly partPaths: Readonly<Record<string, string>>;
}

/** Tables counted by hour of event time; the parts of one are `<part>-<span>`, one for each span of append days. */
export const PART_OF = { hours: 'hours', row_hours: 'rows', registers: 'distinct' } as const;
export type HourlyTable = keyof typeof PART_OF;
export const HOURLY_TABLES = Object.keys(PART_OF) as HourlyTable[];

/** Parts that are worked out from the parts by hour. */
export const AGGREGATES = ['expected', 'freshness'] as const;

/** Parts that every version has, but for those by span. */
export const WHOLE_PARTS: readonly string[] = ['totals', 'recent', ...AGGREGATES];

/** How far back the part `recent` reaches: the longest window, the one before it and an hour to spare. */
export const RECENT_MS = 49 * HOUR_MS;

/** First five-minute bucket of the part `recent`. */
export const recentFrom = (asOf: EpochMs): number => Math.floor((asOf - RECENT_MS) / BUCKET_MS);

/** No event of the part `recent` was appended on an earlier day. */
export const firstRecentDay = (asOf: EpochMs): number =>
  dayOf(recentFrom(asOf) * BUCKET_MS - FUTURE_LIMIT_MS);

/** Names of the parts of a table by hour, those of days within a span alone when one is given. */
export function partNamesOf(table: HourlyTable, { partPaths }: BaseParts, within?: Span): string[] {
  return Object.keys(partPaths).filter((name) => {
    const span = spanInName(name, PART_OF[table]);
    return span !== undefined && (within === undefined || isWithin(span, within));
  });
}

/** SQL of a relation with the rows of some parts. */
export function basePartsSql({ partPaths }: BaseParts, names: readonly string[]): string {
  const paths = names.map((name) => {
    const path = partPaths[name];
    if (path === undefined) throw new RangeError(`the base has no part ${name}`);
    return quoteText(path);
  });
  return `read_parquet([${paths.join(', ')}])`;
}

/** Whether the parts by hour of a version are by spans of append days. */
export const hasSpans = ({ parts }: Pick<Manifest, 'parts'>): boolean =>
  parts.some(({ name }) => spanInName(name.replace(BESIDE, ''), PART_OF.hours) !== undefined);
