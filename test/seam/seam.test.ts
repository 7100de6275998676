import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockOf } from '../../domain/blocks.ts';
import { SEAM_RULES, type SeamRules } from '../../domain/seam.ts';
import { commandsArbitrary, playRun } from './commands.ts';

const RUNS = 1000;
const MUTANT_RUNS = 4000;

const property = (rules: SeamRules) =>
  fc.asyncProperty(commandsArbitrary, (commands) => playRun(rules, commands));

test('totals equal the truth or say that they are incomplete, whatever crashes, repeats, arrives late or wakes up', async () => {
  await fc.assert(property(SEAM_RULES), { numRuns: RUNS });
});

const MUTANTS: Record<string, Partial<SeamRules>> = {
  'readers do not skip what was sent again': { isFresh: () => true },
  'record keys lack the epoch': {
    chunkKey: (at, family, slot) => SEAM_RULES.chunkKey({ ...at, epoch: 0 }, family, slot),
    markerKey: (at) => SEAM_RULES.markerKey({ ...at, epoch: 0 }),
  },
  'chunks are taken though no marker matches them': { matches: () => true },
  'a block that does not start at its start is taken': { startsAtBlock: () => true },
  'the block at the cut is not counted': { isPastCut: (block, cut, size) => block > blockOf(cut, size) },
  'the block before the cut is counted as well': {
    isPastCut: (block, cut, size) => block >= blockOf(cut, size) - 1,
  },
  'the newest state of a block is kept, not the furthest': { isBetter: () => true },
  'an owner goes on under its epoch after an unknown outcome': { endsEpoch: () => false },
  'caps and proofs are told by event time': { windowTime: (_, eventTime) => eventTime },
  'an owner starts a block without warming up': { neededSince: (logTime) => logTime },
  'a block is claimed though the log does not reach back far enough': { isWarm: () => true },
};

/** Seeds under which the rarer mutants show within some dozens of runs. */
const SEEDS: Record<string, number> = {
  'record keys lack the epoch': 9,
  'chunks are taken though no marker matches them': 13,
  'a block that does not start at its start is taken': 9,
  'the newest state of a block is kept, not the furthest': 48,
  'an owner goes on under its epoch after an unknown outcome': 51,
  'a block is claimed though the log does not reach back far enough': 103,
};

for (const [name, mutation] of Object.entries(MUTANTS)) {
  test(`the proof fails when ${name}`, async () => {
    const result = await fc.check(property({ ...SEAM_RULES, ...mutation }), {
      numRuns: MUTANT_RUNS,
      seed: SEEDS[name] ?? 7,
      endOnFailure: true,
    });
    assert.equal(result.failed, true, `no run of ${result.numRuns} noticed`);
  });
}
