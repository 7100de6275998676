import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventOwners } from '../../../domain/erasure/book.ts';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import { generation, profileId, region } from '../../../domain/ids.ts';
import type { ProfileAnswer } from '../../../domain/side-inputs.ts';
import type { PendingCompletion } from '../../../infra/state/extract-state.ts';
import { createCompleter } from '../../../streaming/extract/completer.ts';

const record = (rawOffset: number): PendingCompletion => ({
  rawOffset,
  topic: 'plays',
  eventId: `e${rawOffset}`,
  profileId: `p${rawOffset % 3}`,
  appendTime: 1000 + rawOffset,
});

/** Records that wait, a service that knows some profiles, and a log that can fail. */
function setUp(rawOffsets: readonly number[], batch: number, owners?: EventOwners) {
  const waiting = new Map(rawOffsets.map((rawOffset) => [rawOffset, record(rawOffset)]));
  const world = {
    waiting,
    answers: new Map<string, ProfileAnswer>(),
    asked: [] as (readonly string[])[],
    sent: [] as DerivedRecord<'completions'>[],
    logFails: false,
    stateFails: false,
    time: 5000,
  };
  const completer = createCompleter({
    partition: 3,
    owners,
    region: region('eu'),
    generation: generation('g1'),
    batch,
    pending: {
      count: () => waiting.size,
      after: (_partition, rawOffset, limit) =>
        [...waiting.values()].filter((one) => one.rawOffset > rawOffset).slice(0, limit),
      forget(_partition, gone) {
        if (world.stateFails) return Promise.reject(new Error('state'));
        for (const rawOffset of gone) waiting.delete(rawOffset);
        return Promise.resolve();
      },
    },
    ask(profileIds) {
      world.asked.push(profileIds);
      return Promise.resolve(
        new Map(profileIds.map((id) => [id, world.answers.get(id) ?? { answer: 'unavailable' as const }])),
      );
    },
    send(partition, records) {
      assert.equal(partition, 3);
      if (world.logFails) return Promise.reject(new Error('log'));
      world.sent.push(...records);
      return Promise.resolve();
    },
    now: () => (world.time += 1),
  });
  return { world, completer };
}

test('who is answered is completed and forgotten, an unknown profile too; the others wait on', async () => {
  const { world, completer } = setUp([1, 2, 3, 4], 10);
  world.answers.set('p1', { answer: 'fresh', segment: 'family', country: 'SE' });
  world.answers.set('p2', { answer: 'unknown' });
  world.answers.set('p0', { answer: 'stale', segment: 'of old' });
  assert.equal(await completer.turn(), 3);
  assert.deepEqual([...world.waiting.keys()], [3]);
  assert.deepEqual(world.asked, [['p1', 'p2', 'p0']]);
  const [first, second] = world.sent;
  assert.deepEqual(first, {
    upsertKey: 'eu/g1/3/1',
    version: 5001,
    appendTime: 1001,
    rawOffset: 1,
    topic: 'plays',
    eventId: 'e1',
    profileId: 'p1',
    profileAnswer: 'fresh',
    profileSegment: 'family',
    profileCountry: 'SE',
  });
  assert.equal(second?.profileAnswer, 'unknown');
});

test('nothing is forgotten that was not sent, and what was sent twice has the same key and a later version', async () => {
  const { world, completer } = setUp([1], 10);
  world.answers.set('p1', { answer: 'fresh' });
  world.logFails = true;
  await assert.rejects(completer.turn(), /log/);
  assert.equal(world.waiting.size, 1);
  world.logFails = false;
  world.stateFails = true;
  await assert.rejects(completer.turn(), /state/);
  world.stateFails = false;
  assert.equal(await completer.turn(), 1);
  assert.equal(world.waiting.size, 0);
  const [first, again] = world.sent;
  assert.equal(first?.upsertKey, again?.upsertKey);
  assert.ok((again?.version ?? 0) > (first?.version ?? 0));
});

test('a clock that steps back does not make a later answer older', async () => {
  const { world, completer } = setUp([1], 10);
  world.answers.set('p1', { answer: 'fresh' });
  world.stateFails = true;
  await assert.rejects(completer.turn(), /state/);
  world.time -= 3000;
  await assert.rejects(completer.turn(), /state/);
  world.stateFails = false;
  await completer.turn();
  const versions = world.sent.map(({ version }) => version);
  assert.deepEqual(versions, [5001, 5002, 5003]);
});

test('profiles that are never answered do not keep those behind them waiting', async () => {
  const { world, completer } = setUp([3, 6, 9, 12, 13, 14], 2);
  world.answers.set('p1', { answer: 'fresh' });
  world.answers.set('p2', { answer: 'fresh' });
  for (let turn = 0; turn < 6; turn += 1) await completer.turn();
  assert.deepEqual([...world.waiting.keys()], [3, 6, 9, 12]);
  world.answers.set('p0', { answer: 'fresh' });
  for (let turn = 0; turn < 6; turn += 1) await completer.turn();
  assert.equal(world.waiting.size, 0);
});

test('records of a profile that was erased are forgotten, and nobody is asked for it', async () => {
  const { world, completer } = setUp([0, 1, 2, 3], 4, {
    reach: () => 2,
    aliasesOf: () => [],
    ownerOf: (profile, rawOffset) => (rawOffset <= 2 && profile === 'p0' ? profileId('erased-x') : profile),
  });
  world.answers.set('p0', { answer: 'fresh' });
  assert.equal(await completer.turn(), 1);
  assert.deepEqual(
    world.sent.map(({ rawOffset }) => rawOffset),
    [3],
  );
  assert.deepEqual([...world.waiting.keys()], [1, 2]);
});
