/**
 * One change of generation on real Kafka, S3 and lake while events come in over HTTP: every process follows by itself,
 * and what serving answers is the truth before, across and after it.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { MEASURES, type Measure } from '../../../domain/measures.ts';
import { viewName } from '../../../domain/views.ts';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { openActivityDeps } from '../../../infra/bin/worker-process.ts';
import type { Config } from '../../../infra/config.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { configIn, openGenerations } from '../../../infra/generations/open.ts';
import { createGenerationStore } from '../../../infra/generations/store.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { runLives, type Build, type ServiceContext } from '../../../infra/lives.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { countsAnswer, type CountsAnswer } from '../../../serving/api/schemas.ts';
import { startServing } from '../../../serving/process.ts';
import { startBehaviour } from '../../../streaming/behaviour/process.ts';
import { startExtract } from '../../../streaming/extract/process.ts';
import { changeGeneration, type GenerationDeps } from '../../../streaming/generations/change.ts';
import { readDrain } from '../../../streaming/generations/drained.ts';
import { startIngest } from '../../../streaming/ingest/process.ts';
import { startSink } from '../../../streaming/sink/process.ts';
import { startSpeed } from '../../../streaming/speed/process.ts';
import { addedUp, definedCounts, readCountedLog, type Counts } from '../../support/defined-counts.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const CONFIG = testConfig({
  MARQUEE_GENERATION: 'g1',
  MARQUEE_PARTITIONS: '2',
  MARQUEE_BLOCK_SIZE: '64',
  MARQUEE_GENERATION_POLL_INTERVAL_MS: '300',
  DUCKDB_THREADS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  SINK_FLUSH_INTERVAL_MS: '500',
  EXTRACT_START_GRACE_MS: '0',
  BEHAVIOUR_CHECKPOINT_INTERVAL_MS: '600000',
  SPEED_CLEAR_UP_INTERVAL_MS: '3600000',
  SERVING_POLL_INTERVAL_MS: '500',
  SERVING_LOG_END_INTERVAL_MS: '200',
  INGEST_REQUESTS_PER_MINUTE: '0',
});
const SHAPE = { partitions: 4, blockSize: CONFIG.blockSize };
/** So few that each goes past the cap of a title. */
const PROFILES = 23;
const TITLES = ['t0', 't1', 't2', 't3', 't4'];
const POPULARITY = viewName('popularity');

let kafka: KafkaClient;
let store: S3ObjectStore;
const closing: (() => unknown)[] = [];
const failures: unknown[] = [];

before(async () => {
  kafka = openKafka(CONFIG, silentLog());
  closing.push(kafka.close);
  store = openObjectStore(CONFIG);
  closing.push(store.close);
  await store.ensureBucket();
  await ensureTopics(kafka, topicPlanOf(CONFIG));
});
after(async () => {
  for (const close of closing.reverse()) await close();
});

/** As its process lives: in the generation that is read, whichever that is. */
function runStage(name: string, build: Build): void {
  const stopped = Promise.withResolvers<void>();
  const ended = runLives({
    ...{ name, config: CONFIG, log: silentLog(), build, stopped: stopped.promise },
    openGenerations: (onChange) => openGenerations(CONFIG, silentLog(), { remembers: false, onChange })!,
    onStuck: (end) => failures.push(`${name} did not close in time: ${end}`),
  }).then((end) => end === 'failed' && failures.push(`${name} failed`));
  closing.push(async () => {
    stopped.resolve();
    await ended;
  });
}

/** Resolves with its address. */
async function runService(start: (context: ServiceContext) => Promise<string>): Promise<string> {
  const closers: (() => Promise<void> | void)[] = [];
  closing.push(async () => {
    for (const close of closers.reverse()) await close();
  });
  const onClose = (close: () => Promise<void> | void): void => void closers.push(close);
  return start({ config: CONFIG, log: silentLog(), onClose, fail: (error) => failures.push(error) });
}

const NOTHING = Object.fromEntries(MEASURES.map((measure) => [measure, 0]));

const totalsOf = (answer: CountsAnswer): Counts =>
  Object.fromEntries(MEASURES.map((measure) => [measure, answer[measure].total]));

interface Truth {
  readonly plays: number;
  readonly impressions: number;
}

/** Sends events over HTTP until told to stop, each again until it is acknowledged, and some once more after that. */
function startLoad(url: string) {
  const truth = new Map<string, { plays: number; impressions: number }>();
  let [sent, isOver] = [0, false];
  const post = async (events: readonly object[]): Promise<boolean> => {
    const response = await fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(events),
    }).catch(() => undefined);
    const isTaken = response?.status === 200 || response?.status === 202;
    await response?.arrayBuffer();
    return isTaken;
  };
  const running = (async () => {
    let before: readonly object[] = [];
    while (!isOver) {
      const events = Array.from({ length: 20 }, () => {
        const number = sent++;
        const titleId = TITLES[number % TITLES.length]!;
        const counts = truth.get(titleId) ?? { plays: 0, impressions: 0 };
        truth.set(titleId, counts);
        const profileId = `p${number % PROFILES}`;
        const common = { eventId: `e${number}`, eventTime: Date.now(), profileId, country: 'DE', titleId };
        if (number % 6 === 0) counts.plays += 1;
        else if (number % 3 !== 0) counts.impressions += 1;
        if (number % 6 === 0) return { ...common, kind: 'play_start' };
        // Each profile has one play of a title, which is proven again and again, on both sides of the change.
        const play = { playId: `${profileId}-${titleId}`, positionSeconds: 0, viewedSeconds: number % 300 };
        if (number % 3 === 0) return { ...common, kind: 'play_stop', ...play };
        return { ...common, kind: 'impression', row: 'trending', rank: number % 10 };
      });
      while (!(await post(events))) await sleep(100);
      if (before.length > 0 && sent % 3 === 0) await post(before);
      before = events;
      await sleep(25);
    }
  })();
  return {
    sent: () => sent,
    async stop(): Promise<ReadonlyMap<string, Truth>> {
      isOver = true;
      await running;
      return truth;
    },
  };
}

/** What a worker of the generation publishes now. */
async function publishView(config: Config): Promise<void> {
  const { deps, close } = await openActivityDeps(config, silentLog());
  try {
    const plan = await deps.popularity.plan();
    const asOf = new Date();
    const { parts: made, ...computed } = await deps.popularity.compute(plan, {
      outDir: join(config.dataDir, `parts-${asOf.getTime()}`),
      asOf: asOf.getTime(),
    });
    const views = createViewRepository({ store, region: config.region });
    const runId = `run-${asOf.getTime()}`;
    const version = await views.claimVersion(POPULARITY, runId);
    const parent = (await views.readPointer(POPULARITY))?.version ?? null;
    const parts = [];
    for (const { name, path, rows } of made)
      parts.push({ ...(await views.putPart(POPULARITY, version, name, await readFile(path))), rows });
    await views.putManifest({
      ...{ view: POPULARITY, version, region: config.region, parent, asOf: asOf.toISOString(), parts },
      ...{ codeVersion: 'test', foldVersion: FOLD_VERSION, ...computed, ...plan },
    });
    await views.verify(POPULARITY, version);
    await views.announce(POPULARITY, version, { parent, runId });
  } finally {
    await close();
  }
}

test('a generation changed under load by one call: processes follow, and served totals are the truth throughout', async () => {
  const stages = { sink: startSink, extract: startExtract, speed: startSpeed, behaviour: startBehaviour };
  for (const [name, build] of Object.entries(stages)) runStage(name, build);
  const [ingest, serving] = await Promise.all([runService(startIngest), runService(startServing)]);
  const countsOf = async (title: string): Promise<CountsAnswer> =>
    countsAnswer.parse(await (await fetch(`${serving}/v1/titles/${title}/counts`)).json());
  /** Titles whose served totals differ from the truth, or are not called complete. */
  const differences = async (truth: ReadonlyMap<string, Truth>): Promise<string[]> => {
    const odd: string[] = [];
    for (const [title, { plays, impressions }] of truth) {
      const of = await countsOf(title);
      const isRight = of.plays.total === plays && of.impressions.total === impressions && of.complete;
      if (!isRight)
        odd.push(
          `${title}: ${of.plays.total}/${plays} ${of.impressions.total}/${impressions} ${of.incompleteReason}`,
        );
    }
    return odd;
  };
  /** All measures as the definition has them, each generation by itself. */
  const untilDefined = async (defined: ReadonlyMap<string, Counts>): Promise<void> => {
    const served = async (): Promise<[string, Counts][]> =>
      Promise.all(TITLES.map(async (title) => [title, totalsOf(await countsOf(title))] as const)) as never;
    const wanted = TITLES.map((title) => [title, { ...NOTHING, ...defined.get(title) }]);
    await until(async () => isDeepStrictEqual(await served(), wanted), 30_000, 200).catch(async () =>
      assert.deepEqual(await served(), wanted),
    );
  };
  const untilRight = async (truth: ReadonlyMap<string, Truth>): Promise<void> => {
    await until(
      async () => failures.length > 0 || (await differences(truth)).length === 0,
      60_000,
      200,
    ).catch(async () => assert.deepEqual(await differences(truth), []));
    assert.deepEqual(failures, []);
  };
  const load = startLoad(ingest);
  await until(async () => load.sent() > 600 && (await countsOf('t0')).plays.total > 0, 60_000, 100);
  await publishView(CONFIG);

  const deps: GenerationDeps = { kafka, config: CONFIG, store: createGenerationStore(store, CONFIG.region) };
  const steps: string[] = [];
  const { outcome, isRead, history } = await changeGeneration(deps, SHAPE, {
    ...{ patienceMs: 120_000, writersMs: 10_000, pollIntervalMs: 200, now: () => Date.now() },
    onStep: (step) => steps.push(step),
  });
  assert.deepEqual([outcome, isRead, steps], ['changed', true, ['opened', 'writers-left', 'sealed', 'read']]);
  assert.deepEqual(
    history.map(({ generation, state, partitions }) => `${generation} ${state} ${partitions}`),
    ['g1 sealed 2', 'g2 open 4'],
  );
  const after = load.sent();
  await until(() => load.sent() > after + 200, 60_000, 50);
  const truth = await load.stop();
  assert.equal(
    (await changeGeneration(deps, SHAPE, { patienceMs: 1, writersMs: 1, pollIntervalMs: 1, now: Date.now }))
      .outcome,
    'unchanged',
  );

  await untilRight(truth);
  const both = await countsOf('t0');
  assert.deepEqual(
    [both.source, both.generation, both.later.map(({ generation }) => generation)],
    ['merged', 'g1', ['g2']],
  );
  assert.ok(both.plays.batch > 0, 'the view of the generation before counts');

  const next = configIn(CONFIG, history.at(-1)!);
  // The rules with state per profile have gone over as well, from the checkpoints they wrote when they left.
  await until(
    async () => {
      const { behind, absent } = await readDrain(kafka, next, next.generation);
      return behind.length === 0 && absent.length === 0;
    },
    60_000,
    500,
  );
  const logs = [await readCountedLog(kafka, CONFIG), await readCountedLog(kafka, next)];
  const defined = addedUp(logs.map(definedCounts));
  // Caps and proofs begin anew: more is counted than one log would count, and no raw play or impression.
  const together = definedCounts(logs.flat());
  const sum = (counts: ReadonlyMap<string, Counts>, measure: Measure): number =>
    TITLES.reduce((total, title) => total + (counts.get(title)?.[measure] ?? 0), 0);
  for (const measure of ['qualifiedPlays', 'cappedImpressions'] as const)
    assert.ok(sum(defined, measure) > sum(together, measure), measure);
  for (const measure of ['plays', 'impressions', 'secondsViewed'] as const)
    assert.equal(sum(defined, measure), sum(together, measure), measure);
  await untilDefined(defined);
  await publishView(next);
  await until(async () => (await countsOf('t0')).generation === 'g2', 30_000, 100);
  await untilRight(truth);
  await untilDefined(defined);
  assert.deepEqual((await countsOf('t0')).later, []);
});
