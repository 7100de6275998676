import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadKafkaJs } from '../../../infra/kafka/kafkajs.ts';
import { murmur2, partitionOfKey } from '../../../infra/kafka/partitioner.ts';

test("murmur2 equals the values in Kafka's own UtilsTest", () => {
  const known: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ];
  for (const [text, hash] of known) assert.equal(murmur2(Buffer.from(text)), hash, text);
});

test('a key goes where the default partitioner of other clients sends it', () => {
  const partitioner = loadKafkaJs().Partitioners.DefaultPartitioner();
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      (key, count) => {
        const partitionMetadata = Array.from({ length: count }, (_, partitionId) => ({
          partitionId,
          leader: 1,
          partitionErrorCode: 0,
          replicas: [],
          isr: [],
        }));
        const expected = partitioner({ topic: 't', partitionMetadata, message: { key, value: null } });
        assert.equal(partitionOfKey(key, count), expected);
        assert.equal(partitionOfKey(Buffer.from(key), count), expected);
      },
    ),
  );
});
