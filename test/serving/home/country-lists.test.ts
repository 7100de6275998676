import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CellColumns } from '../../../domain/cells.ts';
import { createCountStore, type CountStore } from '../../../domain/count-store.ts';
import { country, titleId, type Country, type TitleId } from '../../../domain/ids.ts';
import { MEASURE_COUNT } from '../../../domain/measures.ts';
import { NO_COUNTS, type CountSource } from '../../../domain/merge.ts';
import { textColumn } from '../../../domain/text-column.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { countFor, createListMaker } from '../../../serving/home/country-lists.ts';
import type { NumberedTitles } from '../../../serving/library/titles.ts';
import type { Standing } from '../../../serving/standing.ts';
import { NOW } from '../../support/serving.ts';

const TITLES = 6;
const NOW_BUCKET = Math.floor(NOW / (5 * MINUTE_MS));
const RULES = { minPlays: 1, smoothing: 1, takeRateStrength: 10 };

/** The last title is an episode of the first. */
const ids = Array.from({ length: TITLES }, (_, title) => titleId(`t${title}`));
const titles = {
  ids,
  count: TITLES,
  numberOf: (id: TitleId) => (id === 'episode' ? 0 : ids.indexOf(id)),
  availability: { at: () => new Uint32Array([0b011111]) },
} as unknown as NumberedTitles;

interface Count {
  readonly title: string;
  readonly country: Country;
  readonly ago: number;
  readonly plays: number;
}

function lane(counts: readonly Count[]): CountSource & { readonly asked: () => number } {
  let asked = 0;
  const each = (of: Country | undefined, isWanted: (count: Count) => boolean) => (visit: Visit) => {
    asked += 1;
    for (const count of counts) {
      if ((of !== undefined && of !== count.country) || !isWanted(count)) continue;
      visit(
        titleId(count.title),
        new Float64Array(MEASURE_COUNT).fill(count.plays),
        0,
        count.country,
        ids.indexOf(titleId(count.title)),
      );
    }
  };
  return {
    ...NO_COUNTS,
    asked: () => asked,
    addEverything: (out) => counts.forEach(({ plays }) => out.forEach((_, m) => (out[m]! += plays))),
    eachTotal: (of, visit) => each(of, () => true)(visit),
    eachInBuckets: (from, to, of, visit) =>
      each(of, ({ ago }) => NOW_BUCKET - ago >= from && NOW_BUCKET - ago < to)(visit),
  };
}
type Visit = Parameters<CountSource['eachTotal']>[1];

const standing = (batch: CountSource, speed: CountSource): Standing =>
  ({ batch, speed, windowsEnd: NOW, complete: true, incompleteReason: null }) as unknown as Standing;

const COUNTRIES = [null, ...['US', 'DE', 'JP'].map(country)];
const counts = fc.array(
  fc.record({
    title: fc.constantFrom(...ids, 'episode', 'unknown'),
    // The last is no country: it has the code of US.
    country: fc.constantFrom(...['US', 'DE', 'JP', 'BR', 'us'].map(country)),
    ago: fc.nat(30),
    plays: fc.nat(9),
  }),
  { maxLength: 60 },
);

test('lists of countries that are counted together are those of each counted by itself', () => {
  fc.assert(
    fc.property(counts, fc.array(counts, { minLength: 1, maxLength: 3 }), (batched, turns) => {
      const batch = lane(batched);
      const together = COUNTRIES.map((of) => createListMaker(titles, of, RULES));
      // What was added up before is used again.
      for (const now of turns) {
        const counted = countFor(titles, together, standing(batch, lane(now)), RULES);
        for (const maker of together) {
          const alone = createListMaker(titles, maker.country, RULES);
          const apart = countFor(titles, [alone], standing(batch, lane(now)), RULES);
          assert.deepEqual(maker.make(counted, 1), alone.make(apart, 1));
        }
      }
    }),
  );
});

test('a lane is gone through as often for many countries as for one', () => {
  const [one, many] = [1, COUNTRIES.length].map((size) => {
    const [batch, speed] = [lane([]), lane([])];
    const makers = COUNTRIES.slice(0, size).map((of) => createListMaker(titles, of, RULES));
    for (let turn = 0; turn < 3; turn++) countFor(titles, makers, standing(batch, speed), RULES);
    return [batch.asked(), speed.asked()];
  });
  assert.ok(one![0]! > 0 && one![1]! > one![0]!, JSON.stringify(one));
  assert.deepEqual(many, one);
});

test('counts that lie in rows are added up as those that are visited one by one', () => {
  fc.assert(
    fc.property(counts, fc.array(counts, { minLength: 1, maxLength: 3 }), (batched, turns) => {
      const batch = storeOf(batched);
      const speed = createCountStore();
      const makers = COUNTRIES.map((of) => createListMaker(titles, of, RULES));
      for (const more of turns) {
        if (more.length > 0) speed.add(cellsOf(more), 1);
        const inRows = standing({ ...NO_COUNTS, ...batch }, { ...NO_COUNTS, ...speed });
        const visited = standing(visitedOnly(batch), visitedOnly(speed));
        const counted = countFor(titles, makers, inRows, RULES);
        for (const maker of makers) {
          const alone = createListMaker(titles, maker.country, RULES);
          const apart = countFor(titles, [alone], visited, RULES);
          assert.deepEqual(maker.counts.all, alone.counts.all);
          assert.deepEqual(maker.make(counted, 1), alone.make(apart, 1));
        }
      }
    }),
  );
});

function cellsOf(some: readonly Count[]): CellColumns {
  return {
    size: some.length,
    titles: textColumn(some.map(({ title }) => titleId(title))),
    countries: textColumn(some.map((one) => one.country)),
    buckets: Int32Array.from(some, ({ ago }) => NOW_BUCKET - ago),
    measures: Float64Array.from(some.flatMap(({ plays }) => Array<number>(MEASURE_COUNT).fill(plays))),
  };
}

function storeOf(some: readonly Count[]): CountStore {
  const store = createCountStore();
  if (some.length > 0) store.add(cellsOf(some), 1);
  return store;
}

const visitedOnly = ({ totalRows: _, rowsInBuckets: __, ...store }: CountStore): CountSource => ({
  ...NO_COUNTS,
  ...store,
});
