import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CleanRecord, PlayEvent } from '../../../domain/events/event.ts';
import { addPlayEvent, createPlayState, readPlay, type Play } from '../../../domain/signals/play.ts';
import { HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { recordOf } from '../../support/profile-records.ts';
import { film, playOf, T0 } from './play-cases.ts';

/** Longer than an even share of the play, so that so few events can bridge it. */
const GAP_MS = HOUR_MS;
const FEW = 8;

function read(records: readonly CleanRecord[], maxPoints = 1000): Play | undefined {
  const state = createPlayState('p1');
  for (const record of records) addPlayEvent(state, record as CleanRecord<PlayEvent>, maxPoints);
  assert.ok(state.points.length <= maxPoints * 5);
  return readPlay(state, GAP_MS);
}

const pause = (at: number, viewedSeconds: number): CleanRecord =>
  recordOf({
    kind: 'play_pause',
    titleId: 'a',
    playId: 'p1',
    eventTime: T0 + at,
    positionSeconds: viewedSeconds,
    viewedSeconds,
  });
const [start, stop] = playOf({ id: 'p1', title: 'a', at: T0, viewed: 5400, enriched: film('a') }) as [
  CleanRecord,
  CleanRecord,
];

test('a play that keeps few of its events comes to the same as one that keeps all', () => {
  const minutes = fc.uniqueArray(fc.nat(89), { minLength: 5, maxLength: 60 });
  fc.assert(
    fc.property(minutes, fc.boolean(), fc.boolean(), (at, isStopped, isStartLate) => {
      const pauses = at.map((minute) => pause(minute * MINUTE_MS, minute * 60));
      const events = [...pauses, ...(isStopped ? [stop] : [])];
      const records = isStartLate ? [...events, start] : [start, ...events];
      assert.deepEqual(read(records, FEW), read(records));
    }),
  );
});

test('a stop is never folded into what comes after it', () => {
  const late = Array.from({ length: 20 }, (_, n) => pause((91 + 20 * n) * MINUTE_MS, 6000));
  const play = read([start, pause(40 * MINUTE_MS, 2400), pause(89 * MINUTE_MS, 5340), stop, ...late], FEW)!;
  assert.equal(play.stoppedAt, T0 + 90 * MINUTE_MS);
  assert.equal(play.viewed, 5400);
});

test('of two starts under one id the first begins the play', () => {
  const again = recordOf(
    { kind: 'play_start', eventId: 'p1', titleId: 'b', eventTime: T0 + MINUTE_MS },
    film('b'),
  );
  const half = pause(45 * MINUTE_MS, 2700);
  for (const records of [
    [start, again, half, stop],
    [again, start, half, stop],
  ]) {
    const play = read(records)!;
    assert.deepEqual([play.title, play.startedAt, play.completedAt], ['a', T0, T0 + 90 * MINUTE_MS]);
  }
});
