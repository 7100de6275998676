/** A step of 5× on real Kafka and S3: the fleet grows and shrinks again, and every record is counted once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runScaleStep } from '../support/scale-run.ts';

test(
  'a step of 5× is absorbed by more processes and given back, with nothing lost and nothing counted twice',
  { timeout: 300_000 },
  async () => {
    const result = await runScaleStep({
      env: {
        MARQUEE_PARTITIONS: '4',
        MARQUEE_BLOCK_SIZE: '256',
        KAFKA_SESSION_TIMEOUT_MS: '6000',
        KAFKA_HEARTBEAT_INTERVAL_MS: '500',
        CONTROLLER_SPEED_CAPACITY: '400',
        CONTROLLER_MEASURES_CAPACITY: 'false',
        CONTROLLER_SAMPLE_INTERVAL_MS: '1000',
        CONTROLLER_RATE_WINDOW_MS: '2000',
        CONTROLLER_DRAIN_TARGET_MS: '20000',
        CONTROLLER_COOL_DOWN_MS: '6000',
      },
      ...{ baseRate: 150, baseMs: 4000, stepMs: 8000, peak: 3, patienceMs: 90_000 },
    });
    const { wanted, differences, holes, deaths } = result;
    assert.deepEqual({ differences, holes, deaths }, { differences: [], holes: 0, deaths: 0 });
    assert.ok(result.records > 150 * 4 + 750 * 8, `${result.records} records were sent`);
    const peak = Math.max(...wanted);
    assert.ok(peak >= 3 && peak <= 4, `wanted ${wanted.join(' ')}`);
    assert.deepEqual([wanted[0], wanted.at(-1)], [1, 1]);
    // Up to the peak and down again, and never the other way round.
    const top = wanted.indexOf(peak);
    const rising = wanted.slice(0, top + 1);
    const falling = wanted.slice(top);
    assert.deepEqual(
      rising,
      rising.toSorted((a, b) => a - b),
    );
    assert.deepEqual(
      falling,
      falling.toSorted((a, b) => b - a),
    );
  },
);
