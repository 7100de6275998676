import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { followModels } from '../../../streaming/nearline/models.ts';
import { FILMS, nearlineInputs } from '../../support/nearline-models.ts';
import { publishPolicy } from '../../support/side-views.ts';
import { publishTastes } from '../../support/taste-views.ts';
import { until } from '../../support/until.ts';

const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
const dir = mkdtempSync(join(tmpdir(), 'marquee-nearline-'));
after(async () => {
  await duckdb.close();
  rmSync(dir, { recursive: true, force: true });
});

const LOCAL = region('local');

test('models are those published last, of each view its own version, and none before the first', async (t) => {
  const store = createMemoryObjectStore();
  const repository = createViewRepository({ store, region: LOCAL });
  const follow = (name: string) => {
    const models = followModels({
      ...{ repository, duckdb, dir: join(dir, name), pollIntervalMs: 20, log: silentLog() },
    });
    t.after(models.close);
    return models;
  };
  const models = follow('a');
  await models.asked;
  assert.equal(models.current(), undefined);

  await publishTastes(repository, duckdb, nearlineInputs(), LOCAL);
  await until(() => models.current()?.versions.neighbours === 1);
  const first = models.current()!;
  assert.deepEqual(first.titles.ids, FILMS);
  assert.deepEqual(first.versions, { itemFactors: 1, neighbours: 1, rankingPolicy: null });
  assert.equal(models.current(), first);

  await publishPolicy(repository, [{ rowId: 'top-picks', setting: 'length', value: 3 }], LOCAL);
  await publishTastes(repository, duckdb, nearlineInputs(2, ['film-a', ...FILMS]), LOCAL);
  await until(() => models.current()?.versions.neighbours === 2);
  const second = models.current()!;
  assert.deepEqual(second.versions, { itemFactors: 2, neighbours: 2, rankingPolicy: 1 });
  assert.equal(second.policy.rows['top-picks'].length, 3);
  assert.equal(second.titles.count, FILMS.length + 1);
  assert.equal(first.titles.count, FILMS.length);

  // Another process finds them all before it begins to rank.
  const other = follow('b');
  await other.asked;
  assert.deepEqual(other.current()?.versions, second.versions);
});
