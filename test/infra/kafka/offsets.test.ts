import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';

/** A client whose requests for offsets fail as given, one after the other, and are answered then. */
function clientOf(...failures: readonly Error[]) {
  const left = [...failures];
  let asked = 0;
  const fetchTopicOffsets = async () => {
    asked += 1;
    const failure = left.shift();
    if (failure !== undefined) throw failure;
    return [
      { partition: 1, offset: '9', high: '9', low: '3' },
      { partition: 0, offset: '4', high: '4', low: '0' },
    ];
  };
  const client = { admin: async () => ({ fetchTopicOffsets }) } as unknown as Pick<KafkaClient, 'admin'>;
  return { client, asked: () => asked };
}
/** What kafkajs 2.2.4 throws where it has lost sight of a topic for a moment. */
const LOST = new TypeError("Cannot destructure property 'partitions' of 'low.pop(...)' as it is undefined.");

test('a topic that the client loses sight of for a moment is asked for again', async () => {
  const { client, asked } = clientOf(LOST, LOST);
  assert.deepEqual(await logBounds(client, 't'), [
    { partition: 0, start: 0, end: 4 },
    { partition: 1, start: 3, end: 9 },
  ]);
  assert.equal(asked(), 3);
});

test('one that stays away, and whatever else fails, is the log’s being away', async () => {
  const lost = clientOf(...Array.from({ length: 9 }, () => LOST));
  await assert.rejects(logBounds(lost.client, 't'), { code: 'LOG_UNAVAILABLE' });
  assert.equal(lost.asked(), 5);
  const away = clientOf(new Error('connection refused'));
  await assert.rejects(logBounds(away.client, 't'), { code: 'LOG_UNAVAILABLE' });
  assert.equal(away.asked(), 1);
});
