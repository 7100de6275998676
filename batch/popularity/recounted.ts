/** Which days of append time are counted anew where a version is gone on from. */
import type { EpochMs } from '../../domain/time.ts';
import { firstRecentDay } from './base.ts';
import { NOTHING_RECOUNTED, type Recounted } from './slice.ts';
import { spanOf, spansOf, type Span } from './spans.ts';

/**
 * All days of the spans that some days are of: a part is written as a whole. Where one of them may hold recent events, the
 * part `recent` is worked out anew, from all days that may.
 */
export function recountedOf(days: readonly number[], asOf: EpochMs): Recounted {
  if (days.length === 0) return NOTHING_RECOUNTED;
  const firstRecent = firstRecentDay(asOf);
  const whole = spansOf(days, asOf).flatMap(({ fromDay, toDay }) =>
    Array.from({ length: toDay - fromDay }, (_, i) => fromDay + i),
  );
  const isRecent = whole.some((day) => day >= firstRecent);
  return { days: whole, fromDay: isRecent ? spanOf(firstRecent, asOf).fromDay : Infinity };
}

export const touches = ({ days, fromDay }: Recounted, span: Span): boolean =>
  span.toDay > fromDay || days.some((day) => day >= span.fromDay && day < span.toDay);
