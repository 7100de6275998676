import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { momentOf, type Candidate } from '../../../domain/canary/candidate.ts';
import type { CanaryRecord } from '../../../domain/canary/record.ts';
import { region } from '../../../domain/ids.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';
import { createCanaries, trialsOf, type Canaries } from '../../../infra/hermes/canaries.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';

const VIEW = viewName('item-factors');
const NOW = Date.parse('2026-11-01T00:00:00Z');
let canaries: Canaries;
let store: ReturnType<typeof createMemoryObjectStore>;
beforeEach(() => {
  store = createMemoryObjectStore();
  canaries = createCanaries({ store, region: region('test') });
});

const candidate = (runId: string, version: number, from = NOW): Candidate => ({
  ...{ view: VIEW, version: viewVersion(version), runId, share: 0.1, manifestSha256: 'b'.repeat(64) },
  openedAt: new Date(from).toISOString(),
  endsAt: new Date(from + 60_000).toISOString(),
});

test('of two runs one has its version tried out, and opening again says the same', async () => {
  const opened = await Promise.all(
    ['a', 'b', 'c', 'd'].map((runId, i) => canaries.open(candidate(runId, i + 2), NOW)),
  );
  assert.equal(new Set(opened.map(({ runId }) => runId)).size, 1);
  const [{ runId, version } = candidate('', 2)] = opened;
  const again = await canaries.open({ ...candidate(runId, version), endsAt: '2027-01-01T00:00:00Z' }, NOW);
  assert.deepEqual(again, opened[0], 'a repeated try does not get more time');
  assert.deepEqual(await canaries.find(VIEW), opened[0]);
});

test('only its own run ends a candidate, and what is over gives way', async () => {
  await canaries.open(candidate('a', 2), NOW);
  await canaries.close(VIEW, 'b');
  assert.equal((await canaries.find(VIEW))?.endsAt, candidate('a', 2).endsAt);
  await canaries.close(VIEW, 'a');
  await canaries.close(VIEW, 'a');
  assert.equal((await canaries.find(VIEW))?.endsAt, candidate('a', 2).openedAt);
  assert.equal((await canaries.open(candidate('b', 3), NOW)).runId, 'b');
  await canaries.close(VIEW, 'a');
  assert.equal((await canaries.find(VIEW))?.endsAt, candidate('b', 3).endsAt);
});

test('of a candidate that goes on its own run alone forgets when it was due, as often as it likes', async () => {
  const { endsAt } = candidate('a', 2);
  const due = { ...candidate('a', 2), dueAt: new Date(NOW + 30_000).toISOString() };
  assert.equal(momentOf(await canaries.open(due, NOW), NOW + 30_000), 'due');
  await canaries.goOn(VIEW, 'b');
  assert.deepEqual(await canaries.find(VIEW), due);
  for (let time = 0; time < 2; time += 1) await canaries.goOn(VIEW, 'a');
  const goesOn = (await canaries.find(VIEW))!;
  assert.deepEqual(goesOn, candidate('a', 2));
  assert.deepEqual(
    [momentOf(goesOn, NOW + 59_999), momentOf(goesOn, Date.parse(endsAt))],
    ['within', 'last'],
  );
});

test('the candidate of a run that was terminated gives way when its time is over', async () => {
  await canaries.open(candidate('a', 2), NOW);
  assert.equal((await canaries.open(candidate('b', 3), NOW + 59_999)).runId, 'a');
  assert.equal((await canaries.open(candidate('b', 3, NOW + 60_000), NOW + 60_000)).runId, 'b');
});

test('operators are told who is on trial until its time is over, and what the announced version came to', async () => {
  const nothing = await trialsOf(canaries, VIEW, null, NOW);
  assert.deepEqual(nothing, { candidate: null, canary: null });
  const { version, share, openedAt, endsAt } = await canaries.open(candidate('a', 3), NOW);
  const figures = { plays: 4 };
  const passed: CanaryRecord = {
    ...{ view: VIEW, version: viewVersion(2), against: viewVersion(1), outcome: 'passed' },
    ...{ reason: 'no loss was shown', openedAt, decidedAt: endsAt, figures },
  };
  await canaries.record(passed);
  const during = await trialsOf(canaries, VIEW, viewVersion(2), NOW);
  assert.deepEqual(during, { candidate: { version, share, openedAt, endsAt }, canary: passed });
  const after = await trialsOf(canaries, VIEW, viewVersion(2), NOW + 60_000);
  assert.deepEqual(after, { candidate: null, canary: passed });
});

test('a damaged candidate is none, and gives way', async () => {
  await store.put('test/views/item-factors/candidate.json', Buffer.from('{"view":'));
  assert.equal(await canaries.find(VIEW), undefined);
  assert.equal((await canaries.open(candidate('a', 2), NOW)).runId, 'a');
});

test('the first verdict of a version stays', async () => {
  const record = (outcome: CanaryRecord['outcome']): CanaryRecord => ({
    ...{ view: VIEW, version: viewVersion(2), against: viewVersion(1), outcome, reason: 'said' },
    ...{ openedAt: '2026-11-01T00:00:00Z', decidedAt: '2026-11-01T00:01:00Z' },
    figures: { candidate_plays: 3, plays_per_answer_evidence: 5.25 },
  });
  assert.deepEqual(await canaries.record(record('stopped')), record('stopped'));
  assert.deepEqual(await canaries.record(record('passed')), record('stopped'));
  assert.deepEqual(await canaries.recordOf(VIEW, viewVersion(2)), record('stopped'));
  assert.equal(await canaries.recordOf(VIEW, viewVersion(3)), undefined);
});
