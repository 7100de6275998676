import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { QUIET_PROFILE_MS, type KeyedInput, type UpsertInput } from '../../../domain/keyed-fold.ts';
import type { NearlineModels } from '../../../domain/nearline/models.ts';
import { createNearline, type NearlineState } from '../../../domain/nearline/nearline.ts';
import { readNearlineRows } from '../../../domain/nearline/rows.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { inLogOrder, PROFILE, recordOf, type EventOf } from '../../support/profile-records.ts';
import { FILMS, nearlineModels } from '../../support/nearline-models.ts';

const EIGHT = Date.UTC(2026, 5, 1, 20);
const LIMITS = { history: 20, titlesPerRow: 5, subjects: 2 };
const models = nearlineModels(3);

const stop = (film: string, minutes: number, position = 5900, delayMs = 0): CleanRecord =>
  recordOf(
    {
      ...{ kind: 'play_stop', titleId: film, playId: 'p', eventTime: EIGHT + minutes * MINUTE_MS },
      ...{ positionSeconds: position, viewedSeconds: position },
    },
    { runtimeSeconds: 6000 },
    delayMs,
  );
const event = (kind: EventOf['kind'], minutes: number, more: object): CleanRecord =>
  recordOf({ kind, eventTime: EIGHT + minutes * MINUTE_MS, ...more });

const signal = (minutes: number, offset: number, state = 'raised'): UpsertInput => ({
  ...{ topic: 'user-behavior-features', partition: 0, offset },
  record: {
    ...{ upsertKey: 's', version: 1, appendTime: EIGHT + minutes * MINUTE_MS, profileId: PROFILE },
    ...{ signal: 'binge', subject: 's', state, eventTime: EIGHT + minutes * MINUTE_MS },
  },
});

interface Run {
  readonly state: NearlineState | undefined;
  /** How often rows were ranked. */
  readonly ranked: number;
}

type Input = KeyedInput | UpsertInput;
const isSignal = (input: Input): input is UpsertInput => input.topic === 'user-behavior-features';

/** Folds in batches of `size`, settled at the end of each, as the lane does; stored and read after each. */
function run(inputs: readonly Input[], size = 1, held: NearlineModels | null = models): Run {
  let ranked = 0;
  const fold = createNearline({
    limits: LIMITS,
    models: () => held ?? undefined,
    onRanked: () => (ranked += 1),
  });
  let state: NearlineState | undefined;
  for (let from = 0; from < inputs.length; from += size) {
    let isUnsettled = false;
    for (const input of inputs.slice(from, from + size)) {
      const step = isSignal(input) ? fold.upserts!.step(state, input) : fold.step(state, input);
      if (step.isUnchanged !== true) state = step.state;
      isUnsettled ||= step.isUnsettled === true;
    }
    if (isUnsettled) state = fold.settle!('p', state!).state;
    state = structuredClone(state);
  }
  return { state, ranked };
}

test('a film that was finished brings films of its taste, and a row of those like it', () => {
  const { state } = run(inLogOrder([stop('film-0', 0), stop('film-2', 100)]));
  const rows = readNearlineRows(state!.rows!);
  assert.deepEqual(
    rows.map(({ kind, subject }) => [kind, subject]),
    [
      ['top-picks', null],
      ['because-you-watched', 'film-2'],
      ['because-you-watched', 'film-0'],
    ],
  );
  const even = FILMS.filter((_, n) => n % 2 === 0 && n > 2);
  const picks = rows[0]!.titles.slice(0, 3).map(({ titleId }) => titleId);
  assert.deepEqual([...picks].sort(), even);
  assert.equal(rows[1]!.titles[0]!.titleId, 'film-4');
  for (const { titles } of rows) {
    assert.ok(titles.length <= LIMITS.titlesPerRow);
    assert.ok(!titles.some(({ titleId }) => titleId === 'film-0' || titleId === 'film-2'));
  }
  assert.deepEqual(state!.rows!.versions, { itemFactors: 3, neighbours: 3, rankingPolicy: 3 });
  assert.deepEqual(state!.rows!.cause, {
    ...{ topic: 'plays', partition: 0, offset: 1 },
    ...{ appendTime: EIGHT + 100 * MINUTE_MS, eventTime: EIGHT + 100 * MINUTE_MS },
  });
});

test('another taste brings other films', () => {
  const [even, odd] = ['film-0', 'film-1'].map(
    (film) => readNearlineRows(run(inLogOrder([stop(film, 0)])).state!.rows!)[0]!.titles[0]!.titleId,
  );
  assert.deepEqual([even, odd], ['film-2', 'film-3']);
});

test('starts, pauses and clicks are no cause, nor is what was left at once a subject', () => {
  const start = event('play_start', 1, { titleId: 'film-0' });
  const click = event('click', 2, { titleId: 'film-0' });
  assert.equal(run(inLogOrder([start, click])).state, undefined);
  const { state, ranked } = run(inLogOrder([start, stop('film-0', 3, 100), click]));
  assert.equal(ranked, 1);
  assert.ok(readNearlineRows(state!.rows!).every(({ kind }) => kind !== 'because-you-watched'));
});

test('a film that was rated down is in no row', () => {
  const watched = [stop('film-0', 0)];
  const has = (records: readonly CleanRecord[]): boolean =>
    run(inLogOrder(records)).state!.rows!.titles.includes('film-4');
  assert.equal(has(watched), true);
  assert.equal(has([...watched, event('rate', 1, { titleId: 'film-4', rating: 1 })]), false);
});

test('a signal that follows from a play taken already changes nothing, one that comes later ranks anew', () => {
  const played = inLogOrder([stop('film-0', 0)]);
  assert.equal(run([...played, signal(0, 0)]).ranked, 1);
  const later = run([...played, signal(5, 0)]);
  assert.equal(later.ranked, 2);
  assert.equal(later.state!.rows!.cause.topic, 'user-behavior-features');
  assert.equal(run([...played, signal(5, 0, 'withdrawn')]).ranked, 1);
});

test('without models nothing is ranked, and the history is there when they come', () => {
  const played = inLogOrder([stop('film-0', 0), stop('film-2', 5)]);
  const { state, ranked } = run(played, 1, null);
  assert.deepEqual([state!.rows, ranked], [null, 0]);
  assert.deepEqual(state!.watching.titles, ['film-2', 'film-0']);
});

const causes = fc.array(
  fc.record({
    film: fc.constantFrom(...FILMS),
    // Often the same moment.
    tens: fc.nat(20),
    position: fc.constantFrom(50, 3000, 5900),
    delay: fc.nat(100),
    kind: fc.constantFrom('stop', 'rate', 'start', 'signal'),
  }),
  { minLength: 1, maxLength: 30 },
);

test('however the log is cut into batches, and signals come between, the last rows are the same', () => {
  fc.assert(
    fc.property(causes, fc.integer({ min: 1, max: 30 }), fc.array(fc.nat(30)), (some, size, places) => {
      const records = some.flatMap(({ film, tens, position, delay, kind }) => {
        if (kind === 'stop') return [stop(film, tens * 10, position, delay * MINUTE_MS)];
        if (kind === 'rate') return [event('rate', tens * 10, { titleId: film, rating: tens % 11 })];
        return kind === 'start' ? [event('play_start', tens * 10, { titleId: film })] : [];
      });
      const signals = some
        .filter(({ kind }) => kind === 'signal')
        .map(({ tens }) => tens * 10)
        .sort((a, b) => a - b)
        .map((minutes, offset) => signal(minutes, offset));
      const log = inLogOrder(records);
      const mixed: Input[] = [...log];
      // In the order of their topic, anywhere among the events.
      let from = 0;
      signals.forEach((one, i) => {
        from = Math.max(from, (places[i] ?? 0) % (mixed.length + 1));
        mixed.splice(from++, 0, one);
      });
      const whole = run([...log, ...signals], 1000).state;
      const found = run(mixed, size).state;
      assert.deepEqual(found?.rows, whole?.rows);
      assert.deepEqual(found?.watching, whole?.watching);
    }),
  );
});

test('a profile keeps so many titles of its history and so many rows', () => {
  const many = FILMS.map((film, n) => stop(film, n * 10));
  const fold = createNearline({ limits: { history: 3, titlesPerRow: 2, subjects: 1 }, models: () => models });
  let state: NearlineState | undefined;
  for (const input of inLogOrder(many)) state = fold.step(state, input).state;
  const { rows, watching } = fold.settle!('p', state!).state!;
  assert.deepEqual(watching.titles, ['film-9', 'film-8', 'film-7']);
  assert.equal(rows!.kinds.length, 2);
  assert.ok(rows!.titles.length <= 4);
  assert.equal(readNearlineRows(rows!, 1)[0]!.titles.length, 1);
});

test('where ranking fails the rows before stay, it is said, and the next cause ranks again', () => {
  let isBroken = false;
  const row: NearlineModels['ranker']['row'] = (...asked) => {
    if (isBroken) throw new RangeError('no such title');
    return models.ranker.row(...asked);
  };
  const held = { ...models, ranker: { row } };
  const failures: unknown[] = [];
  const fold = createNearline({
    ...{ limits: LIMITS, models: () => held },
    onFailed: (error) => failures.push(error),
  });
  let state: NearlineState | undefined;
  const causes = inLogOrder([0, 1, 2].map((n) => stop(`film-${n}`, n)));
  const rows = causes.map((input, n) => {
    isBroken = n === 1;
    state = fold.settle!('p', fold.step(state, input).state!).state;
    return state!.rows!.cause.offset;
  });
  assert.deepEqual([rows, failures.length, state!.watching.titles.length], [[0, 0, 2], 1, 3]);
});

test('a profile of which nothing came for so long is forgotten', () => {
  const fold = createNearline({ limits: LIMITS, models: () => models });
  const [input] = inLogOrder([stop('film-0', 0)]);
  const { state, wakeAt } = fold.step(undefined, input!);
  assert.equal(wakeAt, EIGHT + QUIET_PROFILE_MS);
  assert.ok(fold.wake!('p', state!, wakeAt - 1).state !== undefined);
  assert.equal(fold.wake!('p', state!, wakeAt).state, undefined);
});
