import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeStep, planStream, SET_UP, type Step } from '../../../examples/demo/plan.ts';

const PLAN = planStream({ totalLines: 600_001, mergedAtLeast: 100 });
const kinds = (steps: readonly Step[]): string[] => steps.map(({ kind }) => kind);

test('the stream goes on during the first refresh, and is compared before the second', () => {
  assert.deepEqual(kinds(PLAN), [
    ...['send', 'refresh', 'compare'],
    ...['send', 'refresh', 'compare'],
    ...['restart', 'compare'],
    ...['train', 'watch'],
  ]);
  const [first, refresh, midSeam] = PLAN;
  assert.ok(first?.kind === 'send' && refresh?.kind === 'refresh' && midSeam?.kind === 'compare');
  assert.ok(first.untilLine < (refresh.meanwhileUntilLine ?? 0));
  assert.equal(midSeam.lines, refresh.meanwhileUntilLine);
  assert.equal(midSeam.mergedAtLeast, 100);
});

test('every line is sent, and the last comparisons are over all of them', () => {
  const sent = PLAN.flatMap((step) => (step.kind === 'send' ? [step.untilLine] : []));
  assert.equal(sent.at(-1), 600_001);
  const compared = PLAN.flatMap((step) => (step.kind === 'compare' ? [step.lines] : []));
  assert.deepEqual(compared.slice(1), [600_001, 600_001]);
});

test('every step is said in words', () => {
  const words = [...SET_UP, ...PLAN].map(describeStep);
  assert.equal(new Set(words).size, words.length);
});
