import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextLifts, createContextLifts, type GenreContexts } from '../../../domain/ranking/context.ts';

const GENRES = ['Comedy', 'Drama', 'Horror'];

/** Everybody plays comedies in the morning and horror at night; on television there is more drama. */
const ROWS = [
  ['', 8, 'phone', 'Comedy', 500],
  ['', 23, 'phone', 'Horror', 500],
  ['', 8, 'tv', 'Drama', 900],
  ['DE', 8, 'phone', 'Comedy', 400],
  ['DE', 8, 'tv', 'Drama', 900],
  ['DE', 23, 'phone', 'Horror', 400],
  ['DE', 23, 'phone', 'Musical', 1e6],
] as const;

function contextsOf(rows: typeof ROWS): GenreContexts {
  const [deviceNames, genreNames] = [
    ['phone', 'tv'],
    ['Horror', 'Drama', 'Comedy', 'Musical'],
  ];
  return {
    countries: new Map([
      ['', [0, 3]],
      ['DE', [3, 7]],
    ]),
    hours: Uint8Array.from(rows, ([, hour]) => hour),
    devices: Uint32Array.from(rows, ([, , device]) => deviceNames.indexOf(device)),
    genres: Uint32Array.from(rows, ([, , , genre]) => genreNames.indexOf(genre)),
    plays: Float64Array.from(rows, ([, , , , plays]) => plays),
    ...{ deviceNames, genreNames },
  };
}

const lifts = createContextLifts(contextsOf(ROWS), GENRES);
const at = (hour: number, device: string | null = null, country: string | null = 'DE') =>
  lifts.of({ hour, device, country });
const isPlain = (found: Float32Array | undefined): boolean =>
  found !== undefined && found.every((lift) => lift === 0);

test('a genre is lifted at the hours at which it is played more, by as much as the formula says', () => {
  assert.deepEqual(at(8), contextLifts([400, 900, 0], [400, 900, 400], 100));
  const night = at(23)!;
  assert.ok(night[2]! > 0 && night[0]! < 0 && night[1]! < 0);
});

test('the hours around one are counted with it, past midnight too', () => {
  assert.deepEqual(at(1), at(23));
  assert.deepEqual(at(10), at(8));
  // Nothing is played at noon: everything is as usual.
  assert.ok(isPlain(at(12)));
});

test('a device narrows the context, and one that nobody has says nothing', () => {
  const onTv = at(8, 'tv')!;
  assert.ok(onTv[1]! > at(8)![1]! && onTv[0]! < 0);
  assert.ok(isPlain(at(8, 'fridge')));
});

test('countries have their own lifts, all together theirs, and an unknown one none', () => {
  assert.notDeepEqual(at(8, null, null), at(8));
  assert.deepEqual(at(8, null, null), contextLifts([500, 900, 0], [500, 900, 500], 100));
  assert.equal(at(8, null, 'FR'), undefined);
});

test('lifts are worked out once a context', () => {
  assert.equal(at(8), at(8));
});
