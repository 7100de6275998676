import assert from 'node:assert/strict';
import { test } from 'node:test';
import { country, titleId } from '../../../domain/ids.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { createExpectedPlays } from '../../../serving/popularity/expected.ts';
import { toArrow } from '../../../serving/popularity/columns.ts';

/** Rows of title a: 20 plays at hour 5 in DE, told by the hour; 84 in US, told as a sum. Title b comes after. */
const table = toArrow({
  rowCount: 4,
  columns: {
    title_id: { kind: 'text', values: ['a', 'a', 'a', 'b'] },
    country: { kind: 'text', values: ['DE', 'DE', 'US', 'DE'] },
    hour_of_week: { kind: 'numeric', values: Int32Array.of(-1, 5, -1, -1) },
    capped_plays: { kind: 'numeric', values: Float64Array.of(20, 20, 84, 7) },
    hours: { kind: 'numeric', values: Int32Array.of(168, 1, 168, 24) },
  },
});
const expected = createExpectedPlays(
  table,
  new Map([
    ['a', [0, 3]],
    ['b', [3, 4]],
  ]),
);
const at = (hour: number, of: string, where?: string) =>
  expected.of(
    titleId(of),
    where === undefined ? undefined : country(where),
    hour * HOUR_MS,
    (hour + 1) * HOUR_MS,
  );

test('a country is expected by its own hours, and all countries together by all of them', () => {
  const [de, us, all] = [at(5, 'a', 'DE')!, at(5, 'a', 'US')!, at(5, 'a')!];
  assert.ok(de.plays > 5);
  assert.ok(at(6, 'a', 'DE')!.plays < 1);
  assert.ok(Math.abs(all.plays - de.plays - us.plays) < 1e-9);
  assert.equal(all.weeks, 1);
  assert.equal(at(5, 'b')!.weeks, 1 / 7);
});

test('of titles and countries that nobody played nothing is expected', () => {
  assert.equal(at(5, 'c'), undefined);
  assert.equal(at(5, 'b', 'US'), undefined);
  assert.equal(at(5, 'b', 'FR'), undefined);
});
