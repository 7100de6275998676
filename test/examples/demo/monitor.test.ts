import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lagOf, startMonitor, sumOfNumbers } from '../../../examples/demo/monitor.ts';
import type { ViewState } from '../../../examples/demo/frame.ts';

test('the lag is the sum of all lag gauges and of nothing else', () => {
  const text = [
    '# HELP marquee_speed_lag_records Clean records not yet folded',
    '# TYPE marquee_speed_lag_records gauge',
    'marquee_speed_lag_records{process="speed",topic="plays",partition="0"} 12',
    'marquee_speed_lag_records{process="speed",topic="plays",partition="1"} 1.5e+3',
    'marquee_speed_records_total{process="speed"} 99999',
  ].join('\n');
  assert.equal(lagOf(text), 1_512);
  assert.equal(lagOf(''), 0);
});

test('a cut is summed over all topics and partitions', () => {
  assert.equal(sumOfNumbers({ plays: [1024, 2048], impressions: { 0: 4096 }, view: 'popularity' }), 7_168);
  assert.equal(sumOfNumbers(null), 0);
});

test('it shows what was sent, and ends with what the check throws', async () => {
  const shown: Partial<ViewState>[] = [];
  let turns = 0;
  const monitor = startMonitor({
    servingUrl: 'http://127.0.0.1:1',
    metricsUrls: [],
    names: new Map(),
    progress: () => ({ lines: 9, accepted: 7, rejected: 1, retries: 0, finished: false }),
    boards: () => ({}),
    update: (change) => shown.push(change),
    draw: () => undefined,
    check: () => {
      turns += 1;
      if (turns === 3) throw new Error('speed has ended');
    },
  });
  await assert.rejects(monitor.failed, /speed has ended/);
  await monitor.stop();
  assert.ok(shown.some(({ sentLines }) => sentLines === 8));
});
