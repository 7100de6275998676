/** Versions of which too little is seen to tell, and those that too few would see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CanaryReading } from '../../domain/canary/verdict.ts';
import { armOf, EQUAL } from '../support/canary-world.ts';
import { SECOND, useTrialStage, VIEW } from '../support/trial-stage.ts';
import { until } from '../support/until.ts';

const stage = useTrialStage();

/** So little that nobody can tell: five profiles beside five. */
const LITTLE: CanaryReading = { candidate: armOf(5, 1), baseline: armOf(5, 1) };

test('a version of which too little is seen goes on once, and is then rejected for it; nobody is served by it any more', async () => {
  stage.tryOutBy({ longerMs: 500 });
  const due: (string | undefined)[] = [];
  stage.canary.figures.of = async () => {
    due.push((await stage.candidate())?.dueAt);
    return LITTLE;
  };
  await stage.work();
  const outcome = await stage.run();
  assert.equal(outcome.outcome === 'rejected' && outcome.rule, 'canary-undecided');
  assert.match(
    outcome.outcome === 'rejected' ? outcome.reason : '',
    /^its time is over and too little was seen: only 5 and 5 profiles came, of 50 that it takes$/,
  );
  // Ten looks fit into its time, and five into the longer one; the end of the first is asked once.
  assert.equal(due.length, 15);
  assert.equal(due.filter((at) => at !== undefined).length, 10);
  assert.deepEqual(await stage.states(), ['2 rejected canary-undecided', '1 announced']);
  assert.equal((await stage.canary.canaries.recordOf(VIEW, SECOND))?.outcome, 'undecided');
  await until(() => stage.told().length === 2, 30_000);
  assert.deepEqual(stage.told(), ['canary 2', 'refused 2']);
  assert.equal(await stage.isServedAsCandidate(), false);
});

test('a version of which enough is seen in its longer time is announced', async () => {
  stage.tryOutBy({ longerMs: 500 });
  stage.canary.figures.of = (look) => (look < 13 ? LITTLE : EQUAL);
  await stage.work();
  assert.equal((await stage.run()).outcome, 'announced');
  assert.equal(stage.canary.asked.length, 15);
  assert.equal((await stage.canary.canaries.recordOf(VIEW, SECOND))?.outcome, 'passed');
});

test('where it is configured so, a version of which too little is seen is announced, and operators are told why', async () => {
  stage.tryOutBy({ tooLittle: 'announce' });
  stage.canary.figures.of = () => LITTLE;
  await stage.work();
  assert.equal((await stage.run()).outcome, 'announced');
  await until(() => stage.told().length === 2, 30_000);
  assert.match(stage.world.told.find(({ kind }) => kind === 'canary')?.reason ?? '', /too little was seen/);
});

test('where hardly anybody comes a version is announced untried, and it is kept that it was', async () => {
  stage.canary.figures.traffic = { profiles: 3, plays: 2 };
  await stage.work();
  assert.equal((await stage.run()).outcome, 'announced');
  assert.deepEqual(stage.canary.asked, []);
  const record = await stage.canary.canaries.recordOf(VIEW, SECOND);
  assert.deepEqual(
    [record?.outcome, record?.reason],
    ['skipped', 'only 3 profiles and 2 plays came of late: too few to try it out on'],
  );
  await until(() => stage.told().length === 2, 30_000);
  assert.match(stage.world.told.find(({ kind }) => kind === 'canary')?.reason ?? '', /^only 3 profiles/);
});

test('where hardly anybody comes and nothing may be announced untried, a version is rejected, and it is said why', async () => {
  stage.tryOutBy({ untried: 'reject' });
  stage.canary.figures.traffic = { profiles: 3, plays: 2 };
  await stage.work();
  const outcome = await stage.run();
  assert.deepEqual(outcome.outcome === 'rejected' && [outcome.rule, outcome.reason], [
    'canary-undecided',
    'only 3 profiles and 2 plays came of late: too few to try it out on',
  ]);
  assert.deepEqual(stage.canary.asked, []);
});
