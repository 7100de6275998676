/**
 * `marquee generation change` as an operator runs it: a program beside running processes, of which one is killed while it
 * changes. What it prints, what it exits with, and that every event is counted once all the same.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { topicName } from '../../../domain/topics.ts';
import { childEnvironment, type Config } from '../../../infra/config.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { startProcess, type MarqueeProcess, type ProcessName } from '../../support/pipeline.ts';
import { differencesOf, readSpeedView } from '../../support/speed-view-log.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const SETTINGS = {
  MARQUEE_GENERATION: 'g1',
  MARQUEE_PARTITIONS: '2',
  MARQUEE_BLOCK_SIZE: '64',
  MARQUEE_GENERATION_POLL_INTERVAL_MS: '300',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  SINK_FLUSH_INTERVAL_MS: '500',
  EXTRACT_START_GRACE_MS: '0',
  SPEED_CLEAR_UP_INTERVAL_MS: '3600000',
  INGEST_REQUESTS_PER_MINUTE: '0',
};
const CONFIG = testConfig(SETTINGS);
const NEXT: Config = { ...CONFIG, generation: 'g2' as Config['generation'], partitions: 4 };
const COMMAND = fileURLToPath(new URL('../../../infra/cli/main.ts', import.meta.url));
const STAGES = ['ingest', 'extract', 'speed', 'sink'] as const satisfies readonly ProcessName[];

const running = new Map<ProcessName, MarqueeProcess>();
const sent = new Map<string, number>();
let kafka: KafkaClient;
let numbers = 0;

const launch = async (name: ProcessName): Promise<void> => {
  const options = { env: testEnvironment(SETTINGS), logDir: join(CONFIG.dataDir, 'logs') };
  running.set(name, await startProcess(name, options));
};

before(async () => {
  kafka = openKafka(CONFIG, silentLog());
  const store = openObjectStore(CONFIG);
  await store.ensureBucket();
  store.close();
  await ensureTopics(kafka, topicPlanOf(CONFIG));
  for (const name of STAGES) await launch(name);
});
after(async () => {
  await Promise.all(Array.from(running.values(), (one) => one.stop()));
  await kafka.close();
});

/** Impressions and plays over HTTP, each batch until it is acknowledged. */
async function send(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => {
    const number = numbers++;
    const [topic, kind] = number % 3 === 0 ? ['plays', 'play_start'] : ['impressions', 'impression'];
    const titleId = `t${number % 5}`;
    const name = `${topic}/${titleId}/DE`;
    sent.set(name, (sent.get(name) ?? 0) + 1);
    const event = {
      kind,
      eventId: `e${number}`,
      eventTime: Date.now(),
      profileId: `p${number % 31}`,
      titleId,
    };
    return { ...event, country: 'DE', ...(kind === 'impression' && { row: 'trending', rank: 1 }) };
  });
  const request = {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(events) },
  };
  await until(async () => {
    const response = await fetch(`${running.get('ingest')!.url()}/v1/events`, request).catch(() => undefined);
    await response?.arrayBuffer();
    return response?.ok === true;
  }, 60_000);
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end; `onTalk` hears each piece of what it says on the way. */
function marquee(args: readonly string[], onTalk: (said: string) => void = () => {}): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', COMMAND, ...args], {
    env: childEnvironment(testEnvironment(SETTINGS)),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (stdout += String(piece)));
  child.stderr.on('data', (piece: Buffer) => onTalk((stderr += String(piece))));
  child.once('close', (code) => resolve({ code, stdout, stderr }));
  return promise;
}

const change = (partitions: number, wait: string, onTalk?: (said: string) => void): Promise<Ended> =>
  marquee(['generation', 'change', '--partitions', String(partitions), '--wait', wait, '--json'], onTalk);

const statesIn = ({ stdout }: Ended): string[] =>
  (JSON.parse(stdout) as { generations: { generation: string; state: string }[] }).generations.map(
    ({ generation, state }) => `${generation} ${state}`,
  );

/** What both generations' cells add up to; undefined while a log has an end that they do not reach. */
async function counted(): Promise<Map<string, number> | undefined> {
  const sums = new Map<string, number>();
  for (const config of [CONFIG, NEXT]) {
    const { reach, counts } = await readSpeedView(config, kafka);
    if (reach.holes.length > 0) return undefined;
    for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return sums;
}

test('a change says how it ended: 1 where it is refused or a stage is dead, 0 once that is back', async (t) => {
  await send(300);
  const refused = await change(3, '1s');
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /GENERATION_REFUSED|multiple/);
  assert.deepEqual(statesIn(await marquee(['generation', 'show', '--json'])), []);

  // It has something left to read, and is killed as soon as the next generation is there.
  running.get('extract')!.signal('SIGSTOP');
  await send(100);
  const unread = await change(4, '4s', (said) => {
    if (said.includes('The next generation is there')) running.get('extract')!.signal('SIGKILL');
  });
  assert.ok(running.get('extract')!.hasEnded());
  t.diagnostic(unread.stderr);
  assert.deepEqual([unread.code, unread.stdout], [1, '']);
  assert.deepEqual(statesIn(await marquee(['generation', 'show', '--json'])), ['g1 closing', 'g2 open']);

  await launch('extract');
  await send(100);
  const done = await change(4, '120s');
  t.diagnostic(done.stderr);
  assert.equal(done.code, 0, done.stderr);
  const { outcome, is_read: isRead } = JSON.parse(done.stdout) as { outcome: string; is_read: boolean };
  assert.deepEqual([outcome, isRead, statesIn(done)], ['changed', true, ['g1 sealed', 'g2 open']]);

  const again = await change(4, '1s');
  assert.deepEqual([again.code, (JSON.parse(again.stdout) as { outcome: string }).outcome], [0, 'unchanged']);

  await send(100);
  await until(
    async () => {
      const sums = await counted();
      return sums !== undefined && differencesOf(sent, sums).length === 0;
    },
    90_000,
    500,
  ).catch(async () => assert.deepEqual(differencesOf(sent, (await counted()) ?? new Map()), []));
  for (const { generation, region } of [CONFIG, NEXT]) {
    const raw = await logBounds(kafka, topicName(region, generation, 'raw-events'));
    assert.ok(
      raw.some(({ end }) => end > 0),
      `${generation} was written to`,
    );
  }
});
