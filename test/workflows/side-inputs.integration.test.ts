/** Catalogue and pages over real servers: from a file and an address through the ladder to a subscriber. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { PAGES_VIEW } from '../../domain/pages.ts';
import type { PublishOutcome } from '../../domain/publishing.ts';
import type { ViewName } from '../../domain/views.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { openObjectStore } from '../../infra/connections.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { createDuckDb, type DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { createSubscriber, localPartPath, type Subscription } from '../../infra/hermes/subscriber.ts';
import { silentLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { rowAnswer } from '../../serving/api/schemas.ts';
import { startServing } from '../../serving/process.ts';
import { films, pageRows, series, writeLines, type TitleLine } from '../support/side-inputs.ts';
import { testConfig } from '../support/stack.ts';
import { until } from '../support/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-side-inputs-'));
const cataloguePath = join(dir, 'catalogue.ndjson');
const log = silentLog();
/** What the server of pages answers; undefined: it is gone. */
let pages: { readonly body: Buffer; readonly etag: string } | undefined;
let asked: number[] = [];
const server = createServer((request, response) => {
  if (pages === undefined) return void response.socket?.destroy();
  const status = request.headers['if-none-match'] === pages.etag ? 304 : 200;
  asked.push(status);
  response.writeHead(status, { etag: pages.etag }).end(status === 200 ? pages.body : undefined);
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));

const config = testConfig({
  MARQUEE_CATALOGUE_SOURCE: cataloguePath,
  MARQUEE_PAGES_SOURCE: `http://127.0.0.1:${(server.address() as AddressInfo).port}/pages.ndjson.gz`,
  DUCKDB_MEMORY_LIMIT_MB: '256',
});
const store = openObjectStore(config);
const views = createViewRepository({ store, region: config.region });
const temporal = createTemporal(config.temporal);
const refreshes = createRefreshes({ temporal, region: config.region });
const closers: (() => Promise<void> | void)[] = [];
let duckdb: DuckDb;
let titles: Subscription<readonly string[]>;
let rows: Subscription<readonly string[]>;

before(async () => {
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log, onClose, fail: assert.fail });
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  const subscriber = createSubscriber({
    repository: views,
    dir: join(dir, 'copies'),
    log,
    pollIntervalMs: 600_000,
  });
  const subscribe = (view: ViewName, part: string, expression: string) =>
    subscriber.subscribe(view, {
      load: (versionDir, manifest) => read(versionDir, manifest, part, expression),
    });
  titles = await subscribe(CATALOGUE_VIEW, 'entries', `kind || ' ' || title_id || ' of ' || root_title_id`);
  rows = await subscribe(PAGES_VIEW, 'rows', `page_id || '/' || row_id || ' at ' || row_index`);
});
beforeEach(() => {
  asked = [];
});
after(async () => {
  await titles.close();
  await rows.close();
  await duckdb.close();
  for (const close of closers.toReversed()) await close();
  await temporal.close();
  store.close();
  server.closeAllConnections();
  server.close();
  rmSync(dir, { recursive: true });
});

async function read(versionDir: string, { parts }: Manifest, part: string, expression: string) {
  const path = localPartPath(versionDir, parts.find(({ name }) => name === part) ?? assert.fail(part));
  const { columns } = await duckdb.use((connection) =>
    connection.query(`SELECT ${expression} AS told FROM read_parquet(${quoteText(path)})`),
  );
  return columns['told']?.values as readonly string[];
}

/** Refreshes, and lets the subscriber look. */
async function refreshCatalogue(lines: readonly (TitleLine | string)[]): Promise<PublishOutcome> {
  writeLines(cataloguePath, lines);
  const outcome = await refreshes.refresh(CATALOGUE_VIEW);
  await titles.nudge();
  return outcome;
}

function servePages(lines: readonly object[], etag: string): void {
  pages = { body: gzipSync(lines.map((line) => `${JSON.stringify(line)}\n`).join('')), etag };
}

async function statesOf(view: ViewName): Promise<string[]> {
  const versions = await views.listVersions(view);
  return versions.map(({ version, state, rule }) => `${version} ${state} ${rule ?? ''}`.trim());
}

test('a catalogue of films goes from its file up the ladder to a subscriber, with where it came from', async () => {
  const outcome = await refreshCatalogue(films(20));
  assert.deepEqual(outcome, {
    ...{ outcome: 'announced', view: CATALOGUE_VIEW, version: 1, parent: null },
    ...{ rowCounts: { entries: 20 }, notified: true },
  });
  const told = titles.current();
  assert.equal(told?.version, 1);
  assert.deepEqual(told.value.slice(0, 2), ['film film-0 of film-0', 'film film-1 of film-1']);
  const { cut, inputs } = told.manifest;
  assert.deepEqual(cut, {});
  const [input] = inputs;
  assert.ok(input !== undefined && 'source' in input);
  assert.match(input.source, /^file:.*catalogue\.ndjson$/);
});

test('a refresh is heard by a serving process that does not look by itself, and it shows the new titles', async () => {
  const ending: (() => Promise<void> | void)[] = [];
  const settings = { SERVING_POLL_INTERVAL_MS: '600000', SERVING_CATALOG_PATH: join(dir, 'none') };
  const url = await startServing({
    config: { ...config, serving: testConfig(settings).serving },
    log,
    onClose: (close) => void ending.push(close),
    fail: assert.fail,
  });
  const shown = async (): Promise<string[]> => {
    const { items } = rowAnswer.parse(await (await fetch(`${url}/v1/rows/popular?country=SE`)).json());
    return items.map(({ name }) => name);
  };
  try {
    await until(async () => (await fetch(`${url}/readyz`)).status === 200, 30_000, 100);
    assert.equal((await shown()).length, 20);
    assert.equal((await refreshCatalogue(films(21))).outcome, 'announced');
    await until(async () => (await shown()).includes('The film film-20'), 30_000, 50);
    assert.equal((await refreshCatalogue(films(20))).outcome, 'announced');
    await until(async () => (await shown()).length === 20, 30_000, 50);
  } finally {
    for (const close of ending.toReversed()) await close();
  }
});

test('the same bytes publish nothing and take no number; the same titles in another order announce nothing', async () => {
  assert.deepEqual(await refreshes.refresh(CATALOGUE_VIEW), {
    ...{ outcome: 'unchanged', view: CATALOGUE_VIEW, version: 3 },
  });
  assert.equal((await refreshCatalogue(films(20).toReversed())).outcome, 'unchanged');
  assert.deepEqual(await statesOf(CATALOGUE_VIEW), [
    '4 rejected unchanged',
    '3 announced',
    '2 backup',
    '1 backup',
  ]);
});

test('a catalogue with series, seasons and episodes reaches the subscriber with every episode under its series', async () => {
  const outcome = await refreshCatalogue([...films(20), ...series(2)]);
  assert.deepEqual([outcome.outcome, outcome.version], ['announced', 5]);
  assert.equal(titles.current()?.value.length, 38);
  assert.ok(titles.current()?.value.includes('episode show-1.2.3 of show-1'));
});

test('a bad source is refused by a rule that names it, and the version before keeps serving', async () => {
  const good = [...films(20), ...series(2)];
  const bad: [string, RegExp, readonly (TitleLine | string)[]][] = [
    [
      'orphans',
      /line 21: episode show-0.1.1: its parent show-0.1 is not in the catalogue/,
      [...films(20), ...series(1).slice(0, 6)],
    ],
    ['keys', /line 39: title film-0 is on line 1 already/, [...good, ...films(1)]],
    ['source-lines', /1 bad line: line 39: it is not JSON/, [...good, '{"titleId": "cut off']],
    ['removed-rows', /23 of 38 rows of part entries \(60.5 %\) are gone, at most 50.0 %/, films(15)],
    ['minimum-rows', /0 rows, expected at least 1/, []],
    ['changed-rows', /38 of 38 .* are changed/, good.map((line) => ({ ...line, name: 'renamed' }))],
  ];
  for (const [rule, reason, lines] of bad) {
    const outcome = await refreshCatalogue(lines);
    assert.ok(outcome.outcome === 'rejected', `${rule}: ${outcome.outcome}`);
    assert.equal(outcome.rule, rule);
    assert.match(outcome.reason, reason);
    assert.equal(titles.current()?.version, 5);
  }
  assert.equal((await views.readPointer(CATALOGUE_VIEW))?.version, 5);
  const mended = await refreshCatalogue([...good, ...films(21).slice(20)]);
  assert.deepEqual([mended.outcome, titles.current()?.value.length], ['announced', 39]);
});

test('refreshes of the catalogue started together publish it once', async () => {
  writeLines(cataloguePath, [...films(20), ...series(3)]);
  const outcomes = await Promise.all([1, 2, 3].map(() => refreshes.refresh(CATALOGUE_VIEW)));
  const told = outcomes.map(({ outcome }) => outcome).toSorted();
  assert.deepEqual(told, ['announced', 'unchanged', 'unchanged']);
  await titles.nudge();
  assert.equal(titles.current()?.value.length, 47);
});

test('pages go from their address to a subscriber, and are read again only when the server says they changed', async () => {
  servePages(pageRows(2, 10), '"one"');
  assert.equal((await refreshes.refresh(PAGES_VIEW)).outcome, 'announced');
  await rows.nudge();
  assert.deepEqual(rows.current()?.value.slice(0, 2), ['page-0/row-0 at 0', 'page-0/row-1 at 1']);
  assert.deepEqual(asked, [200]);
  assert.equal((await refreshes.refresh(PAGES_VIEW)).outcome, 'unchanged');
  assert.deepEqual(asked, [200, 304]);
  servePages(pageRows(3, 10), '"two"');
  assert.equal((await refreshes.refresh(PAGES_VIEW)).outcome, 'announced');
  await rows.nudge();
  assert.deepEqual([rows.current()?.version, rows.current()?.value.length], [2, 30]);
});

test('an address that does not answer is one clear error after a few tries, and the pages before keep serving', async () => {
  pages = undefined;
  await assert.rejects(refreshes.refresh(PAGES_VIEW), (error) => isMarqueeError(error, 'SOURCE_UNAVAILABLE'));
  await rows.nudge();
  assert.equal(rows.current()?.version, 2);
  assert.deepEqual(await statesOf(PAGES_VIEW), ['2 announced', '1 backup']);
});

test('a packed source that is cut short is refused as a whole', async () => {
  const whole = gzipSync(`${JSON.stringify(films(1)[0])}\n`.repeat(1000));
  await writeFile(cataloguePath, whole.subarray(0, whole.length - 10));
  await assert.rejects(refreshes.refresh(CATALOGUE_VIEW), (error) => isMarqueeError(error, 'SOURCE_INVALID'));
});
