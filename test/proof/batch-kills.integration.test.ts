/** The short form of `npm run prove:batch -- kills`. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { proveKills } from './batch-kills/prove.ts';
import { SCENARIOS, type Scenario } from './batch-kills/scenarios.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-kills-'));
after(() => rmSync(folder, { recursive: true }));

const only = (name: string, activity: string): Scenario[] =>
  SCENARIOS.filter((scenario) => scenario.name === name).map((scenario) => ({
    ...scenario,
    activities: [activity],
  }));

test('workers killed once they have staged and once they have announced leave one version and nothing else', async () => {
  const settings = {
    environment: testEnvironment(),
    region: testConfig().region,
    folder,
    say: () => undefined,
  };
  const scenarios = [...only('ingest', 'ingestSource'), ...only('refresh', 'announceVersion')];
  const results = await proveKills(scenarios, settings, ['after']);
  assert.deepEqual(
    results.map(({ activity, wasKilled, differences }) => [activity, wasKilled, differences]),
    [
      ['ingestSource', true, []],
      ['announceVersion', true, []],
    ],
  );
});
