import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCountStore } from '../../domain/count-store.ts';
import { country, titleId } from '../../domain/ids.ts';
import { MEASURE_COUNT } from '../../domain/measures.ts';
import { textColumn } from '../../domain/text-column.ts';
import { OUTSIDE_WINDOWS } from '../../domain/time.ts';

type Cell = readonly [title: string, country: string, bucket: number, plays: number];

const columnsOf = (cells: readonly Cell[]) => ({
  size: cells.length,
  titles: textColumn(cells.map(([title]) => titleId(title))),
  countries: textColumn(cells.map(([, where]) => country(where))),
  buckets: Int32Array.from(cells, ([, , bucket]) => bucket),
  measures: Float64Array.from(
    cells.flatMap(([, , , plays]) => [plays, ...new Array<number>(MEASURE_COUNT - 1).fill(0)]),
  ),
});

const cell: fc.Arbitrary<Cell> = fc.tuple(
  fc.constantFrom('a', 'b', 'c'),
  fc.constantFrom('DE', 'US'),
  fc.constantFrom(OUTSIDE_WINDOWS, 7, 8, 900),
  fc.nat(3),
);

test('what is added and taken away again leaves nothing, and the rest is as if it had never been', () => {
  fc.assert(
    fc.property(fc.array(cell), fc.array(cell), (stays, goes) => {
      const store = createCountStore();
      store.add(columnsOf(goes), 1);
      store.add(columnsOf(stays), 1);
      store.add(columnsOf(goes), -1);
      const found = new Map<string, number>();
      for (const title of store.titles())
        for (const [where, sums] of store.countriesOf(title)) found.set(`${title} ${where}`, sums[0]!);
      const expected = new Map<string, number>();
      for (const [title, where, , plays] of stays)
        if (plays > 0) expected.set(`${title} ${where}`, (expected.get(`${title} ${where}`) ?? 0) + plays);
      assert.deepEqual(new Map([...found].sort()), new Map([...expected].sort()));
      let inBuckets = 0;
      store.eachInBuckets(7, 901, country('DE'), (_, sums, base) => (inBuckets += sums[base]!));
      const wanted = stays.filter(([, where, bucket]) => where === 'DE' && bucket >= 7);
      assert.equal(
        inBuckets,
        wanted.reduce((sum, [, , , plays]) => sum + plays, 0),
      );
    }),
  );
});

test('titles that came and went do not take room for ever', () => {
  const store = createCountStore();
  store.add(columnsOf([['stays', 'DE', 7, 2]]), 1);
  for (let day = 0; day < 20; day++) {
    const passing = columnsOf(
      Array.from({ length: 1000 }, (_, i): Cell => [`t${day}-${i}`, 'US', 8 + day, 1]),
    );
    store.add(passing, 1);
    store.add(passing, -1);
  }
  assert.deepEqual([...store.titles()], ['stays']);
  assert.equal(store.countriesOf(titleId('stays')).get(country('DE'))?.[0], 2);
  assert.equal(store.addTitle(titleId('t3-5'), undefined, new Float64Array(MEASURE_COUNT)), false);
});
