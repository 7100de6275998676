import assert from 'node:assert/strict';
import { test } from 'node:test';
import { experimentLines } from '../../../infra/cli/experiment-text.ts';
import type { ExperimentAnswer } from '../../../infra/cli/experiment.ts';

const plain = (_style: string, text: string): string => text;
const about = { experiment: 'x', since: '2026-01-01T00:00:00.000Z', running: true, faults: [] };

test('arms that are not shared out as declared, and profiles that moved, are said beside the figures', () => {
  const arm = { arm: 'a', expectedShare: null, profiles: 3, impressions: 9, plays: 1 };
  const shared: ExperimentAnswer['shared'] = {
    arms: [{ ...arm, playsPerImpression: null, difference: null }],
    ...{ against: 'a', isBalanced: false, moved: 2 },
  };
  const lines = experimentLines({ ...about, shared, interleaved: null }, plain).join('\n');
  assert.match(lines, /^a +not declared +3 +9 +1 +not known$/m);
  assert.match(lines, /2 profiles were in more than one arm/);
  assert.match(lines, /do not trust/);
});

test('an interleaved row says which arm it leans to', () => {
  const interleaved: ExperimentAnswer['interleaved'] = {
    ...{ row: 'trending', arms: { a: 'control', b: 'strong' }, profiles: 40 },
    ...{ plays: { a: 10, b: 50 }, wins: { a: 5, b: 30 } },
    preference: { value: -0.6, low: -0.8, high: -0.4 },
  };
  const lines = experimentLines({ ...about, shared: null, interleaved }, plain).join('\n');
  assert.match(lines, /strong +50 +30/);
  assert.match(lines, /leans to control by -0\.6000 \(-0\.8000 to -0\.4000\)/);
});
