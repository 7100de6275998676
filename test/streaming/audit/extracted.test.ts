import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Generation, Region } from '../../../domain/ids.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { trackExtracted } from '../../../streaming/audit/extracted.ts';

/** A raw log of one partition, and what the extract group has committed of it. */
function fakeLog(start: number, end: number, committed: number) {
  const log = { start, end, committed, now: 1000, asked: [] as string[] };
  const admin = {
    fetchTopicOffsets(topic: string) {
      log.asked.push(topic);
      return Promise.resolve([{ partition: 0, low: String(log.start), high: String(log.end) }]);
    },
    fetchOffsets({ groupId, topics }: { groupId: string; topics: string[] }) {
      log.asked.push(groupId, ...topics);
      return Promise.resolve([
        { topic: topics[0], partitions: [{ partition: 0, offset: String(log.committed) }] },
      ]);
    },
  };
  const extracted = trackExtracted({
    kafka: { admin: () => Promise.resolve(admin) } as unknown as KafkaClient,
    region: 'r' as Region,
    generation: 'g1' as Generation,
    now: () => log.now,
  });
  return { log, extracted };
}

test('an empty fetch proves what was known when the fetch before it had ended', async () => {
  const { log, extracted } = fakeLog(0, 10, 10);
  assert.equal(extracted.provenBy('plays', 0), 0);
  await extracted.ask();
  assert.deepEqual(log.asked, ['r.raw-events.g1', 'r.extract.g1', 'r.raw-events.g1']);
  assert.equal(extracted.provenBy('plays', 0), 0, 'this fetch was sent before it was asked');
  log.now = 2000;
  await extracted.ask();
  assert.equal(extracted.provenBy('plays', 0), 1000);
  assert.equal(extracted.provenBy('plays', 0), 2000);
  assert.equal(extracted.provenBy('searches', 0), 0, 'another topic is fetched on its own');
});

test('while extract is behind nothing more is proven', async () => {
  const { log, extracted } = fakeLog(0, 10, 10);
  await extracted.ask();
  [log.now, log.end] = [2000, 50];
  await extracted.ask();
  extracted.provenBy('plays', 0);
  assert.equal(extracted.provenBy('plays', 0), 1000);
  log.committed = 50;
  log.now = 3000;
  await extracted.ask();
  extracted.provenBy('plays', 0);
  assert.equal(extracted.provenBy('plays', 0), 3000);
});

test('a group that never committed has decided nothing but an empty log', async () => {
  for (const [start, end, proven] of [
    [0, 0, 1000],
    [7, 7, 1000],
    [0, 3, 0],
  ] as const) {
    const { extracted } = fakeLog(start, end, -1);
    await extracted.ask();
    extracted.provenBy('plays', 0);
    assert.equal(extracted.provenBy('plays', 0), proven, `${start} to ${end}`);
  }
});
