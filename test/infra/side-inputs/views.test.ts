import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { region } from '../../../domain/ids.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createLog, silentLog, type Log } from '../../../infra/log.ts';
import { followSideViews, type SideViews } from '../../../infra/side-inputs/views.ts';
import { publishCatalogue, publishPages } from '../../support/side-views.ts';
import { until } from '../../support/until.ts';
import { setUp } from '../../support/view-repository.ts';

const HOME = region('local');
const dir = mkdtempSync(join(tmpdir(), 'marquee-side-views-'));
const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256, connections: 1 });
after(async () => {
  await duckdb.close();
  rmSync(dir, { recursive: true });
});

const NEVER_MS = 3_600_000;
const follow = (
  repository: ReturnType<typeof setUp>['repository'],
  name: string,
  log: Log = silentLog(),
): SideViews =>
  followSideViews({
    repository,
    duckdb,
    dir: join(dir, name),
    pollIntervalMs: NEVER_MS,
    log,
  });

test('before the first version nothing is known and nothing waits; an announcement brings it', async () => {
  const { repository } = setUp();
  const views = follow(repository, 'announced');
  await views.asked;
  assert.equal(views.catalogue(), undefined);
  assert.equal(views.pages(), undefined);
  const film = {
    id: 'film-1',
    kind: 'film',
    genres: 'Crime|Drama',
    runtimeSeconds: 5400.5,
    launchTime: -86_400_000,
  };
  await publishCatalogue(
    repository,
    [
      { ...film, kind: 'film' },
      { id: 'series-1', kind: 'series' },
      { id: 'episode-1', kind: 'episode', root: 'series-1' },
    ],
    HOME,
  );
  views.nudge();
  await until(() => views.catalogue() !== undefined);
  const catalogue = views.catalogue();
  assert.equal(catalogue?.version, 1);
  const { id, ...details } = film;
  assert.deepEqual(catalogue?.titleOf(id), { ...details, rootTitleId: id });
  assert.deepEqual(catalogue?.titleOf('episode-1'), { kind: 'episode', genres: '', rootTitleId: 'series-1' });
  assert.equal(catalogue?.titleOf('constructor'), undefined);
  assert.equal(views.pages(), undefined);
  await views.close();
});

test('places are found by page and row; a page without the row is still a page', async () => {
  const { repository } = setUp();
  const row = { page: 'home', pageKind: 'start', rowKind: 'ranked', length: 40 };
  await publishPages(
    repository,
    [
      { ...row, row: 'trending', index: 0 },
      { ...row, row: 'popular', index: 3, length: 0 },
    ],
    HOME,
  );
  const views = follow(repository, 'pages');
  await views.asked;
  const pages = views.pages();
  assert.deepEqual(pages?.placeOf('home', 'popular'), {
    pageKind: 'start',
    row: { kind: 'ranked', index: 3, length: 0 },
  });
  assert.deepEqual(pages?.placeOf('home', 'gone'), { pageKind: 'start' });
  assert.deepEqual(pages?.placeOf('home', undefined), { pageKind: 'start' });
  assert.equal(pages?.placeOf('elsewhere', 'trending'), undefined);
  await views.close();
});

test('a version that is no catalogue is refused and the one before stays', async () => {
  const { repository } = setUp();
  await publishCatalogue(repository, [{ id: 'a', kind: 'film' }], HOME);
  const lines: string[] = [];
  const log = createLog({
    name: 'test',
    level: 'error',
    destination: { write: (line) => void lines.push(line) },
  });
  const views = follow(repository, 'refused', log);
  await views.asked;
  await publishCatalogue(repository, [{ id: 'b', kind: 'trailer' as 'film' }], HOME);
  views.nudge();
  await until(() => lines.some((line) => line.includes('title b is a trailer')));
  assert.equal(views.catalogue()?.version, 1);
  await publishCatalogue(repository, [{ id: 'c', kind: 'film' }], HOME);
  views.nudge();
  await until(() => views.catalogue()?.version === 3);
  assert.equal(views.catalogue()?.titleOf('a'), undefined);
  await views.close();
});

test('a new process begins with the last good copy while the store is away', async () => {
  const { repository } = setUp();
  await publishCatalogue(repository, [{ id: 'a', kind: 'film' }], HOME);
  const first = follow(repository, 'copy');
  await first.asked;
  await first.close();
  const away = { ...repository, readPointer: () => Promise.reject(new Error('away')) };
  const second = follow(away, 'copy');
  await second.asked;
  assert.equal(second.catalogue()?.titleOf('a')?.kind, 'film');
  await second.close();
});
