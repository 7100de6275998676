/** Which days of append time are counted anew where a version is gone on from. */
import type { EpochMs } from '../../domain/time.ts';
import { spansOf, type Span } from './spans.ts';

/** All days of the spans that some days are of: a part is written as a whole. */
export const recountedOf = (days: readonly number[], asOf: EpochMs): number[] =>
  spansOf(days, asOf).flatMap(({ fromDay, toDay }) =>
    Array.from({ length: toDay - fromDay }, (_, i) => fromDay + i),
  );

export const touches = (days: readonly number[], span: Span): boolean =>
  days.some((day) => day >= span.fromDay && day < span.toDay);
