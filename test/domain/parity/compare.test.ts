/** Which lane is wrong, and where, by the third opinion of the log. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { country, titleId } from '../../../domain/ids.ts';
import { MEASURE_COUNT, MEASURES } from '../../../domain/measures.ts';
import { contentOf, type BlockContent } from '../../../domain/parity/block.ts';
import { differingTitles, judge } from '../../../domain/parity/compare.ts';
import { textColumn } from '../../../domain/text-column.ts';

const LIMITS = { titles: 10, cells: 10 };
const PLAYS = MEASURES.indexOf('plays');

/** One cell a title, with so many plays. */
function content(plays: Readonly<Record<string, number>>): BlockContent {
  const titles = Object.keys(plays);
  const measures = new Float64Array(titles.length * MEASURE_COUNT);
  titles.forEach((title, i) => (measures[i * MEASURE_COUNT + PLAYS] = plays[title]!));
  const columns = {
    size: titles.length,
    titles: textColumn(titles.map(titleId)),
    countries: textColumn(titles.map(() => country('SE'))),
    buckets: new Int32Array(titles.length).fill(5_966_401),
    measures,
  };
  const events = Object.values(plays).reduce((sum, count) => sum + count, 0);
  return contentOf([{ family: 'cells', columns }], events);
}

test('the lane that counts otherwise than the log is the wrong one, both where both do', () => {
  const [right, wrong, other] = [content({ a: 2 }), content({ a: 3 }), content({ a: 4 })];
  assert.equal(judge(wrong, right, right), 'batch');
  assert.equal(judge(right, wrong, right), 'speed');
  assert.equal(judge(wrong, other, right), 'both');
  assert.equal(judge(wrong, right, undefined), 'unknown');
});

test('each title that differs is named with its own lane and figures, those with most figures first', () => {
  const batch = content({ a: 2, b: 5, c: 1 });
  const speed = content({ a: 2, b: 6, c: 2, d: 1 });
  const log = content({ a: 2, b: 6, c: 1 });
  const { titles, moreTitles } = differingTitles(batch, speed, log, LIMITS);
  assert.equal(moreTitles, 0);
  assert.deepEqual(
    titles.map(({ title, lane }) => [title, lane]),
    [
      // Its cell is there besides.
      ['d', 'speed'],
      ['b', 'batch'],
      ['c', 'speed'],
    ],
  );
  const cell = 'SE 5966401';
  assert.deepEqual(titles[1]!.cells, [
    { family: 'cells', cell, measure: 'plays', batch: 5, speed: 6, log: 6 },
  ]);
  assert.deepEqual(
    titles[0]!.cells.map(({ measure, batch, speed, log }) => [measure, batch, speed, log]),
    [
      ['plays', 0, 1, 0],
      ['present', 0, 1, 0],
    ],
  );
});

test('more titles and figures than are named are counted, and without the log no lane is blamed', () => {
  const batch = content({ a: 1, b: 1, c: 1 });
  const speed = content({ d: 1 });
  const { titles, moreTitles } = differingTitles(batch, speed, undefined, { titles: 2, cells: 1 });
  assert.deepEqual([titles.length, moreTitles], [2, 2]);
  assert.deepEqual([titles[0]!.lane, titles[0]!.cells.length, titles[0]!.more], ['unknown', 1, 1]);
  assert.equal(titles[0]!.cells[0]!.log, null);
});
