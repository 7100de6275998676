import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createAttribution } from '../../domain/attribution.ts';
import type { AttributedPlay } from '../../domain/attribution/pending.ts';
import type { Impression } from '../../domain/events/event.ts';
import { createRowPlays, type RowPlays } from '../../domain/row-plays.ts';
import { createRandom } from '../../domain/random.ts';
import { generateLogs, LIMITS } from '../support/attribution-log.ts';
import { driveFold } from '../support/keyed-drive.ts';

const LIMITS_OF_COUNTS = { openPlays: 1000, finalPlays: 200, places: 10_000 };

function upsert(change: Partial<AttributedPlay> = {}): AttributedPlay {
  return {
    upsertKey: '1/p/a',
    version: 1,
    appendTime: 0,
    profileId: 'p',
    playId: 'a',
    titleId: 't',
    country: 'DE',
    eventTime: 0,
    timeStatus: 'ok',
    source: 'row',
    row: 'trending',
    rank: 2,
    isFinal: 0,
    ...change,
  };
}

const impression = (change: Partial<Impression> = {}): Impression =>
  ({ kind: 'impression', titleId: 't', row: 'trending', rank: 2, ...change }) as Impression;

const nowhere = ({ row: _row, rank: _rank, ...rest }: AttributedPlay): AttributedPlay => ({
  ...rest,
  source: 'none',
});

test('a play is counted where its newest upsert says, and nowhere else', () => {
  const counts = createRowPlays(LIMITS_OF_COUNTS);
  counts.takePlay(0, nowhere(upsert()));
  assert.deepEqual([counts.withoutRow(), counts.byPosition()], [1, []]);
  counts.takePlay(0, upsert({ version: 2 }));
  counts.takePlay(0, upsert({ version: 3, row: 'because', rank: 0 }));
  assert.deepEqual(
    [counts.withoutRow(), counts.byPosition()],
    [0, [{ row: 'because', rank: 0, plays: 1, impressions: 0 }]],
  );
});

test('a word that puts a final one right moves the play as long as that one is remembered, and counts it no second time', () => {
  const counts = createRowPlays({ ...LIMITS_OF_COUNTS, finalPlays: 1 });
  counts.takePlay(0, upsert({ isFinal: 1 }));
  assert.equal(counts.takePlay(0, upsert({ version: 2, row: 'because', isFinal: 2 })), true);
  assert.deepEqual([...counts.ofTitle('t')], [['because', 1]]);
  counts.takePlay(0, upsert({ upsertKey: '1/p/b', isFinal: 1 }));
  assert.equal(counts.takePlay(0, upsert({ version: 3, row: 'home', isFinal: 2 })), false);
  assert.deepEqual(Object.fromEntries(counts.ofTitle('t')), { because: 1, trending: 1 });
});

test('past the limit of places a play is counted in none, and moves to one that is there', () => {
  const counts = createRowPlays({ ...LIMITS_OF_COUNTS, places: 1 });
  counts.takePlay(0, upsert());
  counts.takePlay(0, upsert({ upsertKey: '1/p/b', row: 'because' }));
  assert.deepEqual([...counts.ofTitle('t')], [['trending', 1]]);
  assert.equal(counts.unplaced(), 1);
  counts.takePlay(0, upsert({ upsertKey: '1/p/b', version: 2 }));
  assert.deepEqual([...counts.ofTitle('t')], [['trending', 2]]);
  assert.equal(counts.unplaced(), 0);
});

test('upserts sent again, or after newer ones, change nothing', () => {
  const counts = createRowPlays(LIMITS_OF_COUNTS);
  assert.equal(counts.takePlay(0, upsert({ version: 2, isFinal: 1 })), true);
  assert.equal(counts.takePlay(0, upsert({ version: 2, isFinal: 1 })), false);
  assert.equal(counts.takePlay(0, upsert({ version: 1, row: 'because' })), false);
  assert.deepEqual(counts.byPosition(), [{ row: 'trending', rank: 2, plays: 1, impressions: 0 }]);
});

test('explicit impressions are counted by position and by title, synthetic ones are not', () => {
  const counts = createRowPlays(LIMITS_OF_COUNTS);
  counts.takeImpression(impression());
  counts.takeImpression(impression({ rank: 3, origin: 'explicit' }));
  counts.takeImpression(impression({ origin: 'synthetic' }));
  counts.takePlay(0, upsert());
  assert.deepEqual(counts.byPosition(), [
    { row: 'trending', rank: 2, plays: 1, impressions: 1 },
    { row: 'trending', rank: 3, plays: 0, impressions: 1 },
  ]);
  assert.deepEqual(counts.byTitle(), [{ titleId: 't', row: 'trending', plays: 1, impressions: 2 }]);
});

test('a play that says its row but not where in it has a position of its own', () => {
  const counts = createRowPlays(LIMITS_OF_COUNTS);
  const { rank: _rank, ...stated } = upsert({ source: 'stated' });
  counts.takePlay(0, stated);
  assert.deepEqual(counts.byPosition(), [{ row: 'trending', rank: null, plays: 1, impressions: 0 }]);
});

test('what a partition remembers is bounded, final plays and open ones apart', () => {
  const counts = createRowPlays({ openPlays: 2, finalPlays: 2, places: 10_000 });
  for (const upsertKey of ['a', 'b', 'c']) counts.takePlay(0, upsert({ upsertKey, isFinal: 1 }));
  counts.takePlay(1, upsert({ upsertKey: 'd', isFinal: 1 }));
  assert.equal(counts.takePlay(0, upsert({ upsertKey: 'b', isFinal: 1 })), false, 'still known');
  assert.equal(counts.takePlay(0, upsert({ upsertKey: 'a', isFinal: 1 })), true, 'forgotten');
  assert.equal(counts.forgotten(), 0, 'nothing more was to come of it');
  for (const upsertKey of ['x', 'y', 'z']) counts.takePlay(0, upsert({ upsertKey }));
  assert.equal(counts.forgotten(), 1, 'and of this one there was');
  assert.equal(counts.byPosition()[0]?.plays, 8, 'what is forgotten stays counted');
});

/** Counts from nothing but the last upsert of every play. */
function fromLastUpserts(upserts: readonly AttributedPlay[]): RowPlays {
  const counts = createRowPlays(LIMITS_OF_COUNTS);
  const last = new Map(upserts.map((one) => [one.upsertKey, one]));
  for (const one of last.values()) counts.takePlay(0, one);
  return counts;
}

test('counts over a log of upserts are those of the last ones, whatever is sent again', () => {
  const logs = generateLogs(5, { sessions: 400, profiles: 100, partitions: 1 })[0]!;
  fc.assert(
    fc.property(fc.integer(), fc.array(fc.nat(1000), { maxLength: 5 }), (seed, restarts) => {
      const random = createRandom(seed);
      const { outputs } = driveFold(createAttribution(LIMITS), { ...logs }, { random, until: 2e12 });
      const counts = createRowPlays(LIMITS_OF_COUNTS);
      outputs.forEach((one, i) => {
        counts.takePlay(0, one);
        // A restart sends the batch before it once more.
        if (restarts.includes(i))
          for (const again of outputs.slice(Math.max(0, i - 50), i + 1)) counts.takePlay(0, again);
      });
      const expected = fromLastUpserts(outputs);
      assert.deepEqual(counts.byPosition(), expected.byPosition());
      assert.deepEqual(counts.byTitle(), expected.byTitle());
      assert.equal(counts.withoutRow(), expected.withoutRow());
    }),
    { numRuns: 20 },
  );
});

test('what a later generation says of a play replaces the word of the one before, whatever the versions', () => {
  const counts = createRowPlays(LIMITS_OF_COUNTS);
  counts.takePlay(0, upsert({ version: 90, row: 'trending' }), 1);
  assert.equal(counts.takePlay(3, upsert({ version: 2, row: 'because' }), 2), true);
  assert.equal(counts.takePlay(0, upsert({ version: 95, row: 'trending' }), 1), false);
  assert.deepEqual([...counts.ofTitle(upsert().titleId)], [['because', 1]]);
});
