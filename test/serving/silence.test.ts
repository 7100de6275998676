import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEnds } from '../../serving/log-end.ts';
import { createSilence, type SilentLane } from '../../serving/silence.ts';

const SILENT_MS = 10_000;
const PLAYS_0: readonly SilentLane[] = [{ topic: 'plays', partition: 0 }];

interface At {
  readonly end?: number;
  readonly watermark?: number;
  readonly cut?: number;
}

/** One partition of plays beside an idle one of impressions; `see` looks after so many more seconds. */
function bench() {
  let now = 0;
  const silence = createSilence({ silentMs: SILENT_MS, now: () => now });
  return {
    see(afterS: number, { end, watermark = 0, cut = 0 }: At): readonly SilentLane[] {
      now += afterS * 1000;
      const plays = end === undefined ? null : { ends: [end], ageMs: 0 };
      const ends: LogEnds = { plays, impressions: { ends: [7], ageMs: 0 } };
      return silence.observe({
        ends,
        watermark: { plays: [watermark], impressions: [7] },
        cut: { plays: [cut], impressions: [0] },
      });
    },
  };
}

test('a marker that stands still behind the end of its log for too long is silence, and its next move ends it', () => {
  const { see } = bench();
  assert.deepEqual(see(0, { end: 9, watermark: 5 }), []);
  assert.deepEqual(see(10, { end: 9, watermark: 5 }), [], 'not longer than the time');
  assert.deepEqual(see(1, { end: 9, watermark: 5 }), PLAYS_0);
  assert.deepEqual(see(60, { end: 50, watermark: 5 }), PLAYS_0, 'a log that grows is no sign of life');
  assert.deepEqual(see(1, { end: 50, watermark: 6 }), []);
  assert.deepEqual(see(9, { end: 50, watermark: 6 }), []);
  assert.deepEqual(see(2, { end: 50, watermark: 6 }), PLAYS_0);
});

test('an idle partition is not silent, and the first record after hours is not late at once', () => {
  const { see } = bench();
  see(0, { end: 5, watermark: 5 });
  assert.deepEqual(see(7200, { end: 5, watermark: 5 }), []);
  assert.deepEqual(see(1, { end: 6, watermark: 5 }), []);
  assert.deepEqual(see(9, { end: 6, watermark: 5 }), []);
  assert.deepEqual(see(2, { end: 6, watermark: 5 }), PLAYS_0);
  assert.deepEqual(see(1, { end: 6, watermark: 6 }), []);
});

test('a lane that lags but goes on is not silent', () => {
  const { see } = bench();
  for (let step = 0; step < 20; step++)
    assert.deepEqual(see(9, { end: 1000 + step, watermark: 10 + step }), []);
});

test('a newer view that moves the cut past the last marker does not end the silence', () => {
  const { see } = bench();
  see(0, { end: 100, watermark: 20, cut: 16 });
  assert.deepEqual(see(11, { end: 100, watermark: 20, cut: 16 }), PLAYS_0);
  assert.deepEqual(see(1, { end: 100, watermark: 64, cut: 64 }), PLAYS_0);
  assert.deepEqual(see(1, { end: 100, watermark: 20, cut: 16 }), PLAYS_0, 'nor does the way back');
  assert.deepEqual(see(1, { end: 100, watermark: 65, cut: 64 }), []);
});

test('a lane of which no marker was ever seen is silent all the same', () => {
  const { see } = bench();
  see(0, { end: 3 });
  assert.deepEqual(see(11, { end: 3 }), PLAYS_0);
});

test('where the end of a log is not known there is nothing to be behind', () => {
  const { see } = bench();
  see(0, { watermark: 5 });
  assert.deepEqual(see(100, { watermark: 5 }), []);
});
