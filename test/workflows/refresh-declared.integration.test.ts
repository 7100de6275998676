/** A view that a file of SQL declares, from its schedule to a program that follows it and a webhook that hears of it. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { OutsideNotice } from '../../domain/notices/outside.ts';
import { parseNotice, type Notice } from '../../domain/notices/notice.ts';
import type { PublishOutcome } from '../../domain/publishing.ts';
import { topicName } from '../../domain/topics.ts';
import { viewName } from '../../domain/views.ts';
import { refreshId, watchId } from '../../domain/workflow-ids.ts';
import { startWorkerProcess } from '../../infra/bin/worker-process.ts';
import { runCommandLine } from '../../infra/cli/program.ts';
import { openKafka, openLake, openObjectStore, type OpenLake } from '../../infra/connections.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { subscribe, type PublishedVersion } from '../../infra/hermes/subscribe.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { silentLog } from '../../infra/log.ts';
import type { S3ObjectStore } from '../../infra/object-store/s3.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { entryAnswer } from '../../serving/entries/schemas.ts';
import { startServing } from '../../serving/process.ts';
import { playStarts } from '../support/activity-world.ts';
import { partitionRows } from '../support/clean-rows.ts';
import { readTopic, textOf } from '../support/kafka-log.ts';
import { PAGES_VIEW } from '../../domain/pages.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { startReceiver, type Receiver } from '../support/webhook-receiver.ts';

const VIEW = viewName('plays-by-hour');
const SECRET = 'whsec_bWFycXVlZS1pcy10ZXN0aW5nLWl0cy13ZWJob29rcw==';
const closers: (() => Promise<void> | void)[] = [];
let settings: Record<string, string>;
let dir: string;
let receiver: Receiver;
let lake: OpenLake;
let store: S3ObjectStore;
let kafka: KafkaClient;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'marquee-declares-'));
  await cp(resolve(import.meta.dirname, '../../examples/declared-views'), join(dir, 'views'), {
    recursive: true,
  });
  receiver = await startReceiver([500]);
  settings = {
    ...{ MARQUEE_PARTITIONS: '1', MARQUEE_BLOCK_SIZE: '16', DUCKDB_MEMORY_LIMIT_MB: '256' },
    ...{ MARQUEE_VIEWS_DIR: join(dir, 'views'), VIEW_WATCH_INTERVAL_MS: '3600000' },
    ...{ NOTIFY_WEBHOOKS: receiver.address, NOTIFY_WEBHOOK_SECRETS: SECRET, NOTIFY_WEBHOOK_PAUSE_MS: '50' },
  };
  const config = testConfig(settings);
  const log = silentLog();
  store = openObjectStore(config);
  kafka = openKafka(config, log);
  await store.ensureBucket();
  lake = await openLake(config, log);
  await lake.lake.ensureTables();
  const onClose = (close: () => Promise<void> | void) => void closers.push(close);
  await startWorkerProcess({ config, log, onClose, fail: assert.fail });
});
after(async () => {
  await removeSchedules();
  for (const close of closers.toReversed()) await close();
  await lake.close();
  await kafka.close();
  store.close();
  receiver.close();
  await rm(dir, { recursive: true });
});

/** They would begin runs of a region that nobody works for any more. */
async function removeSchedules(): Promise<void> {
  const { temporal: address, region } = testConfig(settings);
  const temporal = createTemporal(address);
  for await (const { scheduleId } of temporal.client.schedule.list())
    if (scheduleId.startsWith(`${region}:`)) await temporal.client.schedule.getHandle(scheduleId).delete();
  await temporal.close();
}

/** What the commands of this file print, as far as it is looked at. */
interface Answer {
  readonly undeclared: readonly string[];
  readonly schedules: readonly { readonly id: string; readonly change: string }[];
  readonly views: readonly { readonly view: string }[];
  readonly faults: readonly string[];
  readonly outcome: PublishOutcome['outcome'];
  readonly version: number | null;
  readonly rule?: string;
}

async function run(...args: string[]): Promise<{ code: number; answer: Answer; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommandLine([...args, '--json'], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: testEnvironment(settings),
  });
  return { code, answer: JSON.parse(stdout || '{}') as Answer, stderr };
}

const append = (from: number, count: number, title: string) =>
  lake.lake.appendExactlyOnce('plays', [partitionRows('plays', 0, playStarts(from, count, title), { from })]);
const refresh = () => run('refresh', VIEW);

async function rowsOf({ parts }: PublishedVersion): Promise<readonly string[]> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 64 });
  try {
    return await duckdb.use(async (connection) => {
      const { columns } = await connection.query(
        `SELECT concat_ws(' ', country, sum(plays)) AS line FROM read_parquet('${parts['rows']}') GROUP BY country`,
      );
      return Array.from(columns['line']?.values ?? [], String);
    });
  } finally {
    await duckdb.close();
  }
}

test('bad SQL is told with its file and line, and nothing is scheduled', async () => {
  const bad = join(dir, 'views', 'broken.sql');
  await writeFile(bad, '-- key: title_id\n-- every: 1h\nSELECT title_id FROM playz');
  const { code, stderr } = await run('schedule', 'apply');
  assert.equal(code, 2);
  assert.match(stderr, /broken\.sql: there is no table playz/);
  const listed = await run('schedule', 'list');
  assert.deepEqual(listed.answer.schedules, []);
  const checked = await run('declared');
  assert.deepEqual(
    [checked.code, checked.answer.views.map(({ view }) => view), checked.answer.faults.length],
    [2, ['genre-contexts', VIEW], 1],
  );
  await rm(bad);
});

test('a declared view is scheduled once, however often that is applied', async () => {
  const id = refreshId(testConfig().region, VIEW);
  const changeOf = async (): Promise<string | undefined> => {
    const { answer } = await run('schedule', 'apply');
    return answer.schedules.find((one) => one.id === id)?.change;
  };
  assert.deepEqual([await changeOf(), await changeOf()], ['created', 'unchanged']);
});

test('a file that is taken away takes its schedule with it, and its versions stay as they are', async () => {
  const [file, id] = [
    join(dir, 'views', 'plays-of-all.sql'),
    refreshId(testConfig().region, viewName('plays-of-all')),
  ];
  await writeFile(
    file,
    '-- key: title_id\n-- every: 1d\nSELECT title_id, count(*) AS plays FROM plays GROUP BY ALL',
  );
  const changeOf = async (...flags: string[]): Promise<string | undefined> => {
    const { answer } = await run('schedule', 'apply', ...flags);
    return answer.schedules.find((one) => one.id === id)?.change;
  };
  const isListed = async (): Promise<boolean> =>
    (await run('schedule', 'list')).answer.schedules.some((one) => one.id === id);
  assert.deepEqual([await changeOf('--dry-run'), await isListed()], ['created', false]);
  assert.equal(await changeOf(), 'created');
  await until(isListed, 20_000, 100);
  await rm(file);
  assert.equal(await changeOf('--dry-run'), 'removed');
  assert.equal(await isListed(), true);
  // Who knows of no folder cannot tell that a file is gone.
  const folder = settings['MARQUEE_VIEWS_DIR']!;
  delete settings['MARQUEE_VIEWS_DIR'];
  assert.equal(await changeOf(), undefined);
  settings['MARQUEE_VIEWS_DIR'] = folder;
  assert.equal(await changeOf(), 'removed');
  await until(async () => !(await isListed()), 20_000, 100);
  assert.equal(await changeOf(), undefined);
});

test('what these settings do not declare any more stays until it is asked to go', async () => {
  const id = refreshId(testConfig().region, PAGES_VIEW);
  settings['MARQUEE_PAGES_SOURCE'] = join(dir, 'pages.ndjson');
  await run('schedule', 'apply');
  delete settings['MARQUEE_PAGES_SOURCE'];
  const apply = async (...flags: string[]) => {
    const { answer } = await run('schedule', 'apply', ...flags);
    return [answer.schedules.find((one) => one.id === id)?.change, answer.undeclared.includes(id)];
  };
  await until(async () => (await apply())[1] === true, 20_000, 100);
  assert.deepEqual(await apply('--prune', '--dry-run'), ['removed', false]);
  assert.deepEqual(await apply(), [undefined, true]);
  assert.deepEqual(await apply('--prune'), ['removed', false]);
  await until(async () => (await apply())[1] === false, 20_000, 100);
});

test('its versions climb the ladder, and whoever follows it gets them', async () => {
  await append(0, 40, 't1');
  const first = await refresh();
  assert.deepEqual(
    [first.code, first.answer.outcome, first.answer.version],
    [0, 'announced', 1],
    first.stderr,
  );
  const again = await refresh();
  assert.deepEqual([again.answer.outcome, again.answer.version], ['unchanged', 1]);
  const versions: PublishedVersion[] = [];
  const subscription = await subscribe({
    ...{ config: testConfig(settings), view: VIEW, dir: join(dir, 'copy'), log: silentLog() },
    onVersion: (version) => void versions.push(version),
  });
  await append(40, 40, 't2');
  assert.equal((await refresh()).answer.outcome, 'announced');
  await until(() => versions.at(-1)?.manifest.version === 2, 20_000);
  assert.deepEqual(await rowsOf(versions.at(-1)!), ['DE 80']);
  assert.deepEqual(versions.at(-1)!.manifest.key, ['country', 'hour_of_week']);
  assert.ok(
    versions
      .at(-1)!
      .manifest.inputs.some((input) => 'source' in input && input.source === `declaration:${VIEW}.sql`),
  );
  await subscription.close();
});

test('one of its entries is answered over HTTP by its key, once the view is named', async () => {
  const config = testConfig({ ...settings, SERVING_ENTRY_VIEWS: VIEW, SERVING_POLL_INTERVAL_MS: '200' });
  const open: (() => Promise<void> | void)[] = [];
  const onClose = (close: () => Promise<void> | void) => void open.push(close);
  const url = await startServing({ config, log: silentLog(), onClose, fail: assert.fail });
  const ask = (key: string) => fetch(`${url}/v1/views/${VIEW}/${key}`);
  await until(async () => (await ask('DE')).status === 200, 30_000, 100);
  const answer = entryAnswer.parse(await (await ask('DE')).json());
  const rows = answer.parts['rows']!;
  assert.deepEqual([answer.version, answer.key], [2, { country: 'DE' }]);
  assert.equal(
    rows.reduce((sum, { plays }) => sum + Number(plays), 0),
    80,
  );
  const one = entryAnswer.parse(await (await ask(`DE,${Number(rows[0]!['hour_of_week'])}`)).json());
  assert.deepEqual(one.parts, { rows: [rows[0]] });
  assert.equal((await ask('XX')).status, 404);
  for (const close of open.toReversed()) await close();
});

test('a version whose key comes twice is refused, and the one before serves on', async () => {
  await writeFile(
    join(dir, 'views', `${VIEW}.sql`),
    '-- key: country\n-- every: 15m\nSELECT country, title_id FROM plays',
  );
  const { code, answer } = await refresh();
  assert.deepEqual([code, answer.outcome, answer.rule], [1, 'rejected', 'keys']);
  const unknown = await run('refresh', 'never-declared');
  assert.match(unknown.stderr, /View never-declared is not declared/);
});

test('all of it was told, on the topic and to the webhook, which failed at first', async () => {
  await run('pin', VIEW, '1', '--wait', '1s');
  const { region, generation, temporal: address } = testConfig(settings);
  const temporal = createTemporal(address);
  await temporal.client.schedule.getHandle(watchId(region)).trigger();
  const wanted = ['pinned 1', 'published 1', 'published 2', 'refused 3'];
  const heard = (): string[] =>
    receiver.posted.map(({ body }) => {
      const { kind, version } = JSON.parse(body) as OutsideNotice;
      return `${kind} ${version}`;
    });
  await until(() => wanted.every((one) => heard().includes(one)), 30_000);
  await temporal.close();
  assert.deepEqual([...new Set(heard())].toSorted(), wanted);
  assert.equal(receiver.posted.length, wanted.length + 1);
  assert.ok(receiver.posted.every(({ isSigned }) => isSigned(SECRET)));
  const records = [
    ...(await readTopic(kafka, topicName(region, generation, 'notifications'))).values(),
  ].flat();
  const told: Notice[] = records.map((record) => parseNotice(textOf(record), assert.fail));
  assert.deepEqual(told.map(({ kind, version }) => `${kind} ${version}`).toSorted(), wanted);
});
