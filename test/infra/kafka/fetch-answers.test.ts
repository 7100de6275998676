import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersIn, provenEmpty, tellAnswers, type FetchAnswer } from '../../../infra/kafka/fetch-answers.ts';

function group(fetched: readonly object[]) {
  const told: { event: string; payload: object }[] = [];
  const prototype = { fetch: (_nodeId: unknown) => Promise.resolve(fetched as never) };
  tellAnswers(prototype);
  const emit = (event: string, payload: object): void => void told.push({ event, payload });
  const made = Object.assign(Object.create(prototype) as typeof prototype, {
    instrumentationEmitter: { emit },
  });
  return { made, told };
}

const answer = (partition: number, records: number): FetchAnswer => ({
  ...{ topic: 't', partition, fetchedFrom: 0, records },
});

test('a fetch that was answered tells what the broker said of each partition', async () => {
  const batches = [
    { topic: 't', partition: 0, fetchedOffset: '7', rawMessages: [{}, {}] },
    { topic: 't', partition: 1, fetchedOffset: '9', rawMessages: [] },
  ];
  const { made, told } = group(batches);
  assert.equal(await made.fetch('1'), batches);
  assert.deepEqual(
    told.map(({ event }) => event),
    ['consumer.fetch'],
  );
  assert.deepEqual(answersIn(told[0]!.payload), [
    { topic: 't', partition: 0, fetchedFrom: 7, records: 2 },
    { topic: 't', partition: 1, fetchedFrom: 9, records: 0 },
  ]);
});

test('a fetch without an answer tells nothing', async () => {
  const { made, told } = group([]);
  await made.fetch('1');
  assert.deepEqual(told, []);
  assert.deepEqual(answersIn({ numberOfBatches: 0, duration: 1, nodeId: '1' }), []);
});

test('a partition for which others left no room is not known to be empty', () => {
  const answers = [answer(0, 0), answer(1, 5), answer(2, 0), answer(3, 5), answer(4, 0)];
  assert.deepEqual(
    provenEmpty(answers, 1).map(({ partition }) => partition),
    [0, 2],
  );
});
