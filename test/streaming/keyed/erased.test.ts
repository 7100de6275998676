import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createErasureBook } from '../../../domain/erasure/book.ts';
import { profileId as id } from '../../../domain/ids.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { createKeyedLane } from '../../../streaming/keyed/lane.ts';
import { counting, record, values, type Count, type Sent } from '../../support/counting-lane.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-erased-'));
after(() => rmSync(dir, { recursive: true, force: true }));

function setUp(folder: string) {
  const states = createLmdbKeyedStates<Count>(join(dir, folder), 1);
  const book = createErasureBook((profile) => profile);
  const sent: Sent[] = [];
  let rebased = 0;
  const lane = createKeyedLane({
    fold: counting(['impressions']),
    partition: 0,
    states: { ...states.partition(0), rebase: () => void (rebased += 1) },
    owners: { events: book.owners('g1', 0), ownerAt: book.ownerAt },
    emit: (outputs) => Promise.resolve(void sent.push(...outputs)),
    cachedKeys: 10,
  });
  const erase = (profile: string, reach: number): void =>
    void book.add({
      id: `${profile}.0`,
      profileHash: profile,
      surrogate: id(`erased-${profile}`),
      requestedAt: 1,
      positions: { g1: [reach] },
    });
  return { lane, sent, erase, states, rebased: () => rebased };
}

test('state of an erased profile is gone at once, on disk too, and its checkpoints are written anew', async () => {
  const { lane, erase, states, rebased } = setUp('gone');
  await lane.open('impressions');
  await lane.process('impressions', [
    { offset: 0, record: record(0, 'a', 1000) },
    { offset: 1, record: record(1, 'b', 1001) },
  ]);
  erase('a', 1);
  await lane.forget(id('a'));
  await lane.forget(id('nobody'));
  assert.equal(rebased(), 1);
  await states.close();
  const reader = openKeyedReader<Count>(join(dir, 'gone'), 1);
  assert.equal(reader.get('a'), undefined);
  assert.equal(reader.get('b')?.seen, 1);
  await reader.close();
});

test('a profile that could not be forgotten on disk is not taken for forgotten when it is told again', async () => {
  const states = createLmdbKeyedStates<Count>(join(dir, 'again'), 1);
  const partition = states.partition(0);
  let isFull = false;
  const lane = createKeyedLane({
    fold: counting(['impressions']),
    partition: 0,
    states: {
      ...partition,
      commit: (changes) => (isFull ? Promise.reject(new Error('disk full')) : partition.commit(changes)),
    },
    emit: () => Promise.resolve(),
    cachedKeys: 10,
  });
  await lane.open('impressions');
  await lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  await lane.store();
  isFull = true;
  await assert.rejects(lane.forget('a'), /disk full/);
  await assert.rejects(lane.forget('a'), /disk full/);
  isFull = false;
  await lane.forget('a');
  await states.close();
  const reader = openKeyedReader<Count>(join(dir, 'again'), 1);
  assert.equal(reader.get('a'), undefined);
  await reader.close();
});

test('records up to the position are folded as the surrogate’s, those after it as a newcomer’s', async () => {
  const { lane, sent, erase, states } = setUp('owned');
  await lane.open('impressions');
  await lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  erase('a', 4);
  await lane.forget(id('a'));
  await lane.process('impressions', [
    { offset: 1, record: record(4, 'a', 1001) },
    { offset: 2, record: record(5, 'a', 1002) },
  ]);
  assert.deepEqual(values(sent), ['a1', 'erased-a1', 'a1']);
  await states.close();
});

test('a profile is not woken any more once it was forgotten', async () => {
  const { lane, sent, erase, states } = setUp('woken');
  await lane.open('impressions');
  await lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  erase('a', 0);
  await lane.forget(id('a'));
  await lane.process('impressions', [{ offset: 1, record: record(1, 'b', 200_000) }]);
  assert.deepEqual(values(sent), ['a1', 'b1']);
  await states.close();
});
