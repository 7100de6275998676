import assert from 'node:assert/strict';
import { test } from 'node:test';
import { country, titleId, type Country, type TitleId } from '../../../domain/ids.ts';
import { IMPRESSIONS, MEASURE_COUNT, PLAYS } from '../../../domain/measures.ts';
import { NO_COUNTS, type CountSource } from '../../../domain/merge.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { launches, unengaged } from '../../../serving/analytics/titles.ts';
import type { Standing } from '../../../serving/standing.ts';
import { entry, NOW } from '../../support/serving.ts';

type Count = readonly [title: string, country: string, impressions: number, plays: number];

function lane(counts: readonly Count[]): CountSource {
  const each: CountSource['eachTotal'] = (of, visit) => {
    for (const [title, where, impressions, plays] of counts) {
      if (of !== undefined && of !== where) continue;
      const measures = new Float64Array(2 * MEASURE_COUNT);
      measures[MEASURE_COUNT + IMPRESSIONS] = impressions;
      measures[MEASURE_COUNT + PLAYS] = plays;
      visit(titleId(title), measures, MEASURE_COUNT, country(where), -1);
    }
  };
  return {
    ...NO_COUNTS,
    eachTotal: each,
    addTitle(title: TitleId, of: Country | undefined, out) {
      let isFound = false;
      each(of, (id, measures, base) => {
        if (id !== title) return;
        isFound = true;
        for (let m = 0; m < MEASURE_COUNT; m++) out[m]! += measures[base + m]!;
      });
      return isFound;
    },
  };
}

const standing = (batch: readonly Count[], speed: readonly Count[]): Standing =>
  ({ batch: lane(batch), speed: lane(speed), complete: true, incompleteReason: null }) as unknown as Standing;

const CATALOGUE = [
  entry('new', { launchTime: NOW - 2 * DAY_MS }),
  entry('newer', { launchTime: NOW - DAY_MS }),
  entry('old', { launchTime: NOW - 90 * DAY_MS }),
  entry('to-come', { launchTime: NOW + DAY_MS }),
  entry('undated'),
];
const catalogue = {
  find: (id: TitleId) => CATALOGUE.find(({ titleId: own }) => own === id),
  inOrder: () => CATALOGUE,
};

test('launches are counted in both lanes, the newest first, and what is to come is none yet', () => {
  const counted = standing([['new', 'SE', 100, 10]], [['new', 'DE', 100, 30]]);
  const asked = { country: undefined, limit: 10, days: 30, now: NOW };
  const { titles } = launches(counted, catalogue, asked);
  assert.deepEqual(
    titles.map(({ titleId: id, impressions, plays, rate }) => [id, impressions, plays, rate?.value]),
    [
      ['newer', 0, 0, undefined],
      ['new', 200, 40, 0.2],
    ],
  );
  const inSweden = launches(counted, catalogue, { ...asked, country: country('SE') });
  assert.equal(inSweden.titles[1]!.plays, 10);
});

test('a title is not engaged with when even the best its interval allows is less than usual', () => {
  const counted = standing(
    [
      ['usual', 'SE', 10_000, 1050],
      ['ignored', 'SE', 900, 5],
      ['too-few', 'SE', 20, 0],
      ['near', 'SE', 200, 15],
    ],
    [
      ['ignored', 'SE', 100, 1],
      ['searched-for', 'SE', 30, 400],
    ],
  );
  const asked = { country: undefined, limit: 10, minimum: 100 };
  const { usual, titles } = unengaged(counted, catalogue, asked);
  assert.equal(usual, (1050 + 6 + 15 + 30) / (10_000 + 1000 + 20 + 200 + 30));
  assert.deepEqual(
    titles.map(({ titleId: id, impressions, plays }) => [id, impressions, plays]),
    [['ignored', 1000, 6]],
  );
  assert.deepEqual(unengaged(counted, catalogue, { ...asked, country: country('DE') }).titles, []);
});
