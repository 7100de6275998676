/**
 * The short form of `npm run prove:rebalance`: three rounds in which processes of `speed` and `behaviour`, each on a machine
 * of its own, are killed, frozen, added and sent home under load, and a checkpoint is torn.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { figuresOf } from './rebalance/figures.ts';
import { proveRebalance } from './rebalance/prove.ts';

/** One with which every action comes to both stages. */
const SEED = 2;
const ROUNDS = 3;

test(
  'partitions that move between machines change no count, no attributed play, no memory and no signal',
  { timeout: 850_000 },
  async (context) => {
    const { region, dataDir: folder } = testConfig();
    const result = await proveRebalance({
      ...{ environment: testEnvironment(), region, folder, seed: SEED, rounds: ROUNDS },
      say: (line) => context.diagnostic(line),
    });
    const { figures, examples } = figuresOf(result, SEED);
    assert.deepEqual({ differences: figures.differences, examples }, { differences: 0, examples: [] });
    assert.equal(figures.rounds, ROUNDS);
    assert.ok(figures.moves >= 4 * ROUNDS, `${figures.moves} moves`);
    assert.ok(figures.trimmed_events > figures.events / 4, `${figures.trimmed_events} events were trimmed`);
    assert.ok(figures.torn > 0 && figures.went_on_from_before > 0, `${figures.torn} checkpoints were torn`);
    assert.equal(figures.went_on_from_nothing, 0);
    for (const kind of ['counts', 'attribution', 'memory', 'signals'] as const)
      assert.ok(figures[`${kind}_compared`] > 100, `${figures[`${kind}_compared`]} of ${kind} were compared`);
  },
);
