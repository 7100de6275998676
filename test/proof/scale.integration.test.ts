/**
 * A step of 5× on real Kafka and S3: the fleet grows and shrinks again, what waits is gone in time, and every record is
 * counted once. A process takes a few hundred records a second and no more: the step is too much for one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScaleStep } from '../support/scale-run.ts';
import { ENV, judge, TIMES } from './scale/judge.ts';

test('a step of 5× is absorbed by more processes in time and given back', { timeout: 400_000 }, async (t) => {
  const result = await runScaleStep({
    env: { ...ENV, CONTROLLER_SPEED_CAPACITY: '400', CONTROLLER_MEASURES_CAPACITY: 'false' },
    ...{ ...TIMES, baseRate: 150, peak: 3, processTakes: 450 },
  });
  judge(t, result);
  assert.ok(result.records > 150 * 4 + 750 * 3, `${result.records} records were sent`);
  const peak = Math.max(...result.wanted);
  assert.ok(peak >= 3 && peak <= 4, `wanted ${result.wanted.join(' ')}`);
});
