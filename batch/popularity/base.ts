import { BESIDE, type Manifest } from '../../domain/manifest.ts';
import { recentFrom } from '../../domain/recent.ts';
import { BUCKET_MS, DAY_MS, FUTURE_LIMIT_MS, type EpochMs } from '../../domain/time.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { dayOf, isWithin, spanInName, type Span } from './spans.ts';

/** Parts of a published version on local disk, by name. */
export interface BaseParts {
  readonly partPaths: Readonly<Record<string, string>>;
}

/** Tables counted by span of append days; the parts of one are `<part>-<span>`. */
export const PART_OF = {
  recent: 'recent',
  hours: 'hours',
  row_hours: 'rows',
  registers: 'distinct',
} as const;
export type SpanTable = keyof typeof PART_OF;
export const SPAN_TABLES = Object.keys(PART_OF) as SpanTable[];
/** Those by hour of event time. */
export type HourlyTable = Exclude<SpanTable, 'recent'>;

/** Parts that are worked out from the parts by hour. */
export const AGGREGATES = ['expected', 'freshness'] as const;

/** Parts that every version has, but for those by span. */
export const WHOLE_PARTS: readonly string[] = ['totals', ...AGGREGATES];

/**
 * First five-minute bucket of the parts `recent`: what is recent when the day of the version begins, so that the parts of
 * days that are over stay as they are until the next one.
 */
export const firstBucketOf = (asOf: EpochMs): number => recentFrom(dayOf(asOf) * DAY_MS);

/** No event of the parts `recent` was appended on an earlier day. */
export const firstRecentDay = (asOf: EpochMs): number =>
  dayOf(firstBucketOf(asOf) * BUCKET_MS - FUTURE_LIMIT_MS);

/** Names of the parts of a table, those of days within a span alone when one is given. */
export function partNamesOf(table: SpanTable, { partPaths }: BaseParts, within?: Span): string[] {
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

/** Whether what was counted by hour and what is recent are in parts by spans of append days. */
export const hasSpans = ({ parts }: Pick<Manifest, 'parts'>): boolean =>
  [PART_OF.hours, PART_OF.recent].every((part) =>
    parts.some(({ name }) => spanInName(name.replace(BESIDE, ''), part) !== undefined),
  );
