import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  leaveLastOut,
  sampleRows,
  timeAtShare,
  timeSplit,
  withoutNewest,
  type Split,
} from '../../../batch/evaluation/splits.ts';
import type { Interactions } from '../../../batch/models/model.ts';
import { inputFault } from '../../../batch/models/training-input.ts';
import { createRandom } from '../../../domain/random.ts';
import { interactionsOf } from '../models/interactions.ts';

/** Who watched what when: profile → title → time. */
function watchedAt(
  times: Readonly<Record<string, Readonly<Record<string, number>>>>,
  titles: readonly string[] = [],
): Interactions {
  const ones = Object.fromEntries(
    Object.entries(times).map(([profile, own]) => [
      profile,
      Object.fromEntries(Object.keys(own).map((title) => [title, 1])),
    ]),
  );
  const made = interactionsOf(ones, titles);
  const flat = made.profiles.flatMap((profile) =>
    Object.entries(times[profile]!)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, time]) => time),
  );
  return { ...made, times: Float64Array.from(flat) };
}

/** Profile → titles, of what is learnt from or of what is asked. */
const trainOf = ({ train }: Pick<Split, 'train'>): Record<string, string[]> =>
  Object.fromEntries(
    train.profiles.map((profile, row) => [
      profile,
      [...train.columns.subarray(train.rowStarts[row], train.rowStarts[row + 1])].map(
        (c) => train.titles[c]!,
      ),
    ]),
  );
const askedOf = ({ train, rows, starts, heldOut }: Split): Record<string, string[]> =>
  Object.fromEntries(
    [...rows].map((row, i) => [
      train.profiles[row]!,
      [...heldOut.subarray(starts[i], starts[i + 1])].map((column) => train.titles[column]!),
    ]),
  );

const WATCHED = watchedAt({
  ann: { a: 30, b: 10, c: 20 },
  bob: { a: 5, b: 5, d: 5 },
  cid: { c: 40 },
});

test('the newest title of each profile is held out, the later column where times are equal, and an only one never', () => {
  const split = leaveLastOut(WATCHED);
  assert.deepEqual(askedOf(split), { ann: ['a'], bob: ['d'] });
  assert.deepEqual(trainOf(split), { ann: ['b', 'c'], bob: ['a', 'b'], cid: ['c'] });
  assert.equal(inputFault(split.train), undefined);
});

test('what is held out inside the training part is the newest but one', () => {
  assert.deepEqual(askedOf(leaveLastOut(leaveLastOut(WATCHED).train)), { ann: ['c'], bob: ['b'] });
});

test('the newest few can be left out of training, down to one of each profile', () => {
  assert.deepEqual(trainOf({ train: withoutNewest(WATCHED, 9) }), { ann: ['b'], bob: ['a'], cid: ['c'] });
});

test('a split by time asks for all that came later, of those who were there before', () => {
  const split = timeSplit(WATCHED, 20);
  assert.deepEqual(askedOf(split), { ann: ['a', 'c'] });
  assert.deepEqual(trainOf(split), { ann: ['b'], bob: ['a', 'b', 'd'], cid: [] });
  assert.equal(timeAtShare(WATCHED, 0.5), 10);
  assert.equal(timeAtShare(WATCHED, 1), 40);
});

test('a sample asks some of the profiles for the same', () => {
  const split = leaveLastOut(WATCHED);
  const sample = sampleRows(split, 1, createRandom(2));
  const [[profile, titles] = []] = Object.entries(askedOf(sample));
  assert.deepEqual(askedOf(split)[profile!], titles);
  assert.equal(sample.rows.length, 1);
  assert.equal(sampleRows(split, 2, createRandom(2)), split);
});

const histories = fc.array(
  fc.uniqueArray(fc.tuple(fc.nat(15), fc.nat(6)), { selector: ([title]) => title, maxLength: 8 }),
  { minLength: 1, maxLength: 8 },
);

test('no entry is lost, none is in both parts, and nothing learnt is newer than what is asked', () => {
  fc.assert(
    fc.property(histories, fc.nat(7), (lists, cut) => {
      const interactions = watchedAt(
        Object.fromEntries(
          lists.map((own, p) => [
            `p${p}`,
            Object.fromEntries(own.map(([title, time]) => [`t${String(title).padStart(2, '0')}`, time])),
          ]),
        ),
      );
      for (const split of [leaveLastOut(interactions), timeSplit(interactions, cut)]) {
        const { train, rows, starts, heldOut } = split;
        rows.forEach((row, i) => {
          const all = interactions.columns.subarray(
            interactions.rowStarts[row],
            interactions.rowStarts[row + 1],
          );
          const learnt = train.columns.subarray(train.rowStarts[row], train.rowStarts[row + 1]);
          const asked = heldOut.subarray(starts[i], starts[i + 1]);
          assert.deepEqual(
            [...learnt, ...asked].sort((a, b) => a - b),
            [...all],
          );
          assert.ok(learnt.length > 0 && asked.length > 0);
          const timeOf = (column: number): number =>
            interactions.times[interactions.rowStarts[row]! + all.indexOf(column)]!;
          const newest = Math.max(...[...learnt].map(timeOf));
          for (const column of asked) assert.ok(timeOf(column) >= newest);
        });
        assert.equal(train.rowStarts.at(-1), train.columns.length);
        assert.equal(train.times.length, train.columns.length);
      }
    }),
  );
});
