import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  judgeCanary,
  type CanaryMoment,
  type CanaryReading,
  type CanaryRules,
  type CanarySums,
} from '../../../domain/canary/verdict.ts';
import { createRandom } from '../../../domain/random.ts';
import { canarySumsOf } from '../../support/canary-sums.ts';
import { createCohort, type CohortOptions } from './simulated.ts';

const RULES: CanaryRules = {
  ...{ alpha: 0.01, effect: 0.3, beta: 0.05, tolerance: 0.05, minProfiles: 50 },
  tooLittle: 'announce',
};

interface Told {
  readonly outcome: string;
  readonly look: number;
}

/** Looks after every so many visits of each cohort, until there is an outcome. */
function runCanary(
  seed: number,
  loss: number,
  { profiles = 300, rate = 0.03, spread = 3, impressions = 20 }: Partial<CohortOptions> = {},
  { looks = 60, visits = 40, rules = RULES } = {},
): Told {
  const random = createRandom(seed);
  const of = { random, profiles, spread, impressions };
  const baseline = createCohort({ ...of, rate });
  const candidate = createCohort({ ...of, rate: rate * (1 - loss) });
  for (let look = 1; ; look += 1) {
    for (let i = 0; i < visits; i++) {
      baseline.visit();
      candidate.visit();
    }
    const { outcome } = judgeCanary(
      { candidate: candidate.sums(), baseline: baseline.sums() },
      rules,
      look === looks ? 'last' : 'within',
    );
    if (outcome !== null) return { outcome, look };
  }
}

const share = (runs: number, of: (seed: number) => boolean): number =>
  Array.from({ length: runs }, (_, seed) => of(seed + 1)).filter(Boolean).length / runs;

test('an equal candidate is stopped no more often than it may be, over all looks, whatever profiles are like', () => {
  const alpha = 0.1;
  const rules = { ...RULES, alpha };
  for (const [spread, impressions] of [
    [1, 20],
    [6, 8],
  ] as const) {
    const stopped = share(
      200,
      (seed) =>
        runCanary(seed, 0, { profiles: 100, spread, impressions }, { looks: 40, visits: 40, rules })
          .outcome === 'stopped',
    );
    assert.ok(stopped <= alpha, `${stopped} of equal candidates are stopped, spread ${spread}`);
  }
});

test('a loss of half the plays is found within a few looks, of nearly all before the end', () => {
  const found = Array.from({ length: 60 }, (_, seed) => runCanary(seed + 1, 0.5));
  const stopped = found.filter(({ outcome }) => outcome === 'stopped');
  assert.ok(stopped.length >= 57, `${stopped.length} of 60`);
});

test('an equal candidate passes before its time is over once it was shown to lose little, or else at the end', () => {
  const rules = { ...RULES, tolerance: 0.25 };
  const runs = Array.from({ length: 40 }, (_, seed) =>
    runCanary(seed + 1, 0, { rate: 0.05, spread: 1.5 }, { looks: 400, visits: 40, rules }),
  );
  assert.deepEqual([...new Set(runs.map(({ outcome }) => outcome))], ['passed']);
  assert.ok(
    runs.every(({ look }) => look < 400),
    `the latest passed at look ${Math.max(...runs.map(({ look }) => look))}`,
  );
  assert.deepEqual(runCanary(1, 0, {}, { looks: 20 }), { outcome: 'passed', look: 20 });
});

/** An arm in which all profiles are alike. */
const armOf = (profiles: number, a: number, x: number, y: number): CanarySums =>
  canarySumsOf(Array.from({ length: profiles }, () => ({ a, x, y })));
const judge = (reading: CanaryReading, moment: CanaryMoment = 'within', rules: Partial<CanaryRules> = {}) =>
  judgeCanary(reading, { ...RULES, ...rules }, moment);

test('a candidate without a single play is stopped', () => {
  const { outcome, reason } = judge({ candidate: armOf(80, 2, 40, 0), baseline: armOf(80, 2, 40, 1) });
  assert.equal(outcome, 'stopped');
  assert.match(reason, /^it has only 0.00 plays per impression where the current version has 0.0250$/);
});

test('rows that are gone are found by plays per answer, although each title that is left does as well', () => {
  const { outcome, reason } = judge({ candidate: armOf(90, 6, 60, 1), baseline: armOf(90, 6, 120, 2) });
  assert.equal(outcome, 'stopped');
  assert.match(reason, /plays per answer/);
});

test('nothing is decided of too few, whatever they did, and at the end policy decides', () => {
  const reading = { candidate: armOf(49, 2, 40, 0), baseline: armOf(60, 2, 40, 3) };
  assert.equal(judge(reading).outcome, null);
  const [announced, rejected] = [judge(reading, 'last'), judge(reading, 'last', { tooLittle: 'reject' })];
  assert.deepEqual([announced.outcome, announced.mayPass], ['undecided', true]);
  assert.deepEqual([rejected.outcome, rejected.mayPass], ['undecided', false]);
  assert.match(announced.reason, /only 49 and 60 profiles came, of 50/);
  assert.deepEqual(judge({}, 'last').outcome, 'undecided');
});

test('that no loss was shown of a few plays is no verdict: it goes on once, and then policy decides', () => {
  // Of 30 profiles in each cohort four played beside it, and two of it: half of the plays may be gone, or none.
  const cohort = (plays: number): CanarySums =>
    canarySumsOf(Array.from({ length: 30 }, (_, n) => ({ a: 4, x: 80, y: n < plays ? 1 : 0 })));
  const reading = { candidate: cohort(2), baseline: cohort(4) };
  const rules = { minProfiles: 15, tooLittle: 'reject' } as const;
  const [due, last] = [judge(reading, 'due', rules), judge(reading, 'last', rules)];
  assert.deepEqual([due.outcome, due.mayPass], [null, false]);
  assert.deepEqual([last.outcome, last.mayPass], ['undecided', false]);
  assert.match(
    last.reason,
    /too little was seen: a loss of 30.0 % is not ruled out by 2 plays of 120 answers beside 4 plays of 120/,
  );
  assert.equal(judge(reading, 'last', { ...rules, tooLittle: 'announce' }).mayPass, true);
  // A hundred times as much of equal ones is enough.
  const many = canarySumsOf(
    Array.from({ length: 3000 }, (_, n) => ({ a: 4, x: 80, y: n % 8 === 0 ? 1 : 0 })),
  );
  assert.equal(judge({ candidate: many, baseline: many }, 'due', rules).outcome, 'passed');
});

test('cohorts that play nothing at all say nothing, however large they are', () => {
  const idle = armOf(5000, 2, 40, 0);
  assert.equal(judge({ candidate: idle, baseline: idle }, 'due').outcome, null);
  assert.equal(judge({ candidate: idle, baseline: idle }, 'last').outcome, 'undecided');
});

test('a version that loses just what must be ruled out passes no more often than it may, at both ends together', () => {
  const ends = (seed: number): boolean => {
    const random = createRandom(seed);
    const of = { random, profiles: 300, spread: 3, impressions: 20 };
    const [baseline, candidate] = [createCohort({ ...of, rate: 0.03 }), createCohort({ ...of, rate: 0.021 })];
    return (['due', 'last'] as const).some((moment) => {
      for (let i = 0; i < 400; i++) {
        baseline.visit();
        candidate.visit();
      }
      const reading = { candidate: candidate.sums(), baseline: baseline.sums() };
      return judge(reading, moment, { beta: 0.1, alpha: 0.000_001 }).outcome === 'passed';
    });
  };
  const passed = share(300, ends);
  assert.ok(passed <= 0.13, `${passed} of versions that lose 30 % pass`);
});

test('a candidate that processes cannot load is stopped, also where few came', () => {
  const { outcome, reason } = judge({ unloaded: armOf(3, 1, 20, 1), baseline: armOf(4, 1, 20, 1) });
  assert.equal(outcome, 'stopped');
  assert.match(reason, /3 profiles could not be served by it/);
  const oneDisk = {
    unloaded: armOf(9, 1, 20, 1),
    candidate: armOf(40, 1, 20, 1),
    baseline: armOf(49, 1, 20, 1),
  };
  assert.equal(judge(oneDisk).outcome, null);
});

test('cohorts that are not equally large say that something else is wrong', () => {
  const { outcome, reason } = judge({ candidate: armOf(60, 2, 40, 1), baseline: armOf(140, 2, 40, 1) });
  assert.equal(outcome, 'stopped');
  assert.match(reason, /60 profiles were served by it and 140 beside it/);
  assert.equal(judge({ candidate: armOf(90, 2, 40, 1), baseline: armOf(110, 2, 40, 1) }).outcome, null);
});

test('there is no alarm without a loss, and every figure can be kept', () => {
  const count = fc.integer({ min: 0, max: 30 });
  const profile = fc.record({
    a: fc.integer({ min: 1, max: 9 }),
    x: count,
    y: fc.integer({ min: 0, max: 5 }),
  });
  const arm = fc.array(profile, { minLength: 50, maxLength: 120 }).map(canarySumsOf);
  fc.assert(
    fc.property(arm, arm, fc.constantFrom('within', 'due', 'last'), (candidate, baseline, moment) => {
      const { outcome, figures } = judge({ candidate, baseline }, moment);
      assert.ok(outcome !== null || moment !== 'last');
      assert.ok(Object.values(figures).every(Number.isFinite));
      const isWorse = (per: 'answers' | 'impressions'): boolean =>
        candidate.plays * baseline[per] < baseline.plays * candidate[per];
      const isTilted = Math.abs(candidate.profiles - baseline.profiles) > 30;
      if (outcome === 'stopped' && !isTilted) assert.ok(isWorse('answers') || isWorse('impressions'));
    }),
  );
});
