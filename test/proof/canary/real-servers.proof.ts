/**
 * The canary through real servers: models are trained from the lake, served over HTTP to an audience whose events come back through
 * the log, and the worker's verdict is of what was served and played.
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createActivities, type ActivityDeps } from '../../../activities/activities.ts';
import { createAlsModel } from '../../../batch/models/als/model.ts';
import { ALS_TUNED } from '../../../batch/models/als/settings.ts';
import type { Model, ModelTable } from '../../../batch/models/model.ts';
import type { CanarySettings } from '../../../domain/canary/settings.ts';
import type { ModelOutcome } from '../../../domain/training.ts';
import { topicName } from '../../../domain/topics.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import { createLiveClock } from '../../../examples/audience/clock.ts';
import { createViewerMemory } from '../../../examples/audience/memory.ts';
import type { AskPage, TellEvents } from '../../../examples/audience/page.ts';
import type { Viewer } from '../../../examples/audience/tastes.ts';
import { visit } from '../../../examples/audience/visit.ts';
import { openActivityDeps } from '../../../infra/bin/worker-process.ts';
import { openKafka, openLake, type OpenLake } from '../../../infra/connections.ts';
import { createCanaries, type Canaries } from '../../../infra/hermes/canaries.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { silentLog } from '../../../infra/log.ts';
import { createS3ObjectStore, type S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { createTemporal, type Temporal } from '../../../infra/temporal/client.ts';
import { createTrainings, type TrainingClient } from '../../../infra/temporal/trainings.ts';
import { logTemporalTo, startWorker, type RunningWorker } from '../../../infra/temporal/worker.ts';
import type { HomeAnswer } from '../../../serving/home/schemas.ts';
import { startServing } from '../../../serving/process.ts';
import { startBehaviour } from '../../../streaming/behaviour/process.ts';
import { startExtract } from '../../../streaming/extract/process.ts';
import { startSink } from '../../../streaming/sink/process.ts';
import { publishPopularity } from '../../support/popularity.ts';
import { hasRead, isSunk, startLane, type LiveLane } from '../../support/live-lane.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';
import { workflowBundle } from '../../support/workflows.ts';
import { CATALOGUE, historyOf, SHARP_VIEWERS, TITLE_IDS } from './sharp-audience.ts';

const VIEW = viewName('item-factors');
const LONGEST_MS = 240_000;
/** Plays of so long quote an answer before a version is tried out: it is known that enough will come. */
const TRAFFIC_MS = 120_000;
const PLAYS_BEFORE = 100;
const PARTITIONS = 2;
const SETTINGS = {
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: '16',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  SINK_FLUSH_INTERVAL_MS: '500',
  EXTRACT_START_GRACE_MS: '0',
  SERVING_POLL_INTERVAL_MS: '200',
  SERVING_SERVED_ROWS_INTERVAL_MS: '100',
  SERVING_HOME_PROFILE_DEADLINE_MS: '5000',
};
const config = testConfig(SETTINGS);
const { region, generation } = config;

let lane: LiveLane;
let kafka: KafkaClient;
let producer: LogProducer;
let store: S3ObjectStore;
let canaries: Canaries;
let temporal: Temporal;
let trainings: TrainingClient;
let worker: RunningWorker;
let deps: ActivityDeps;
let closeDeps: () => Promise<void>;
let open: OpenLake;
let url = '';
let emptied = false;
/**
 * What is found goes by answers, and a busy machine gives one a second. Where those of its time do not tell, a version goes on for
 * three times as long; however little is seen of it, it is never announced for that.
 */
const settings: CanarySettings = {
  ...config.canary,
  ...{ minProfiles: 15, mostShare: 0.5, lookMs: 1000, beta: 0.1, tolerance: 0.3 },
  ...{ budgetMs: LONGEST_MS, longerMs: 3 * LONGEST_MS, trafficMs: TRAFFIC_MS },
  ...{ tooLittle: 'reject', untried: 'reject' },
};

/** A model whose factors are zeros for as long as titles are emptied: each row is there, and says nothing. */
function emptiable(model: Model): Model {
  const blank = (table: ModelTable): ModelTable => ({
    ...table,
    columns: Object.fromEntries(
      Object.entries(table.columns).map(([name, column]) => [
        name,
        /^f\d+$/.test(name) && column.type === 'FLOAT'
          ? { type: 'FLOAT', values: new Float32Array(table.rows) }
          : column,
      ]),
    ),
  });
  return {
    ...model,
    async train(data, options) {
      const tables = await model.train(data, { ...options, previous: undefined });
      return emptied ? tables.map((table) => (table.name === 'items' ? blank(table) : table)) : tables;
    },
  };
}

const tell: TellEvents = async (events) => {
  const messages = events.map((event) => ({
    key: event.profileId,
    partition: partitionOfKey(event.profileId, PARTITIONS),
    value: Buffer.from(JSON.stringify(event)),
  }));
  if (messages.length > 0)
    await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages }]);
};

before(async () => {
  logTemporalTo(silentLog());
  await writeFile(
    join(config.dataDir, 'catalogue.ndjson'),
    CATALOGUE.map((entry) => JSON.stringify(entry)).join('\n'),
  );
  store = createS3ObjectStore(config.s3);
  canaries = createCanaries({ store, region });
  const opened = await openActivityDeps(config, silentLog());
  closeDeps = opened.close;
  await opened.prepare();
  deps = {
    ...opened.deps,
    // What validators would refuse is what the canary is for when they do not see it.
    validate: async () => null,
    training: {
      ...opened.deps.training,
      // How good it is offline is not what is asked here.
      evaluate: async () => [],
      models: { als: () => emptiable(createAlsModel({ ...ALS_TUNED, factors: 8 })) },
    },
    canary: { ...opened.deps.canary!, settings },
  };
  await publishPopularity(deps.views, {
    ...{ region, blockSize: 16, cut: { plays: [0, 0], impressions: [0, 0] } },
    asOf: new Date().toISOString(),
    rows: TITLE_IDS.map((title) => ({ title, country: 'US', bucket: -1, plays: 40, impressions: 1000 })),
  });
  kafka = openKafka(config, silentLog());
  open = await openLake(config, silentLog());
  lane = await startLane(config, [
    startExtract,
    startBehaviour,
    startSink,
    async (context) => {
      url = await startServing(context);
    },
  ]);
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  temporal = createTemporal(config.temporal);
  trainings = createTrainings({ temporal, region });
  worker = await startWorker({
    config,
    workflows: { code: await workflowBundle() },
    activities: createActivities(deps),
  });
});

after(async () => {
  await worker?.stop();
  await temporal?.close();
  await lane?.stop();
  await producer?.close();
  await closeDeps?.();
  await open?.close();
  await kafka?.close();
  store?.close();
});

/** Viewers at a time. */
const LANES = 6;

/** The audience comes again and again until somebody says stop; `onPage` is told by which version each page was. */
function audience(onPage: (version: number | null) => void) {
  let stopped = false;
  const ask: AskPage = async (profile) => {
    const { views, rows, recommendationId } = await pageOf(profile);
    onPage(views[VIEW] ?? null);
    return {
      recommendationId,
      rows: rows.map(({ row, items }) => ({ row, titles: items.map(({ titleId }) => titleId) })),
    };
  };
  async function lane(own: readonly Viewer[]): Promise<void> {
    for (let round = 0; !stopped; round += 1) {
      for (const viewer of own) {
        if (stopped) return;
        const session = { id: `${viewer.profileId}-${round}`, viewer, at: 0 };
        const clock = createLiveClock(0, 1e7);
        await visit(session, createViewerMemory(), { ask, tell, clock, seed: round, region, runId: 'visit' });
      }
    }
  }
  const lanes = Array.from({ length: LANES }, (_, at) =>
    lane(SHARP_VIEWERS.filter((_viewer, n) => n % LANES === at)),
  );
  return {
    async stop() {
      stopped = true;
      await Promise.all(lanes);
    },
  };
}

async function pageOf(profile: string): Promise<HomeAnswer> {
  const response = await fetch(`${url}/v1/profiles/${profile}/home?country=US&rows=6&limit=15`);
  return (await response.json()) as HomeAnswer;
}

const servedTo = async (profile: string): Promise<number | null> =>
  (await pageOf(profile)).views[VIEW] ?? null;

async function train(): Promise<ModelOutcome> {
  const { models } = await trainings.train(['als']);
  return models[0]!;
}

test('a candidate with emptied titles is stopped and its pinned predecessor serves on; an equal one passes', async (t) => {
  await tell(historyOf(Date.now()));
  // What was not read yet is no play that waits to be sunk.
  const isThere = async (): Promise<boolean> =>
    (await hasRead(config, kafka, 'extract', ['raw-events'])) &&
    (await isSunk(config, kafka, open.lake, ['plays']));
  await until(isThere, LONGEST_MS, 200);
  const first = await train();
  assert.equal(first.outcome, 'announced', JSON.stringify(first));
  await deps.views.pin(VIEW, 1 as ViewVersion);
  await until(async () => (await servedTo(SHARP_VIEWERS[0]!.profileId)) === 1, LONGEST_MS, 100);

  const pages = new Map<number | null, number>();
  const visitors = audience((version) => void pages.set(version, (pages.get(version) ?? 0) + 1));
  try {
    const all = SHARP_VIEWERS.length;
    const isBusy = async (): Promise<boolean> => {
      const { profiles, plays } = await deps.canary!.reader.trafficSince(Date.now() - TRAFFIC_MS);
      return profiles === all && plays >= PLAYS_BEFORE;
    };
    await until(isBusy, LONGEST_MS, 500);
    emptied = true;
    const bad = await train();
    const told = bad.outcome === 'rejected' ? bad.rule : bad.outcome;
    const stopped = await canaries.recordOf(VIEW, 2 as ViewVersion);
    assert.equal(told, 'canary', JSON.stringify({ bad, stopped, pages: [...pages] }));
    assert.deepEqual([stopped?.outcome, stopped?.against], ['stopped', 1], JSON.stringify(stopped));
    assert.match(stopped!.reason, /^it has only/);
    assert.ok(pages.get(2)! > 0, 'nobody was served by the candidate');
    assert.ok(pages.get(1)! > pages.get(2)!, 'the pinned version did not serve on');
    // Nobody is left with it.
    await until(
      async () =>
        (await Promise.all(SHARP_VIEWERS.map(({ profileId }) => servedTo(profileId)))).every(
          (one) => one === 1,
        ),
      LONGEST_MS,
      200,
    );
    assert.equal((await deps.views.readPointer(VIEW))?.pin, 1);

    emptied = false;
    const good = await train();
    const passed = await canaries.recordOf(VIEW, 3 as ViewVersion);
    t.diagnostic(JSON.stringify({ stopped, passed }));
    assert.deepEqual([good.outcome, passed?.outcome], ['announced', 'passed'], JSON.stringify(passed));
    lane.check();
  } finally {
    await visitors.stop();
  }
});
