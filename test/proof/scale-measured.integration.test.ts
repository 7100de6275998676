/** A step of 5× on real Kafka and S3, with a controller that does not know what a process takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScaleStep } from '../support/scale-run.ts';
import { ENV, judge, TIMES } from './scale/judge.ts';

test(
  'a controller that was told eight times what a process takes finds out',
  { timeout: 400_000 },
  async (t) => {
    const processTakes = 250;
    const result = await runScaleStep({
      env: { ...ENV, CONTROLLER_SPEED_CAPACITY: String(8 * processTakes), CONTROLLER_SETTLE_MS: '2000' },
      ...{ ...TIMES, baseRate: 70, peak: 2, processTakes },
    });
    // The first decision goes by a capacity that is still too high: what it takes is a backlog that is gone later.
    const { capacity, mostLag } = judge(t, result, 2);
    assert.ok(mostLag > 3 * 70 * 5, `${mostLag} records waited`);
    assert.ok(capacity > processTakes / 2 && capacity < processTakes * 2, `it goes by ${capacity} a second`);
  },
);
