/** The part `expected` in memory: plays of the last weeks by title and hour of the week. */
import {
  expectedRates,
  HOURS_OF_WEEK,
  meanRates,
  playsAt,
  shapeOf,
  type ExpectedPlays,
} from '../../domain/expected-plays.ts';
import type { Country, TitleId } from '../../domain/ids.ts';
import { codedText, numbers, type ArrowTable } from './columns.ts';

/** Titles whose rates are kept for the next question, by country. */
const KEPT_RATES = 4096;

interface Known {
  readonly rates: Float64Array;
  readonly weeks: number;
}

/** `ranges` says where the rows of a title are. */
export function createExpectedPlays(
  table: ArrowTable,
  ranges: ReadonlyMap<string, readonly [number, number]>,
): ExpectedPlays {
  const { codes, texts } = codedText(table, 'country');
  const hourOfWeek = numbers(table, 'hour_of_week', Int32Array);
  const hours = numbers(table, 'hours', Int32Array);
  const plays = numbers(table, 'capped_plays', Float64Array);
  const ofAll = new Float64Array(HOURS_OF_WEEK);
  hourOfWeek.forEach((hour, row) => {
    if (hour >= 0) ofAll[hour]! += plays[row]!;
  });
  const shape = shapeOf(ofAll);
  const kept = new Map<string, Known | undefined>();

  function ratesOf(title: TitleId, country: Country | undefined): Known | undefined {
    const [from, to] = ranges.get(title) ?? [0, 0];
    const wanted = country === undefined ? undefined : texts.indexOf(country);
    const byHour = new Float64Array(HOURS_OF_WEEK);
    const sums = { told: 0, untold: 0, hours: 0 };
    for (let row = from; row < to;) {
      // The sum of a country comes before its hours, which may be missing.
      let end = row + 1;
      while (end < to && hourOfWeek[end]! >= 0) end++;
      if (wanted === undefined || codes[row] === wanted) {
        sums.hours = Math.max(sums.hours, hours[row]!);
        if (end === row + 1) sums.untold += plays[row]!;
        else sums.told += plays[row]!;
        for (let at = row + 1; at < end; at++) byHour[hourOfWeek[at]!]! += plays[at]!;
      }
      row = end;
    }
    if (sums.hours === 0) return undefined;
    const told = expectedRates({ byHour, plays: sums.told, hours: sums.hours }, shape);
    const untold = meanRates({ byHour, plays: sums.untold, hours: sums.hours }, shape);
    return { rates: told.map((rate, h) => rate + untold[h]!), weeks: sums.hours / HOURS_OF_WEEK };
  }

  return {
    of(title, country, from, to) {
      const key = `${country ?? ''} ${title}`;
      if (!kept.has(key)) {
        if (kept.size >= KEPT_RATES) kept.clear();
        kept.set(key, ratesOf(title, country));
      }
      const known = kept.get(key);
      return known && { plays: playsAt(known.rates, from, to), weeks: known.weeks };
    },
  };
}
