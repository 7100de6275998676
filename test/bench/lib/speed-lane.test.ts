import assert from 'node:assert/strict';
import test from 'node:test';
import type { LineProcess } from '../../../bench/lib/line-process.ts';
import { measureRun, type Sample, type SpeedLane } from '../../../bench/lib/speed-lane.ts';

/** Answers one sample after the other, and the last one for ever. */
function scripted(samples: readonly Sample[]): LineProcess & { closed(): boolean } {
  let asked = 0;
  let isClosed = false;
  return {
    ask: <T>() => Promise.resolve(samples[Math.min(asked++, samples.length - 1)] as T),
    close() {
      isClosed = true;
      return Promise.resolve();
    },
    closed: () => isClosed,
  };
}

function laneOf(processes: readonly LineProcess[], parts = 1): SpeedLane & { cleared(): number } {
  let cleared = 0;
  return {
    parts,
    start: () => Promise.resolve(processes),
    finish: () => Promise.resolve({ outputRecords: 3, outputBytes: 30 }),
    clear() {
      cleared += 1;
      return Promise.resolve();
    },
    cleared: () => cleared,
  };
}

const sample = (records: number, cpuSeconds: number, finished: readonly string[] = []): Sample => ({
  ...{ records, cpuSeconds, finished },
});
const PLAN = { total: 400, warmUp: 100, timeoutMs: 10_000 };

test('what was read while warming up is not measured, what publishing costs after the last record is', async () => {
  const process = scripted([sample(0, 5), sample(100, 8), sample(400, 9), sample(400, 11, ['all'])]);
  const { perCpuSecond, outputRecords } = await measureRun(laneOf([process]), PLAN);
  assert.equal(perCpuSecond, 300 / 3);
  assert.equal(outputRecords, 3);
  assert.ok(process.closed());
});

test('several processes are added up, and measured once each of them reads', async () => {
  const first = scripted([sample(150, 1), sample(180, 2), sample(200, 4, ['a'])]);
  const second = scripted([sample(0, 1), sample(20, 2), sample(200, 3, ['b'])]);
  const { perCpuSecond } = await measureRun(laneOf([first, second], 2), PLAN);
  assert.equal(perCpuSecond, 200 / 3);
});

test('a run that is not done in time fails, and leaves nothing behind', async () => {
  const process = scripted([sample(120, 1), sample(130, 2)]);
  const lane = laneOf([process]);
  await assert.rejects(measureRun(lane, { ...PLAN, timeoutMs: 60 }), /not finished in 60 ms: 130 of 400/);
  assert.ok(process.closed());
  assert.equal(lane.cleared(), 1);
});

test('a log that ends before the processes are warm is refused', async () => {
  const lane = laneOf([scripted([sample(400, 1, ['all'])])]);
  await assert.rejects(measureRun(lane, PLAN), /warmed up/);
});
