import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../../infra/log.ts';
import { createLane } from '../../../streaming/speed/lane.ts';
import type { SpeedOwner } from '../../../streaming/speed/owner.ts';

const FLUSH_MS = 20;

function laneOver(owner: Partial<SpeedOwner>) {
  const idle: Partial<SpeedOwner> = {
    open: () => Promise.resolve(0),
    position: () => -1,
    flushedAt: () => 0,
  };
  return createLane({
    owner: { ...idle, ...owner } as SpeedOwner,
    ...{ flushIntervalMs: FLUSH_MS, checkpointIntervalMs: 20 },
    log: silentLog(),
    onFault(error) {
      throw error;
    },
  });
}

test('while full blocks are published often enough nothing more is, and soon after they cease it is', async () => {
  let isFilling = true;
  let flushes = 0;
  const { promise: flushed, resolve }: PromiseWithResolvers<void> = Promise.withResolvers();
  const lane = laneOver({
    flushedAt: () => (isFilling ? performance.now() : 0),
    flush() {
      flushes += 1;
      resolve();
      return Promise.resolve();
    },
  });
  await lane.open(0);
  await sleep(5 * FLUSH_MS);
  assert.equal(flushes, 0);
  isFilling = false;
  await flushed;
  await lane.close(false);
  const before = flushes;
  await sleep(3 * FLUSH_MS);
  assert.equal(flushes, before);
});

test('a partition that stands where its last checkpoint stood writes none', async () => {
  let position = 5;
  let saved = 0;
  const lane = laneOver({
    position: () => position,
    flush: () => Promise.resolve(),
    snapshot: () => ({ position }) as ReturnType<SpeedOwner['snapshot']>,
    save() {
      saved += 1;
      return Promise.resolve();
    },
  });
  await lane.open(0);
  while (saved === 0) await sleep(5);
  await sleep(100);
  assert.equal(saved, 1);
  position = 6;
  while (saved === 1) await sleep(5);
  await lane.close(false);
});
