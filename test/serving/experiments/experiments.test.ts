import assert from 'node:assert/strict';
import { test } from 'node:test';
import { profileId } from '../../../domain/ids.ts';
import type { PolicySetting } from '../../../domain/ranking-policy.ts';
import { createExperiments } from '../../../serving/experiments/experiments.ts';

const at = (rowId: string, setting: string, value: string | number): PolicySetting => ({
  rowId,
  setting,
  value,
});
const SETTINGS = [
  at('trending', 'taste', 0.4),
  at('experiment:taste', 'arm_control', 1),
  at('experiment:taste', 'arm_strong', 1),
  at('experiment:taste/strong/trending', 'taste', 0.9),
  at('experiment:fresh', 'arm_control', 1),
  at('experiment:fresh', 'arm_more', 1),
  at('experiment:fresh/more/new-releases', 'freshness', 3),
];

test('the policy of a profile is the published one with what its arms set, and anybody else gets the published one', () => {
  const experiments = createExperiments(SETTINGS, 7);
  assert.deepEqual(experiments.faults, []);
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const { text, policy } = experiments.armsOf(profileId(`p${i}`));
    seen.add(text);
    assert.equal(policy.version, 7);
    assert.equal(policy.arm, text);
    assert.equal(policy.rows.trending.taste, text.includes('taste=strong') ? 0.9 : 0.4);
    assert.equal(policy.rows['new-releases'].freshness, text.includes('fresh=more') ? 3 : 1);
  }
  assert.deepEqual([...seen].sort(), [
    'fresh=control,taste=control',
    'fresh=control,taste=strong',
    'fresh=more,taste=control',
    'fresh=more,taste=strong',
  ]);
  assert.equal(
    experiments.policyOf('fresh=more,taste=strong'),
    experiments.policyOf('fresh=more,taste=strong'),
  );
  const known = experiments.policyOf('taste=strong,over=gone');
  assert.deepEqual([known.rows.trending.taste, known.arm], [0.9, 'taste=strong']);
  assert.equal(experiments.policyOf(null).rows.trending.taste, 0.4);
  const nobody = experiments.armsOf(null);
  assert.deepEqual([nobody.text, nobody.policy.arm, nobody.policy.rows.trending.taste], ['', null, 0.4]);
  assert.equal(experiments.armsOf(profileId('p1')), experiments.armsOf(profileId('p1')), 'read once');
});

test('a row that is interleaved comes with both policies, and shares out nobody', () => {
  const interleaved = [
    at('experiment:fresh', 'interleaved', 'new-releases'),
    ...SETTINGS.filter(({ rowId }) => rowId.startsWith('experiment:fresh')),
  ];
  const { text, interleaved: rows } = createExperiments(interleaved, null).armsOf(profileId('p'));
  assert.equal(text, '');
  assert.deepEqual(
    rows.map(({ row, experiment, policies }) => [
      row,
      experiment,
      ...policies.map((policy) => policy.rows['new-releases'].freshness),
    ]),
    [['new-releases', 'fresh', 1, 3]],
  );
});

test('a broken experiment is said and does not run', () => {
  const experiments = createExperiments([at('experiment:taste', 'arm_control', 1)], 1);
  assert.match(experiments.faults.join(), /experiment taste: it has 1 arms/);
  assert.equal(experiments.armsOf(profileId('p')).text, '');
});
