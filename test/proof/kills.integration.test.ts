/**
 * The whole pipeline on real servers under fire: each of the six processes is killed in mid-stream, one owner of
 * partitions is frozen past its session timeout and woken again, and at the end every title is what the file says.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { DAY_MS } from '../../domain/time.ts';
import { viewName } from '../../domain/views.ts';
import { prepareInput, type PreparedInput } from '../../examples/demo/prepare.ts';
import { createSender } from '../../examples/demo/sender.ts';
import { settledComparison } from '../../examples/demo/settle.ts';
import { readTruth } from '../../examples/demo/truth.ts';
import { seededDataSet } from '../../infra/datasets/seeded.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { choosePorts } from '../../infra/local/ports.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { PROCESS_NAMES, startProcess, type MarqueeProcess, type ProcessName } from '../support/pipeline.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';

const RATINGS = 6000;
const LINES_PER_SECOND = 1500;
const SESSION_TIMEOUT_MS = 6000;
const POPULARITY = viewName('popularity');

const running = new Map<string, MarqueeProcess>();
let input: PreparedInput;
let env: Record<string, string>;
let folder: string;

async function launch(name: ProcessName, as: string = name): Promise<void> {
  running.set(as, await startProcess(name, { env, logDir: join(folder, 'logs', as) }));
}

/** Kills a process without warning and starts it anew. */
async function kill(name: ProcessName): Promise<void> {
  const old = running.get(name)!;
  old.signal('SIGKILL');
  await old.stop();
  await launch(name);
}

before(async () => {
  const ports = await choosePorts({ names: ['ingest', 'serving'] });
  folder = testConfig().dataDir;
  mkdirSync(folder, { recursive: true });
  const data = seededDataSet('a proof needs no real ratings', {
    seed: 7,
    ratings: RATINGS,
    titles: 400,
    users: 300,
  });
  input = await prepareInput(data, {
    folder,
    seed: 7,
    endMs: Date.now(),
    spanMs: 6 * DAY_MS,
    limit: RATINGS,
    region: testConfig().region,
    runId: 'proof',
    cataloguePath: join(folder, 'catalogue.ndjson'),
    pagesPath: join(folder, 'pages.ndjson'),
  });
  env = testEnvironment({
    INGEST_PORT: String(ports['ingest']),
    SERVING_PORT: String(ports['serving']),
    SERVING_CATALOG_PATH: input.catalogue.path,
    KAFKA_SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    KAFKA_HEARTBEAT_INTERVAL_MS: '1000',
    SINK_FLUSH_INTERVAL_MS: '2000',
    MARQUEE_BLOCK_SIZE: '256',
    MARQUEE_LOG_LEVEL: 'info',
  });
  await Promise.all(PROCESS_NAMES.map((name) => launch(name)));
});

after(async () => {
  await Promise.all([...running.values()].map((one) => one.stop()));
});

test(
  'kills, a frozen owner and a refresh in between change no final number',
  { timeout: 400_000 },
  async () => {
    const config = testConfig();
    const temporal = createTemporal(config.temporal);
    const refreshes = createRefreshes({ temporal, region: config.region });
    const sender = createSender({
      url: `http://127.0.0.1:${env['INGEST_PORT']}`,
      file: input.events.path,
      linesPerSecond: LINES_PER_SECOND,
    });
    const sending = sender.sendUntil(Infinity);
    sending.catch(() => undefined);

    await sleep(3000);
    for (const name of ['extract', 'speed', 'ingest', 'sink'] as const) {
      await kill(name);
      await sleep(1000);
    }
    // A second speed process joins; the first is frozen until the second has everything, then wakes up as a stale owner.
    await launch('speed', 'second speed');
    const frozen = running.get('speed')!;
    frozen.signal('SIGSTOP');
    await sleep(SESSION_TIMEOUT_MS + 3000);
    frozen.signal('SIGCONT');
    const refreshing = refreshes.refresh(POPULARITY);
    await sleep(300);
    await kill('worker');
    await kill('serving');
    assert.equal((await refreshing).outcome, 'announced');
    assert.equal((await sending).finished, true);
    await refreshes.refresh(POPULARITY);

    const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 512 });
    const truth = await readTruth(duckdb, input.events.path);
    await duckdb.close();
    const result = await settledComparison(truth, {
      counts: { url: `http://127.0.0.1:${env['SERVING_PORT']}` },
      titleIds: [...truth.keys()],
      patienceMs: 60_000,
    });
    assert.ok(result.plays >= RATINGS * 0.9, `${result.plays} plays were compared`);
    assert.deepEqual(
      { differences: result.differences, incomplete: result.incomplete, examples: result.examples },
      { differences: 0, incomplete: 0, examples: [] },
    );
    await temporal.close();
  },
);
