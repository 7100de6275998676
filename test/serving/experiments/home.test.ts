import assert from 'node:assert/strict';
import { test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import type { PolicySetting } from '../../../domain/ranking-policy.ts';
import { servedRows } from '../../../serving/home/served.ts';
import { homeAnswer } from '../../../serving/home/schemas.ts';
import { createServingBench, entry } from '../../support/serving.ts';
import { publishPolicy } from '../../support/side-views.ts';
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

test('what is kept of a page names its arms, and whose choice titles were', () => {
  const page = {
    rows: [{ name: 'trending', source: 'merged', titles: Uint32Array.of(0), teams: 'a' }],
    request: { profile: 'p', country: null, arm: 'lengths=short' },
    lists: { standing: { viewVersion: 1 } },
    library: { titles: { ids: ['a'] } },
    at: 7,
  } as unknown as Parameters<typeof servedRows>[0];
  assert.deepEqual(
    servedRows(page, 'r').map(({ arms, teams }) => [arms, teams]),
    [['lengths=short', 'a']],
  );
});
