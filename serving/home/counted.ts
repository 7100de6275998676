/** What was counted of each title in a country, by number; of several countries at once, so that a lane is gone through once. */
import { countryCode, COUNTRY_CODES } from '../../domain/country-code.ts';
import type { Country, TitleId } from '../../domain/ids.ts';
import { CAPPED_AFTER, IMPRESSIONS, PLAYS } from '../../domain/measures.ts';
import { NO_COUNTS, type CountSource } from '../../domain/merge.ts';
import type { TitleTable } from '../../domain/ranking/types.ts';
import type { Bucket } from '../../domain/time.ts';
import type { TrendWindows } from '../../domain/trending.ts';
import { addRows, eachChild } from './count-rows.ts';

const CAPPED_PLAYS = PLAYS + CAPPED_AFTER;

/** Sums by title number. Mutable. */
export interface Counted {
  /** Null for all countries. */
  readonly country: Country | null;
  readonly plays: Float64Array;
  readonly impressions: Float64Array;
  /** Capped plays of both windows of trending. */
  readonly current: Float64Array;
  readonly previous: Float64Array;
  /** Episodes that the plays of the current window were of. */
  children: Map<number, ReadonlySet<TitleId>>;
}

type Table = Pick<TitleTable, 'count' | 'ids' | 'numberOf'>;

export const createCounted = ({ count }: Pick<Table, 'count'>, country: Country | null): Counted => ({
  country,
  plays: new Float64Array(count),
  impressions: new Float64Array(count),
  current: new Float64Array(count),
  previous: new Float64Array(count),
  children: new Map(),
});

export function copyCounted(from: Counted, to: Counted): void {
  to.plays.set(from.plays);
  to.impressions.set(from.impressions);
  to.current.set(from.current);
  to.previous.set(from.previous);
  to.children = new Map(from.children);
}

export function clearTotals({ plays, impressions }: Counted): void {
  plays.fill(0);
  impressions.fill(0);
}

export function clearWindows(counted: Counted): void {
  counted.current.fill(0);
  counted.previous.fill(0);
  counted.children = new Map();
}

/** Rows of a step. */
const STEP_ROWS = 8192;

/**
 * Adds what a lane counted over all time, in steps. A lane may go on between them: each row is as it was at some moment from the
 * first step to the last. Throws where the lane laid its rows out anew meanwhile.
 */
export function* addTotals(
  table: Table,
  from: CountSource,
  to: readonly Counted[],
): Generator<undefined, void> {
  if (from === NO_COUNTS || to.length === 0) return;
  let rows = from.totalRows?.();
  if (rows === undefined) return visitTotals(table, from, to);
  const { names } = rows;
  for (let at = 0; at < rows.size; at += STEP_ROWS) {
    addRows(table, rows, PLAYS, to, ({ plays }) => plays, undefined, [at, at + STEP_ROWS]);
    addRows(table, rows, IMPRESSIONS, to, ({ impressions }) => impressions, undefined, [at, at + STEP_ROWS]);
    yield;
    rows = from.totalRows!();
    if (rows.names !== names) throw new Error('rows were laid out anew');
  }
}

function visitTotals(table: Table, from: CountSource, to: readonly Counted[]): void {
  const route = routeTo(to);
  const numberOf = numbersOf(table);
  const add = (
    { plays, impressions }: Counted,
    title: number,
    measures: Float64Array,
    base: number,
  ): void => {
    plays[title]! += measures[base + PLAYS]!;
    impressions[title]! += measures[base + IMPRESSIONS]!;
  };
  from.eachTotal(route.country, (id, measures, base, where, place) => {
    const title = numberOf(id, place);
    if (title < 0) return;
    const counted = route.to(where);
    if (counted !== undefined) add(counted, title, measures, base);
    if (route.whole !== undefined) add(route.whole, title, measures, base);
  });
}

/** Adds what a lane counted in both windows. */
export function addWindows(
  table: Table,
  from: CountSource,
  { current, previous }: Pick<TrendWindows, 'current' | 'previous'>,
  to: readonly Counted[],
): void {
  if (from === NO_COUNTS || to.length === 0) return;
  if (from.rowsInBuckets !== undefined) {
    addWindowRows(table, from.rowsInBuckets.bind(from), { current, previous }, to);
    return;
  }
  const route = routeTo(to);
  const numberOf = numbersOf(table);
  const addPrevious = (counted: Counted, title: number, _: TitleId, plays: number): void => {
    counted.previous[title]! += plays;
  };
  const addCurrent = (counted: Counted, title: number, id: TitleId, plays: number): void => {
    counted.current[title]! += plays;
    if (table.ids[title] !== id) addChild(counted.children, title, id);
  };
  const visit = ([begin, end]: readonly [Bucket, Bucket], add: typeof addCurrent): void =>
    from.eachInBuckets(begin, end, route.country, (id, measures, base, where, place) => {
      const title = numberOf(id, place);
      if (title < 0) return;
      const plays = measures[base + CAPPED_PLAYS]!;
      const counted = route.to(where);
      if (counted !== undefined) add(counted, title, id, plays);
      if (route.whole !== undefined) add(route.whole, title, id, plays);
    });
  if (current[0] < current[1]) visit(current, addCurrent);
  if (previous[0] < previous[1]) visit(previous, addPrevious);
}

function addWindowRows(
  table: Table,
  rowsIn: NonNullable<CountSource['rowsInBuckets']>,
  { current, previous }: Pick<TrendWindows, 'current' | 'previous'>,
  to: readonly Counted[],
): void {
  if (previous[0] < previous[1])
    for (const rows of rowsIn(...previous))
      addRows(table, rows, CAPPED_PLAYS, to, (counted) => counted.previous, previous);
  if (current[0] >= current[1]) return;
  for (const rows of rowsIn(...current)) {
    addRows(table, rows, CAPPED_PLAYS, to, (counted) => counted.current, current);
    eachChild(table, rows, to, current, ({ children }, title, id) => addChild(children, title, id));
  }
}

function addChild(children: Map<number, ReadonlySet<TitleId>>, title: number, id: TitleId): void {
  const known = children.get(title);
  if (known?.has(id) === true) return;
  // Sets are shared with those they were copied from.
  children.set(title, new Set([...(known ?? []), id]));
}

const UNASKED = -2;

/** Numbers of titles, each looked up once for as long as a source does not change. */
function numbersOf(table: Table): (id: TitleId, place: number) => number {
  let known = new Int32Array(1024).fill(UNASKED);
  return (id, place) => {
    if (place < 0) return table.numberOf(id);
    if (place >= known.length) {
      const longer = new Int32Array(2 * Math.max(place, known.length)).fill(UNASKED);
      longer.set(known);
      known = longer;
    }
    let number = known[place]!;
    if (number === UNASKED) number = known[place] = table.numberOf(id);
    return number;
  };
}

interface Route {
  /** What the lane is asked for. */
  readonly country: Country | undefined;
  /** What gets the counts of all countries. */
  readonly whole: Counted | undefined;
  /** What gets those of one. */
  to(where: Country): Counted | undefined;
}

const codeOf = (country: Country): number => countryCode(country.charCodeAt(0), country.charCodeAt(1));

/** Each country once. One alone is asked for by itself: a lane may know a shorter way to it. */
function routeTo(to: readonly Counted[]): Route {
  const [first] = to;
  if (to.length === 1) return { country: first!.country ?? undefined, whole: first, to: () => undefined };
  const byCode: (Counted | undefined)[] = Array.from({ length: COUNTRY_CODES }, () => undefined);
  for (const counted of to) if (counted.country !== null) byCode[codeOf(counted.country)] = counted;
  return {
    country: undefined,
    whole: to.find(({ country }) => country === null),
    to(where) {
      const counted = byCode[codeOf(where)];
      // What is no country may have the code of one.
      return counted?.country === where ? counted : undefined;
    },
  };
}
