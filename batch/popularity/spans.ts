/**
 * Spans of append days. What the log holds of one span is counted into parts of their own: new events touch the parts of
 * the newest days alone, and those of all others stay as they are, to the byte.
 */
import { DAY_MS, type EpochMs } from '../../domain/time.ts';

/** Days of append time since the epoch, [fromDay, toDay). */
export interface Span {
  readonly fromDay: number;
  readonly toDay: number;
}

/** Days that are put together once all of them are over. */
export const SPAN_DAYS = 28;

const NAME = /^([ds])(\d+)$/;

export const dayOf = (at: EpochMs): number => Math.floor(at / DAY_MS);

/** The span that a day is counted in by a version of this moment: the day itself, or its four weeks where they are over. */
export function spanOf(day: number, asOf: EpochMs): Span {
  const fromDay = Math.floor(day / SPAN_DAYS) * SPAN_DAYS;
  return fromDay + SPAN_DAYS <= dayOf(asOf)
    ? { fromDay, toDay: fromDay + SPAN_DAYS }
    : { fromDay: day, toDay: day + 1 };
}

/** `d20750` or `s741`: the day, or the number of the four weeks. */
export const spanName = ({ fromDay, toDay }: Span): string =>
  toDay - fromDay === 1 ? `d${fromDay}` : `s${fromDay / SPAN_DAYS}`;

/** The span in a part's name `<table>-<span>`; undefined for another part. */
export function spanInName(part: string, table: string): Span | undefined {
  if (!part.startsWith(`${table}-`)) return undefined;
  const [, kind, digits] = NAME.exec(part.slice(table.length + 1)) ?? [];
  if (kind === undefined) return undefined;
  const fromDay = Number(digits) * (kind === 'd' ? 1 : SPAN_DAYS);
  return { fromDay, toDay: fromDay + (kind === 'd' ? 1 : SPAN_DAYS) };
}

/** The spans that days are of, in order, each once. */
export function spansOf(days: Iterable<number>, asOf: EpochMs): Span[] {
  const byName = new Map([...days].map((day) => [spanName(spanOf(day, asOf)), spanOf(day, asOf)]));
  return [...byName.values()].sort((a, b) => a.fromDay - b.fromDay);
}

export const isWithin = (inner: Span, outer: Span): boolean =>
  inner.fromDay >= outer.fromDay && inner.toDay <= outer.toDay;
