import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReach, noteReach } from '../../../domain/audit/reach.ts';

test('extract has reached the time of the newest end that it has read past', () => {
  const reach = createReach();
  noteReach(reach, 1000, 10, 0);
  assert.equal(reach.reached, 0);
  noteReach(reach, 2000, 20, 10);
  assert.equal(reach.reached, 1000);
  noteReach(reach, 3000, 30, 19);
  assert.equal(reach.reached, 1000);
  noteReach(reach, 4000, 40, 35);
  assert.equal(reach.reached, 3000);
});

test('an empty log and one read to its end are reached at once, and a step back of the group takes nothing back', () => {
  const reach = createReach();
  noteReach(reach, 1000, 0, 0);
  assert.equal(reach.reached, 1000);
  noteReach(reach, 2000, 7, 7);
  noteReach(reach, 3000, 7, 2);
  assert.equal(reach.reached, 2000);
});

test('ends that wait are bounded, and an extractor that stays behind still comes on', () => {
  const reach = createReach();
  const hour = 3600;
  for (let second = 1; second <= hour; second++) noteReach(reach, second, second, 0);
  assert.ok(reach.ends.length <= 128);
  noteReach(reach, hour + 1, hour + 1, hour / 2);
  assert.ok(reach.reached > hour / 2 - 100 && reach.reached <= hour / 2, String(reach.reached));
  noteReach(reach, hour + 2, hour + 2, hour + 2);
  assert.deepEqual([reach.reached, reach.ends.length], [hour + 2, 0]);
});
