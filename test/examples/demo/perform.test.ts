import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison } from '../../../examples/demo/compare.ts';
import { perform, type Stage } from '../../../examples/demo/perform.ts';

const RESULT: Comparison = {
  titles: 3,
  plays: 9,
  impressions: 20,
  differences: 0,
  incomplete: 0,
  merged: 3,
  examples: [],
};

const FOLLOWED = { genre: 'Sci-Fi', watched: ['one'], before: [], after: [], changedMs: 5 };

/** Writes down what is asked of it. */
function stageOf(log: string[], change: Partial<Stage> = {}): Stage {
  return {
    prepare: async () => (log.push('prepare'), 1_000),
    servers: async () => void log.push('servers'),
    processes: async (names) => void log.push(`processes ${names.length}`),
    sideInputs: async () => void log.push('side inputs'),
    send: async (line) => {
      log.push(`send to ${line}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`sent to ${line}`);
    },
    refresh: async (number) => {
      log.push(`refresh ${number}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`refreshed ${number}`);
    },
    compare: async (lines) => (log.push(`compare ${lines}`), RESULT),
    restart: async (process) => void log.push(`restart ${process}`),
    train: async () => void log.push('train'),
    watch: async () => (log.push('watch'), FOLLOWED),
    ...change,
  };
}

const OPTIONS = {
  mergedAtLeast: 1,
  onStep: () => undefined,
  onComparison: () => undefined,
  onFollowed: () => undefined,
};

test('the stream goes on while the first refresh runs, and each comparison waits for both', async () => {
  const log: string[] = [];
  const { refreshes, comparisons, followed } = await perform(stageOf(log), OPTIONS);
  assert.deepEqual(log, [
    ...['servers', 'prepare', 'processes 2', 'side inputs', 'processes 7', 'send to 500', 'sent to 500'],
    ...['send to 750', 'refresh 1', 'refreshed 1', 'sent to 750', 'compare 750'],
    ...['send to 1000', 'sent to 1000', 'refresh 2', 'refreshed 2', 'compare 1000'],
    ...['restart serving', 'compare 1000', 'train', 'watch'],
  ]);
  assert.equal(refreshes, 2);
  assert.deepEqual(followed, FOLLOWED);
  assert.deepEqual(
    comparisons.map(({ at }) => at),
    ['mid-seam', 'end', 'restarted'],
  );
});

test('a difference does not end the run, so that all comparisons are shown', async () => {
  const different = { ...RESULT, differences: 2 };
  const { comparisons } = await perform(stageOf([], { compare: async () => different }), OPTIONS);
  assert.equal(comparisons.length, 3);
});

test('a failed refresh waits for the sending beside it and then ends the run', async () => {
  const log: string[] = [];
  const stage = stageOf(log, { refresh: () => Promise.reject(new Error('no worker')) });
  await assert.rejects(perform(stage, OPTIONS), /no worker/);
  assert.equal(log.at(-1), 'sent to 750');
});
