import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReadings } from '../../../streaming/keyed/readings.ts';

test('log time is that of the slowest topic, or of an idle one less the grace time', () => {
  const readings = createReadings(['impressions', 'plays'], 100);
  readings.load({ impressions: { next: 4, rawHigh: 7, logTime: 500 } });
  const impressions = readings.of('impressions');
  assert.equal(readings.logTime(impressions, 1000), 0);
  assert.equal(readings.logTime(readings.of('plays'), 700), 500);
  impressions.logTime = 1000;
  readings.idle('plays');
  assert.equal(readings.logTime(impressions, 1000), 900);
  assert.deepEqual([readings.isRead('impressions'), readings.isRead('plays')], [true, false]);
});

test('positions are those that were loaded, with a log time of topics that nothing was read of yet', () => {
  const readings = createReadings(['impressions', 'plays', 'searches'], 100);
  const positions = {
    impressions: { next: 4, rawHigh: 7, logTime: 500 },
    plays: { next: 0, rawHigh: -1, logTime: 400 },
  };
  readings.load(positions);
  assert.deepEqual(readings.positions(), positions);
});
