import { MEASURES, type Measure } from '../../domain/measures.ts';

/** Column of each measure in the parts. */
export const MEASURE_COLUMNS: Readonly<Record<Measure, string>> = {
  plays: 'plays',
  qualifiedPlays: 'qualified_plays',
  impressions: 'impressions',
  secondsViewed: 'seconds_viewed',
  cappedPlays: 'capped_plays',
  cappedQualifiedPlays: 'capped_qualified_plays',
  cappedImpressions: 'capped_impressions',
  cappedSecondsViewed: 'capped_seconds_viewed',
};

export const MEASURE_NAMES: readonly string[] = MEASURES.map((measure) => MEASURE_COLUMNS[measure]);

/** `CAST(sum(plays) AS BIGINT) AS plays, …`, 0 over no rows; the names with `prefix` before them, read and written. */
export function sumMeasuresSql(prefix = ''): string {
  return MEASURES.map((measure) => {
    const name = `${prefix}${MEASURE_COLUMNS[measure]}`;
    return `CAST(coalesce(sum(${name}), 0) AS BIGINT) AS ${name}`;
  }).join(', ');
}
