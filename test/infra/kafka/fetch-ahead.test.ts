import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  fetchingAhead,
  type Fetch,
  type FetchRequest,
  type FetchResponse,
} from '../../../infra/kafka/fetch-ahead.ts';

const PER_ANSWER = 10;

/** A broker whose partitions end at the given offsets, and which tells what it was asked. */
function broker(ends: Record<number, number>) {
  const asked: Record<number, number>[] = [];
  const state = { isDown: false };
  const fetch: Fetch = ({ topics }) => {
    const [{ partitions } = { partitions: [] }] = topics;
    asked.push(
      Object.fromEntries(partitions.map(({ partition, fetchOffset }) => [partition, Number(fetchOffset)])),
    );
    if (state.isDown) return Promise.reject(new Error('down'));
    const answers = partitions.map(({ partition, fetchOffset }) => {
      const from = Number(fetchOffset);
      const count = Math.min(PER_ANSWER, ends[partition]! - from);
      const messages = Array.from({ length: count }, (_, i) => ({ offset: String(from + i) }));
      return { partition, highWatermark: String(ends[partition]), messages };
    });
    return Promise.resolve({ responses: [{ topicName: 't', partitions: answers }] });
  };
  return { asked, state, fetch, ends };
}

const request = (offsets: Record<number, number>): FetchRequest => ({
  topics: [
    {
      topic: 't',
      partitions: Object.entries(offsets).map(([partition, offset]) => ({
        ...{ partition: Number(partition), fetchOffset: String(offset), maxBytes: 1 },
      })),
    },
  ],
});

function found({ responses }: FetchResponse): Record<number, string[]> {
  const all = responses.flatMap(({ partitions }) => partitions);
  return Object.fromEntries(
    all.map(({ partition, messages }) => [
      partition,
      (messages as { offset: string }[]).map(({ offset }) => offset),
    ]),
  );
}

const offsets = (from: number, count = PER_ANSWER): string[] =>
  Array.from({ length: count }, (_, i) => String(from + i));

test('while there is more the next answer is asked for before it is wanted, and each is used once', async () => {
  const { fetch, asked } = broker({ 0: 25 });
  const ahead = fetchingAhead(fetch);
  assert.deepEqual(found(await ahead(request({ 0: 0 }))), { 0: offsets(0) });
  assert.deepEqual(asked, [{ 0: 0 }, { 0: 10 }]);
  assert.deepEqual(found(await ahead(request({ 0: 10 }))), { 0: offsets(10) });
  assert.deepEqual(found(await ahead(request({ 0: 20 }))), { 0: offsets(20, 5) });
  assert.deepEqual(asked, [{ 0: 0 }, { 0: 10 }, { 0: 20 }], 'at the end nothing is asked ahead');
  assert.deepEqual(found(await ahead(request({ 0: 25 }))), { 0: [] });
  assert.deepEqual(asked.length, 4);
});

test('what was fetched for other positions or partitions than are wanted is dropped', async () => {
  const { fetch, asked } = broker({ 0: 100, 1: 100 });
  const ahead = fetchingAhead(fetch);
  await ahead(request({ 0: 0, 1: 0 }));
  assert.deepEqual(found(await ahead(request({ 0: 5, 1: 10 }))), { 0: offsets(5), 1: offsets(10) });
  assert.deepEqual(found(await ahead(request({ 1: 20 }))), { 1: offsets(20) });
  assert.deepEqual(asked[3], { 0: 15, 1: 20 });
  assert.deepEqual(
    found(await ahead(request({ 1: 20 }))),
    { 1: offsets(20) },
    'not taken, so it is read again',
  );
});

test('an answer from before it was wanted proves of no partition that it is empty', async () => {
  const { fetch, ends } = broker({ 0: 100, 1: 0 });
  const ahead = fetchingAhead(fetch);
  assert.deepEqual(found(await ahead(request({ 0: 0, 1: 0 }))), { 0: offsets(0), 1: [] });
  ends[1] = 3;
  assert.deepEqual(found(await ahead(request({ 0: 10, 1: 0 }))), { 0: offsets(10) });
  assert.deepEqual(found(await ahead(request({ 0: 20, 1: 0 }))), { 0: offsets(20), 1: offsets(0, 3) });
});

test('a failure ahead of time is not told; who wants the answer asks again', async () => {
  const { fetch, asked, state } = broker({ 0: 100 });
  const ahead = fetchingAhead((next) => {
    state.isDown = asked.length === 1;
    return fetch(next);
  });
  await ahead(request({ 0: 0 }));
  assert.deepEqual(found(await ahead(request({ 0: 10 }))), { 0: offsets(10) });
  assert.deepEqual(asked, [{ 0: 0 }, { 0: 10 }, { 0: 10 }, { 0: 20 }]);
});
