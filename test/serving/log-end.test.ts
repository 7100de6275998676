import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { CountedTopic } from '../../domain/topics.ts';
import type { PartitionBounds } from '../../infra/kafka/offsets.ts';
import { silentLog } from '../../infra/log.ts';
import { behindOf, followLogEnds, NO_LOG_ENDS, type LogEndFollower } from '../../serving/log-end.ts';
import { until } from '../support/until.ts';

const boundsOf = (...ends: number[]): PartitionBounds[] =>
  ends.map((end, partition) => ({ partition, start: 0, end }));

function follow(
  t: TestContext,
  ask: (topic: CountedTopic) => Promise<PartitionBounds[]>,
  now: () => number = Date.now,
): LogEndFollower & { turns(): number } {
  let turns = 0;
  const follower = followLogEnds({ ask, intervalMs: 5, onTurn: () => (turns += 1), log: silentLog(), now });
  t.after(() => follower.close());
  return { ...follower, turns: () => turns };
}

test('ends are heard again and again, and are as old as the question', async (t) => {
  let now = 1000;
  let end = 5;
  const follower = follow(
    t,
    (topic) => {
      const bounds = boundsOf(topic === 'plays' ? end : 7, 3);
      now += 40;
      return Promise.resolve(bounds);
    },
    () => now,
  );
  assert.deepEqual(follower.ends(), NO_LOG_ENDS, 'nothing is said before the first answer');
  await follower.known;
  end = 9;
  await until(() => follower.ends().plays?.ends[0] === 9);
  assert.deepEqual(follower.ends().impressions?.ends, [7, 3]);
  assert.ok((follower.ends().plays?.ageMs ?? 0) >= 40);
});

test('what was heard stays while Kafka does not answer, grows old, and is replaced when it is back', async (t) => {
  const clock = { now: 0, isUp: true };
  const follower = follow(
    t,
    () => (clock.isUp ? Promise.resolve(boundsOf(clock.now)) : Promise.reject(new Error('it is gone'))),
    () => clock.now,
  );
  await follower.known;
  clock.isUp = false;
  const before = follower.turns();
  await until(() => follower.turns() > before + 2);
  clock.now = 30_000;
  assert.deepEqual(follower.ends().plays, { ends: [0], ageMs: 30_000 });
  clock.isUp = true;
  await until(() => follower.ends().plays?.ends[0] === 30_000);
});

test('one question is under way at a time, however slow the answer', async (t) => {
  let underWay = 0;
  let most = 0;
  const follower = follow(t, async () => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 20));
    underWay -= 1;
    return boundsOf(1);
  });
  await until(() => follower.turns() >= 3);
  assert.equal(most, 1);
});

test('a follower that is closed asks no more and keeps nobody waiting', async (t) => {
  let asked = 0;
  const follower = follow(t, () => {
    asked += 1;
    return Promise.reject(new Error('it is gone'));
  });
  await follower.close();
  await follower.known;
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(asked, before);
});

test('behind is the sum over partitions, and never less than nothing', () => {
  const ends = { plays: { ends: [10, 4, 6], ageMs: 120 }, impressions: null };
  const watermark = { plays: [7, 9, 6], impressions: [5, 5, 5] };
  assert.deepEqual(behindOf(ends, watermark), { plays: { records: 3, ageMs: 120 }, impressions: null });
});
