import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PhaseResult } from './matrix.ts';
import type { OverloadResult } from './overload.ts';
import { lineOf, verdictLines } from './table.ts';
import { AIM_P99_MS, verdictOf, type Measured } from './verdict.ts';

const PHASE: PhaseResult = {
  ...{ name: 'kafka dead', harmed: ['kafka'] },
  ...{ requests: 800, good: 800, lateAnswers: 0 },
  ...{ p50Ms: 3, p99Ms: 20, maxMs: 40, cpuMs: 1 },
  ...{ sources: { batch: 800 }, modes: { online: 300, none: 300 } },
  faults: [],
};
const OVERLOAD: OverloadResult = {
  ...{ capacityPerSecond: 700, offeredTimes: 12 },
  home: { ...PHASE, p99Ms: 30 },
  ...{ homeKeptShare: 0.9995, prefetchShedShare: 0.9, prefetches: 60_000 },
};
const GOOD: Measured = {
  phases: [PHASE],
  overload: OVERLOAD,
  deadlines: { answer: 200, profiles: 200, homeProfile: 25 },
};
const withPhase = (change: Partial<PhaseResult>): Measured => ({
  ...GOOD,
  phases: [PHASE, { ...PHASE, ...change }],
});
const withOverload = (change: Partial<OverloadResult>): Measured => ({
  ...GOOD,
  overload: { ...OVERLOAD, ...change },
});

test('every answer in full, ten times the requests, home pages kept and prefetches turned away are a proof', () => {
  assert.deepEqual(verdictOf(GOOD), { isProven: true, failures: [], misses: [] });
});

test('each demand that is not met is told, and is no proof', () => {
  const wrong: readonly [Measured, RegExp][] = [
    [{ ...GOOD, phases: [] }, /nothing was harmed/],
    [withPhase({ good: 799 }), /kafka dead: 1 of 800 were not answered in full/],
    [withPhase({ requests: 0, good: 0 }), /nobody asked/],
    [withPhase({ modes: { offline: 300 } }), /kafka dead: no answer was made online/],
    [withPhase({ harmed: ['kafka', 'profiles'] }), /kafka dead: no answer was made offline/],
    [withOverload({ offeredTimes: 9.9 }), /9\.9 times what can be answered, not 10/],
    [withOverload({ offeredTimes: Number.NaN }), /times what can be answered/],
    [withOverload({ homeKeptShare: 0.998 }), /99\.80 % of home pages kept, not 99\.90 %/],
    [withOverload({ homeKeptShare: Number.NaN }), /home pages kept/],
    [withOverload({ prefetchShedShare: 0 }), /no prefetch was turned away/],
    [withOverload({ prefetchShedShare: Number.NaN }), /no prefetch was turned away/],
    [{ ...GOOD, deadlines: { ...GOOD.deadlines, profiles: Infinity } }, /the step profiles has no deadline/],
    [{ ...GOOD, deadlines: { ...GOOD.deadlines, homeProfile: 50 } }, /a page waits 50 ms for its profile/],
  ];
  for (const [measured, why] of wrong) {
    const { isProven, failures } = verdictOf(measured);
    assert.equal(isProven, false, String(why));
    assert.equal(failures.length, 1, failures.join('; '));
    assert.match(failures[0]!, why);
  }
});

test('slow answers are told beside their aim, and fail nothing', () => {
  const verdict = verdictOf(withPhase({ p99Ms: AIM_P99_MS + 1, lateAnswers: 3 }));
  assert.equal(verdict.isProven, true);
  assert.deepEqual(verdict.misses, [
    'kafka dead: p99 51.0 ms, aim 50 ms',
    'kafka dead: 3 of 800 took longer than the deadline of 200 ms',
  ]);
  assert.deepEqual(verdictLines(verdict).slice(-1), ['proven']);
  const slow = verdictOf(withOverload({ home: { ...OVERLOAD.home, p99Ms: 51 } }));
  assert.deepEqual([slow.isProven, slow.misses.length], [true, 1]);
});

test('each line has its p99 and whether it is over the aim', () => {
  assert.match(lineOf(PHASE), /20\.0/);
  assert.doesNotMatch(lineOf(PHASE), /over/);
  assert.match(lineOf({ ...PHASE, p99Ms: 50.1 }), /50\.1 .*\(over 50 ms\)/);
});

test('what was demanded and not so ends the lines', () => {
  const lines = verdictLines(verdictOf(withOverload({ prefetchShedShare: 0 })));
  assert.deepEqual(lines.slice(-2), ['not so: overload: no prefetch was turned away', 'not proven']);
});
