import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { watch, type SeenView, type WatchInput, type WatchState } from '../../../domain/notices/watch.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';

const view = viewName('popularity');
const v = viewVersion;
const MINUTE = 60_000;
const rules = { overdueGrace: 1, leastGraceMs: 0, laggardAfterMs: MINUTE };
const promises = [{ view, everyMs: 10 * MINUTE }];
const START = Date.parse('2026-02-03T04:00:00Z');

/** Looks one after the other, each so many minutes after the start, at which there was one already. */
function looks(
  seen: readonly (readonly [minute: number, Partial<SeenView>])[],
  change: Partial<WatchInput> = {},
): string[][] {
  let state: WatchState = {};
  return [[0, {}] as const, ...seen]
    .map(([minute, one]) => {
      const now = START + minute * MINUTE;
      const whole = { view, served: v(1), freshAt: START, behind: [], ...one };
      const step = watch(state, { region: region('eu'), now, rules, promises, seen: [whole], ...change });
      // As it is kept: in JSON.
      state = JSON.parse(JSON.stringify(step.state)) as WatchState;
      return step.notices.map(({ kind, subscribers, due }) =>
        [kind, ...(due === null ? [] : [due.slice(11, 16)]), ...subscribers].join(' '),
      );
    })
    .slice(1);
}

test('a view is overdue one interval of grace after its version was due, and that is told once', () => {
  assert.deepEqual(
    looks([
      [19, {}],
      [20, {}],
      [21, {}],
      [90, {}],
    ]),
    [[], ['overdue 04:20'], [], []],
  );
});

test('a run that finds nothing to do keeps the promise as a version does', () => {
  const found = looks([
    [15, {}],
    [25, { freshAt: START + 14 * MINUTE }],
    [34, { freshAt: START + 14 * MINUTE }],
  ]);
  assert.deepEqual(found, [[], [], ['overdue 04:34']]);
});

test('a view that came and is late again is told of again', () => {
  const fresh = { freshAt: START + 30 * MINUTE };
  assert.deepEqual(
    looks([
      [20, {}],
      [31, fresh],
      [50, fresh],
    ]),
    [['overdue 04:20'], [], ['overdue 04:50']],
  );
});

test('a view without a version is due from when it was first looked at, and one without a schedule never', () => {
  const none = { served: null, freshAt: null };
  assert.deepEqual(
    looks([
      [0, none],
      [19, none],
      [20, none],
    ]),
    [[], [], ['overdue 04:20']],
  );
  assert.deepEqual(
    looks(
      [
        [0, none],
        [9000, none],
      ],
      { promises: [] },
    ),
    [[], []],
  );
});

test('of several schedules of a view the most frequent counts', () => {
  const two = [...promises, { view, everyMs: 1000 * MINUTE }];
  assert.deepEqual(looks([[20, {}]], { promises: two }), [['overdue 04:20']]);
});

test('who is behind for long enough is a laggard, told once, and again after having followed', () => {
  const fresh = (minute: number) => ({ freshAt: START + minute * MINUTE });
  const found = looks([
    [0, { ...fresh(0), behind: ['a', 'b'] }],
    [1, { ...fresh(1), behind: ['a'] }],
    [2, { ...fresh(2), behind: ['a', 'b'] }],
    [3, { ...fresh(3), behind: ['a', 'b'] }],
    [4, { ...fresh(4), behind: [] }],
    [5, { ...fresh(5), behind: ['a'] }],
    [6, { ...fresh(6), behind: ['a'] }],
  ]);
  assert.deepEqual(found, [[], ['laggards a'], [], ['laggards b'], [], [], ['laggards a']]);
});

test('a version that came since gives everybody time anew', () => {
  const found = looks([
    [0, { behind: ['a'] }],
    [1, { behind: ['a'], served: v(2), freshAt: START + MINUTE }],
    [2, { behind: ['a'], served: v(2), freshAt: START + MINUTE }],
  ]);
  assert.deepEqual(found, [[], [], ['laggards a']]);
});

test('while nobody can say who follows, nobody is called a laggard and nothing is forgotten', () => {
  const found = looks([
    [0, { behind: ['a'] }],
    [1, { behind: undefined }],
    [2, { behind: ['a'] }],
  ]);
  assert.deepEqual(found.slice(2), [['laggards a']]);
});

test('a look that is repeated after a crash tells the same under the same ids', () => {
  const now = START + 20 * MINUTE;
  const seen = [{ view, served: v(1), freshAt: START, behind: ['a'] }];
  const first = watch({}, { region: region('eu'), now: START, rules, promises, seen });
  const tries = [now, now + 5000].map((at) =>
    watch(first.state, { region: region('eu'), now: at, rules, promises, seen }).notices.map(({ id }) => id),
  );
  assert.equal(tries[0]?.length, 2);
  assert.deepEqual(tries[0], tries[1]);
});

test('how late a view is and who lags is shown for as long as it lasts', () => {
  const seen = [{ view, served: v(1), freshAt: START, behind: ['a'] }];
  const first = watch({}, { region: region('eu'), now: START, rules, promises, seen });
  const { lateness } = watch(first.state, {
    region: region('eu'),
    now: START + 21 * MINUTE,
    rules,
    promises,
    seen,
  });
  assert.deepEqual(lateness, [{ view, overdueMs: MINUTE, laggards: ['a'] }]);
});
