import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overridden, readExperiments } from '../../../domain/experiments/experiment.ts';
import type { PolicySetting } from '../../../domain/ranking-policy.ts';

const at = (rowId: string, setting: string, value: string | number): PolicySetting => ({
  rowId,
  setting,
  value,
});

const TASTE = [
  at('experiment:taste', 'arm_control', 9),
  at('experiment:taste', 'arm_strong', 1),
  at('experiment:taste/strong/trending', 'taste_weight', 0.8),
];

test('an experiment is read from settings in any order, and leaves the published settings alone', () => {
  const published = [at('*', 'length', 15)];
  for (const all of [
    [...TASTE, ...published],
    [...published, ...TASTE.toReversed()],
  ]) {
    const { running, faults, settings } = readExperiments(all);
    assert.deepEqual(faults, []);
    assert.deepEqual(settings, published);
    assert.deepEqual(running, [
      {
        name: 'taste',
        salt: 'taste',
        interleavedRow: null,
        arms: [
          { name: 'control', weight: 9, overrides: [] },
          { name: 'strong', weight: 1, overrides: [at('trending', 'taste_weight', 0.8)] },
        ],
      },
    ]);
  }
});

test('what is wrong with one experiment is said, and keeps only that one out', () => {
  const wrong: [string, PolicySetting[]][] = [
    ['1 arms', [at('experiment:x', 'arm_a', 1)]],
    ['no arm has a weight', [at('experiment:x', 'arm_a', 0), at('experiment:x', 'arm_b', 0)]],
    ['not a weight', [at('experiment:x', 'arm_a', 'much'), at('experiment:x', 'arm_b', 1)]],
    [
      'no arm c',
      [at('experiment:x', 'arm_a', 1), at('experiment:x', 'arm_b', 1), at('experiment:x/c/*', 'k', 1)],
    ],
    ['its name', [at('experiment:X y', 'arm_a', 1), at('experiment:X y', 'arm_b', 1)]],
    [
      'no setting colour',
      [at('experiment:x', 'arm_a', 1), at('experiment:x', 'arm_b', 1), at('experiment:x', 'colour', 1)],
    ],
    [
      'only two arms',
      [
        ...['a', 'b', 'c'].map((arm) => at('experiment:x', `arm_${arm}`, 1)),
        at('experiment:x', 'interleaved', 'trending'),
      ],
    ],
    [
      'without a row',
      [at('experiment:x', 'arm_a', 1), at('experiment:x', 'arm_b', 1), at('experiment:x/a', 'k', 1)],
    ],
  ];
  for (const [reason, settings] of wrong) {
    const { running, faults } = readExperiments([...settings, ...TASTE]);
    assert.deepEqual(
      running.map(({ name }) => name),
      ['taste'],
    );
    assert.ok(
      faults.some((fault) => fault.includes(reason)),
      faults.join(),
    );
  }
});

test('of two experiments that set the same thing the later by name does not run', () => {
  const other = TASTE.map((one) => ({ ...one, rowId: one.rowId.replace('taste', 'zeal') }));
  const { running, faults } = readExperiments([...other, ...TASTE]);
  assert.deepEqual(
    running.map(({ name }) => name),
    ['taste'],
  );
  assert.deepEqual(faults, ['experiment zeal: experiment taste sets taste_weight of row trending too']);
});

test('an override takes the place of what was published, row by row', () => {
  const published = [at('*', 'length', 15), at('trending', 'length', 20)];
  const own = [at('trending', 'length', 30), at('popular', 'length', 5)];
  assert.deepEqual(overridden(published, own), [at('*', 'length', 15), ...own]);
  assert.equal(overridden(published, []), published);
});
