import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { armOf } from '../../../domain/experiments/assignment.ts';
import { readExperiments } from '../../../domain/experiments/experiment.ts';
import { profileId } from '../../../domain/ids.ts';
import type { PolicySetting } from '../../../domain/ranking-policy.ts';
import type { ExperimentAnswer } from '../../../infra/cli/experiment.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { openObjectStore } from '../../../infra/connections.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { openLake } from '../../../infra/lake/open.ts';
import { silentLog } from '../../../infra/log.ts';
import { publishPolicy } from '../../support/side-views.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';

const config = testConfig({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' });
const at = (rowId: string, setting: string, value: number): PolicySetting => ({ rowId, setting, value });
const SETTINGS = [
  at('experiment:taste', 'arm_control', 1),
  at('experiment:taste', 'arm_strong', 1),
  at('experiment:taste/strong/trending', 'taste', 0.9),
];
const PROFILES = Array.from({ length: 400 }, (_, i) => profileId(`p${i}`));

before(async () => {
  const [experiment] = readExperiments(SETTINGS).running;
  const arms = PROFILES.map((profile) => armOf(experiment!, profile).name);
  const store = openObjectStore(config);
  const open = await openLake(config, silentLog());
  try {
    const repository = createViewRepository({ store, region: config.region });
    await publishPolicy(repository, SETTINGS, config.region);
    const { lake } = open;
    await lake.ensureTables();
    await lake.read(async (connection) => {
      await connection.run('CREATE TEMP TABLE one (profile_id VARCHAR, arm VARCHAR)');
      const rows = PROFILES.map((profile, i) => `('${profile}', '${arms[i]}')`);
      await connection.run(`INSERT INTO one VALUES ${rows.join(', ')}`);
      const now = 'CAST(now() AS TIMESTAMP)';
      await connection.run(`INSERT INTO ${lake.reference('served_rows')} BY NAME
        SELECT profile_id AS recommendation_id, profile_id, profile_id AS upsert_key, 'trending' AS "row",
          'taste=' || arm AS arms, ${now} AS event_time, ${now} AS append_time FROM one`);
      await connection.run(`INSERT INTO ${lake.reference('impressions')} BY NAME
        SELECT profile_id AS recommendation_id, profile_id, 'impression' AS kind, ${now} AS append_time
        FROM one, range(10)`);
      // One play a profile in control, three in the other arm.
      await connection.run(`INSERT INTO ${lake.reference('plays')} BY NAME
        SELECT profile_id AS recommendation_id, profile_id, 'play_start' AS kind,
          profile_id || '-' || i AS play_id, ${now} AS append_time
        FROM one, range(3) r(i) WHERE i = 0 OR arm = 'strong'`);
    });
  } finally {
    store.close();
    await open.close();
  }
});

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommandLine(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: testEnvironment({ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' }),
  });
  return { code, stdout, stderr };
}

test('an experiment of the published policy is reported from what the lake holds of its answers', async () => {
  const { code, stdout, stderr } = await run('experiment', 'report', 'taste', '--json');
  assert.equal(code, 0, stderr);
  const { running, faults, shared } = JSON.parse(stdout) as ExperimentAnswer;
  assert.deepEqual([running, faults, shared?.isBalanced, shared?.moved], [true, [], true, 0]);
  const [control, strong] = shared!.arms;
  assert.deepEqual(
    [control!.arm, control!.expectedShare, control!.playsPerImpression!.value],
    ['control', 0.5, 0.1],
  );
  assert.equal(control!.profiles + strong!.profiles, PROFILES.length);
  assert.ok(Math.abs(strong!.difference!.value - 0.2) < 1e-9);
  const text = await run('experiment', 'report', 'taste');
  assert.match(text.stdout, /strong +0\.500 +\d+ +\d+ +\d+ +0\.3000 \(0\.3000 to 0\.3000\)/);
});

test('an experiment of which nothing was served says so', async () => {
  const { code, stderr } = await run('experiment', 'report', 'other');
  assert.equal(code, 4);
  assert.match(stderr, /Nothing was served of experiment other in 28 days/);
});
