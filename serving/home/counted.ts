/** What was counted of each title in a country, by number; of several countries at once, so that a lane is gone through once. */
import { countryCode, COUNTRY_CODES } from '../../domain/country-code.ts';
import type { Country, TitleId } from '../../domain/ids.ts';
import { CAPPED_AFTER, IMPRESSIONS, PLAYS } from '../../domain/measures.ts';
import { NO_COUNTS, type CountSource } from '../../domain/merge.ts';
import type { TitleTable } from '../../domain/ranking/types.ts';
import type { Bucket } from '../../domain/time.ts';
import type { TrendWindows } from '../../domain/trending.ts';

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

/** Adds what a lane counted over all time. */
export function addTotals(table: Table, from: CountSource, to: readonly Counted[]): void {
  if (from === NO_COUNTS || to.length === 0) return;
  const { country, toEach } = routed(to);
  from.eachTotal(country, (id, measures, base, where) => {
    const title = table.numberOf(id);
    if (title < 0) return;
    toEach(where, (counted) => {
      counted.plays[title]! += measures[base + PLAYS]!;
      counted.impressions[title]! += measures[base + IMPRESSIONS]!;
    });
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
  const { country, toEach } = routed(to);
  const add = ([begin, end]: readonly [Bucket, Bucket], isCurrent: boolean): void =>
    from.eachInBuckets(begin, end, country, (id, measures, base, where) => {
      const title = table.numberOf(id);
      if (title < 0) return;
      const plays = measures[base + CAPPED_PLAYS]!;
      const isChild = isCurrent && table.ids[title] !== id;
      toEach(where, (counted) => {
        (isCurrent ? counted.current : counted.previous)[title]! += plays;
        if (isChild) addChild(counted.children, title, id);
      });
    });
  add(current, true);
  add(previous, false);
}

function addChild(children: Map<number, ReadonlySet<TitleId>>, title: number, id: TitleId): void {
  const known = children.get(title);
  if (known?.has(id) === true) return;
  // Sets are shared with those they were copied from.
  children.set(title, new Set([...(known ?? []), id]));
}

interface Routed {
  /** What the lane is asked for. */
  readonly country: Country | undefined;
  toEach(where: Country, add: (counted: Counted) => void): void;
}

const codeOf = (country: Country): number => countryCode(country.charCodeAt(0), country.charCodeAt(1));

/** Each country once. One alone is asked for by itself: a lane may know a shorter way to it. */
function routed(to: readonly Counted[]): Routed {
  const [first] = to;
  if (to.length === 1) return { country: first!.country ?? undefined, toEach: (_, add) => add(first!) };
  const byCode: (Counted | undefined)[] = Array.from({ length: COUNTRY_CODES }, () => undefined);
  const whole = to.find(({ country }) => country === null);
  for (const counted of to) if (counted.country !== null) byCode[codeOf(counted.country)] = counted;
  return {
    country: undefined,
    toEach(where, add) {
      const counted = byCode[codeOf(where)];
      // What is no country may have the code of one.
      if (counted?.country === where) add(counted);
      if (whole !== undefined) add(whole);
    },
  };
}
