import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawCandidate } from '../../../domain/canary/arms.ts';
import { region, type ProfileId } from '../../../domain/ids.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { RANKING_POLICY_VIEW, type PolicySetting } from '../../../domain/ranking-policy.ts';
import { createCanaries } from '../../../infra/hermes/canaries.ts';
import { servedRows } from '../../../serving/home/served.ts';
import { homeAnswer, pageRowAnswer } from '../../../serving/home/schemas.ts';
import { createServingBench, entry, NOW } from '../../support/serving.ts';
import { publishPolicy, stagePolicy } from '../../support/side-views.ts';
import { until } from '../../support/until.ts';

const at = (rowId: string, setting: string, value: number): PolicySetting => ({ rowId, setting, value });

test('a page says which arms its profile is in, the same each time, and both arms of an experiment get pages', async (t) => {
  const bench = await createServingBench(t, [entry('a'), entry('b'), entry('c')]);
  await publishPolicy(
    bench.repository,
    [
      at('experiment:lengths', 'arm_long', 1),
      at('experiment:lengths', 'arm_short', 1),
      at('experiment:lengths/short/*', 'length', 1),
    ],
    region('local'),
  );
  await bench.start();
  const page = async (path: string) => homeAnswer.parse((await bench.get(path)).body);
  await until(async () => (await page('/v1/home')).policy.version === 1);
  assert.equal((await page('/v1/home')).policy.arm, null);
  const seen = new Set<string | null>();
  for (let i = 0; i < 16; i++) {
    const path = `/v1/profiles/p${i}/home`;
    const { policy, rows } = await page(path);
    seen.add(policy.arm);
    assert.equal((await page(path)).policy.arm, policy.arm);
    const longest = Math.max(...rows.map(({ items }) => items.length));
    assert.equal(longest > 1, policy.arm === 'lengths=long', `${policy.arm} has ${longest}`);
  }
  assert.deepEqual([...seen].sort(), ['lengths=long', 'lengths=short']);
});

test('a policy that is tried out ranks for its cohort alone, and what was served says for whom', async (t) => {
  const bench = await createServingBench(t, [entry('a'), entry('b'), entry('c')]);
  await publishPolicy(bench.repository, [at('*', 'length', 3)], region('local'));
  const tried = await stagePolicy(bench.repository, [at('*', 'length', 1)], region('local'));
  const { sha256 } = await bench.repository.fetchManifest(RANKING_POLICY_VIEW, tried);
  const canaries = createCanaries({ store: bench.store, region: region('local') });
  const candidate = {
    ...{ view: RANKING_POLICY_VIEW, version: tried, runId: 'run', manifestSha256: sha256, share: 0.5 },
    openedAt: new Date(NOW).toISOString(),
    endsAt: new Date(NOW + DAY_MS).toISOString(),
  };
  await canaries.open(candidate, NOW);
  await bench.start({ canaries, settings: { pollIntervalMs: '50' } });
  const of = async (profile: string): Promise<{ version: number | null; longest: number }> => {
    const page = homeAnswer.parse((await bench.get(`/v1/profiles/${profile}/home`)).body);
    return {
      version: page.policy.version,
      longest: Math.max(...page.rows.map(({ items }) => items.length)),
    };
  };
  const profiles = Array.from({ length: 12 }, (_, i) => `p${i}`);
  const cohortOf = (profile: string) => drawCandidate([candidate], profile as ProfileId)?.cohort;
  assert.deepEqual([...new Set(profiles.map(cohortOf))].sort(), ['baseline', 'candidate']);
  const some = profiles.find((profile) => cohortOf(profile) === 'candidate')!;
  await until(async () => (await of(some)).version === tried);
  for (const profile of profiles) {
    const expected =
      cohortOf(profile) === 'candidate' ? { version: tried, longest: 1 } : { version: 1, longest: 3 };
    assert.deepEqual(await of(profile), expected, profile);
  }
  // Nobody in particular is in no cohort.
  assert.equal(homeAnswer.parse((await bench.get('/v1/home')).body).policy.version, 1);
  await canaries.close(RANKING_POLICY_VIEW, 'run');
  await until(async () => (await of(some)).version === 1);
});

test('what is kept of a page names its arms, and whose choice titles were', () => {
  const page = {
    rows: [{ name: 'trending', source: 'merged', titles: Uint32Array.of(0), teams: 'a' }],
    request: { profile: 'p', country: null, arm: 'lengths=short', canaryArm: null },
    lists: { standing: { viewVersion: 1 } },
    library: { titles: { ids: ['a'] } },
    at: 7,
  } as unknown as Parameters<typeof servedRows>[0];
  assert.deepEqual(
    servedRows(page, 'r').map(({ arms, teams }) => [arms, teams]),
    [['lengths=short', 'a']],
  );
});

test('a row that is asked for alone is shared by both arms, as on a page', async (t) => {
  const now = NOW;
  const titles = Array.from({ length: 8 }, (_, age) =>
    entry(`t${age}`, { launchTime: now - (age + 1) * DAY_MS }),
  );
  const bench = await createServingBench(t, titles);
  await publishPolicy(
    bench.repository,
    [
      at('*', 'diversity', 0),
      at('experiment:ages', 'arm_new', 1),
      at('experiment:ages', 'arm_old', 1),
      { rowId: 'experiment:ages', setting: 'interleaved', value: 'new-releases' },
      at('experiment:ages/old/new-releases', 'freshness', -1),
    ],
    region('local'),
  );
  await bench.start();
  const idsOf = async (path: string): Promise<string[]> =>
    pageRowAnswer.parse((await bench.get(path)).body).row.items.map(({ titleId }) => titleId);
  await until(async () => (await idsOf('/v1/profiles/p/rows/new-releases')).slice(0, 2).includes('t7'));
  for (let i = 0; i < 8; i++) {
    const ids = await idsOf(`/v1/profiles/p${i}/rows/new-releases`);
    assert.deepEqual(ids.slice(0, 2).sort(), ['t0', 't7']);
    assert.equal(new Set(ids).size, 8);
  }
  // Nobody in particular is in no experiment.
  assert.deepEqual((await idsOf('/v1/rows/new-releases')).slice(0, 2), ['t0', 't1']);
});
