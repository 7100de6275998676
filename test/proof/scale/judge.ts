/** The short form of the step, for tests: its settings, and what holds of every run. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ScaleRunResult, ScaleSample } from '../../support/scale-run.ts';
import { drainOf, type Drain } from './drain.ts';

const SAMPLE_MS = 1000;
export const ENV = {
  MARQUEE_PARTITIONS: '4',
  MARQUEE_BLOCK_SIZE: '256',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  // A fetch is worked off before the next: small ones, so that heartbeats come in between.
  KAFKA_MAX_BYTES_PER_PARTITION: '16384',
  CONTROLLER_SAMPLE_INTERVAL_MS: String(SAMPLE_MS),
  CONTROLLER_RATE_WINDOW_MS: '2000',
  CONTROLLER_DRAIN_TARGET_MS: '20000',
  CONTROLLER_COOL_DOWN_MS: '6000',
};
export const TIMES = { baseMs: 4000, stepMs: 3000, patienceMs: 90_000 };

/** Whenever the controller took a reading: running of desired, lag, and what it took one process for. */
function courseOf(samples: readonly ScaleSample[]): string {
  const told = samples.map(
    ({ running, desired, lag_records: lag, capacity_per_second: capacity }) =>
      `${running}/${desired} ${lag} at ${Math.round(capacity)}`,
  );
  return told.filter((one, i) => one !== told[i - 1]).join(', ');
}

/**
 * Nothing lost or counted twice, up to a peak and down again, and no backlog after the drain target, or so many times that,
 * and what the starts took.
 */
export function judge(t: TestContext, result: ScaleRunResult, targets = 1): Drain {
  const { wanted, differences, holes, deaths, samples, steps, rules } = result;
  t.diagnostic(courseOf(samples));
  assert.deepEqual({ differences, holes, deaths }, { differences: [], holes: 0, deaths: 0 });
  assert.deepEqual([wanted[0], wanted.at(-1)], [1, 1]);
  // Never the other way round.
  const top = wanted.indexOf(Math.max(...wanted));
  const [rising, falling] = [wanted.slice(0, top + 1), wanted.slice(top)];
  assert.deepEqual(
    [rising, falling],
    [rising.toSorted((a, b) => a - b), falling.toSorted((a, b) => b - a)],
    `wanted ${wanted.join(' ')}`,
  );
  const drain = drainOf(samples, steps[0]!, rules.lagAllowanceMs);
  t.diagnostic(JSON.stringify({ wanted, ...drain }));
  assert.ok(drain !== undefined, 'as many as were wanted came');
  const longest = targets * rules.drainTargetMs + drain.startMs + 2 * SAMPLE_MS;
  assert.ok(
    drain.drainMs !== undefined && drain.drainMs <= longest,
    `a backlog was gone after ${drain.drainMs} ms, not within ${longest} ms`,
  );
  return drain;
}
