/** The short form of `npm run prove:batch -- kills`. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { proveKills } from './batch-kills/prove.ts';
import type { Scenario } from './batch-kills/scenario.ts';
import { forgotten, SCENARIOS } from './batch-kills/scenarios.ts';

const folder = mkdtempSync(join(tmpdir(), 'marquee-kills-'));
after(() => rmSync(folder, { recursive: true }));

const only = (name: string, ...activities: string[]): Scenario[] =>
  SCENARIOS.filter((scenario) => scenario.name === name).map((scenario) => ({ ...scenario, activities }));

test('workers killed once they have staged and once they have announced leave one version and nothing else', async () => {
  const settings = {
    ...{ environment: testEnvironment(), region: testConfig().region, folder },
    ...{ atATime: 1, say: () => undefined },
  };
  const results = await proveKills(only('ingest', 'ingestSource', 'announceVersion'), settings, ['after']);
  assert.deepEqual(
    results.map(({ kills, differences }) => [kills, differences]),
    [[['ingestSource:after', 'announceVersion:after'], []]],
  );
});

test('every activity that a worker registers is in the proof of kills, or spared for a reason', () => {
  assert.deepEqual(forgotten(), []);
});
