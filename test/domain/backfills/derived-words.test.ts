import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordAfter } from '../../../domain/backfills/derived-words.ts';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import { createRowPlays } from '../../../domain/row-plays.ts';

const play = (change: object = {}): DerivedRecord => ({
  ...{ upsertKey: 'p/1', version: 7, appendTime: 100, profileId: 'p', playId: '1', titleId: 't' },
  ...{ country: 'SE', eventTime: 90, timeStatus: 'ok', source: 'none', isFinal: 1, ...change },
});
const signal = (change: object = {}): DerivedRecord => ({
  ...{ upsertKey: 'p/binge', version: 7, appendTime: 100, profileId: 'p', signal: 'binge' },
  ...{ subject: 's', state: 'raised', eventTime: 90, value: 3, ...change },
});

test('a word that says the same holds, whatever its version, its time and whether it is final', () => {
  const folded = play({ version: 9000, appendTime: 101, isFinal: 0 });
  assert.deepEqual(wordAfter(play(), folded), { change: 'same' });
});

test('one that says otherwise is followed by a word one version newer, of its time, and says so where it was final', () => {
  const folded = play({ version: 9000, appendTime: 101, isFinal: 0, country: 'DE', row: 'home' });
  assert.deepEqual(wordAfter(play(), folded), {
    change: 'changed',
    word: play({ version: 8, country: 'DE', row: 'home', isFinal: 2 }),
  });
  const without = play({ version: 9000 });
  assert.deepEqual(wordAfter(play({ row: 'home' }), without).word, play({ version: 8, isFinal: 2 }));
  const again = play({ version: 8, isFinal: 2 });
  assert.deepEqual(
    wordAfter(again, play({ row: 'home' })).word,
    play({ version: 9, row: 'home', isFinal: 2 }),
  );
});

test('one that is not final waits for what the live lane says, unless it holds', () => {
  const open = play({ row: 'home', isFinal: 0 });
  assert.deepEqual(wordAfter(open, play()), { change: 'waiting' });
  assert.deepEqual(wordAfter(open, undefined), { change: 'waiting' });
  assert.deepEqual(wordAfter(open, play({ row: 'home' })), { change: 'same' });
});

test('a word about what had none is the first under its key', () => {
  const found = wordAfter(undefined, play({ version: 9000 }));
  assert.deepEqual(found, { change: 'added', word: play({ version: 1, isFinal: 2 }) });
  const open = play({ isFinal: 0 });
  assert.deepEqual(wordAfter(undefined, open), { change: 'added', word: play({ version: 1, isFinal: 0 }) });
  assert.deepEqual(wordAfter(undefined, signal({ state: 'withdrawn' })), { change: 'same' });
});

test('a first word that comes long after its time, once or twice, is in no count of plays', () => {
  const counts = createRowPlays({ openPlays: 9, finalPlays: 9, places: 9 });
  const word = wordAfter(undefined, play({ row: 'home' })).word as DerivedRecord<'attributed-plays'>;
  assert.deepEqual(
    [word, word].map((one) => counts.takePlay(0, one)),
    [false, false],
  );
  assert.deepEqual([...counts.ofTitle('t')], []);
});

test('a signal that holds no longer is withdrawn once; a play that is no more keeps its word', () => {
  const withdrawn = signal({ version: 8, state: 'withdrawn' });
  assert.deepEqual(wordAfter(signal(), undefined), { change: 'withdrawn', word: withdrawn });
  assert.deepEqual(wordAfter(signal(), signal({ state: 'withdrawn', value: 2 })).change, 'withdrawn');
  assert.deepEqual(wordAfter(withdrawn, undefined), { change: 'same' });
  assert.deepEqual(wordAfter(withdrawn, signal()).word, signal({ version: 9 }));
  assert.deepEqual(wordAfter(play(), undefined), { change: 'stranded' });
});
