/**
 * Records the histories that `replay.test.ts` replays, by real runs with real activities. Needs `marquee up`; then:
 *
 *   node test/workflows/record-histories.ts            # all of them
 *   node test/workflows/record-histories.ts sources    # or `alone`, `tagged`, `told`, `lake`, `pieces`, `training`, `shared`, `extension`, `rows`, `sweep`, `care`, `erasure`, `kept`, `events`, `derived`: only those that come from there
 *
 * Longer than 300 lines because the scenarios share one region, and follow each other in it.
 * Record anew when a workflow changes on purpose, and keep the old files for as long as runs begun before may be open.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROFILE_ROWS_VIEW } from '../../batch/models/precompute.ts';
import { createActivities } from '../../activities/activities.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { country } from '../../domain/ids.ts';
import { RANKING_POLICY_VIEW } from '../../domain/ranking-policy.ts';
import { ROW_PERFORMANCE_VIEW } from '../../domain/row-performance.ts';
import { draftNotice } from '../../domain/notices/notice.ts';
import { viewName, type ViewName } from '../../domain/views.ts';
import {
  backfillId,
  eraseId,
  extendId,
  fullRefreshId,
  lakeCareId,
  precomputeId,
  reconcileId,
  refreshId,
  noticeWorkflowId,
  watchId,
  sweepId,
  WORKFLOW_TYPES,
  eventsBackfillId,
} from '../../domain/workflow-ids.ts';
import { findWorkflows, openActivityDeps } from '../../infra/bin/worker-process.ts';
import { openKafka, openLake, openObjectStore, topicPlanOf } from '../../infra/connections.ts';
import { openErasures } from '../../infra/erasure/open.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import { silentLog } from '../../infra/log.ts';
import { createBackfills } from '../../infra/temporal/backfills.ts';
import { createEventBackfills, EVENTS_PREFIX } from '../../infra/temporal/event-backfills.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createTrainings } from '../../infra/temporal/trainings.ts';
import { logTemporalTo, startWorker } from '../../infra/temporal/worker.ts';
import { playStarts } from '../support/activity-world.ts';
import { LOG_START, partitionRows } from '../support/clean-rows.ts';
import { appendTakes } from '../support/row-takes.ts';
import { films, writeLines } from '../support/side-inputs.ts';
import { testConfig } from '../support/stack.ts';
import { historyToText } from '../support/histories.ts';
import { until } from '../support/until.ts';

const HISTORIES = join(import.meta.dirname, 'histories');
const POPULARITY = viewName('popularity');
const DECLARED = viewName('plays-by-hour');
const HOUR_MS = 3_600_000;
const FIRST_HOUR_MS = Math.floor(LOG_START / HOUR_MS) * HOUR_MS;
const RANGE = {
  from: new Date(FIRST_HOUR_MS).toISOString(),
  to: new Date(FIRST_HOUR_MS + 30 * HOUR_MS).toISOString(),
};

const sourceDir = mkdtempSync(join(tmpdir(), 'marquee-histories-'));
const sourcePath = join(sourceDir, 'catalogue.ndjson');
const config = testConfig({
  MARQUEE_CATALOGUE_SOURCE: sourcePath,
  MARQUEE_RANKING_POLICY_SOURCE: join(import.meta.dirname, '../../examples/ranking-policy/policy.ndjson'),
  MARQUEE_VIEWS_DIR: join(import.meta.dirname, '../../examples/declared-views'),
  MARQUEE_BLOCK_SIZE: '16',
  MARQUEE_PARTITIONS: '1',
  DUCKDB_MEMORY_LIMIT_MB: '256',
  PRECOMPUTE_MODEL: 'ease',
  PRECOMPUTE_SHARDS: '2',
  ERASURE_KEY: 'a key of a recording, of no use elsewhere',
  ERASURE_SNAPSHOT_GRACE_MS: '100',
  ERASURE_POLL_MS: '100',
});
const { region } = config;
const log = silentLog();
logTemporalTo(log);
const store = openObjectStore(config);
const { lake, close: closeLake } = await openLake(config, log);
const { deps, close: closeDeps } = await openActivityDeps(config, log);
const temporal = createTemporal(config.temporal);
const refreshes = createRefreshes({ temporal, region });
const trainings = createTrainings({ temporal, region });
const backfills = createBackfills({ temporal, region, settings: config.temporal });
const hasty = createBackfills({
  temporal,
  region,
  settings: { ...config.temporal, approvalTimeoutMs: 1000 },
});
const events = createEventBackfills({ temporal, region, settings: config.temporal });
let refusing = false;
const counting = { ...deps.counting };
const learning = { ...deps.training.settings };
let offsets = 0;

async function appendPlays(count: number): Promise<void> {
  const records = playStarts(offsets, count, 't');
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, records, { from: offsets })]);
  offsets += count;
}

const deletePlay = (offset: number): Promise<void> =>
  lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.reference('plays')} WHERE "offset" = ${offset}`),
  );

async function record(name: string, workflowId: string, runId?: string): Promise<void> {
  const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
  writeFileSync(join(HISTORIES, `${name}.json`), historyToText(history));
  process.stderr.write(`${name}: ${history.events?.length ?? 0} events\n`);
}

/** Of runs that count, one publishes at a time. */
const publishIdOf = (id: string, view: ViewName): string =>
  `${view === POPULARITY ? refreshId(region, view) : id}:publish`;

async function recordRefresh(name: string, publishName?: string, view: ViewName = POPULARITY): Promise<void> {
  const id = await refreshes.start(view);
  await refreshes.result(id);
  await record(name, id);
  if (publishName !== undefined) await record(publishName, publishIdOf(id, view));
}

type Act = (id: string) => Promise<unknown>;

async function recordBackfill(name: string, dryRun: boolean, client = backfills, act?: Act): Promise<void> {
  const { id } = await client.start({ view: POPULARITY, ...RANGE, dryRun });
  if (act !== undefined) {
    await until(async () => (await backfills.get(id)).progress?.phase === 'waiting', 60_000, 50);
    await act(id);
  }
  await until(async () => (await backfills.get(id)).state !== 'running', 60_000, 50);
  await record(name, backfillId(region, POPULARITY), id.split('.')[1]);
}

async function recordLake(): Promise<void> {
  await appendPlays(40);
  await recordRefresh('refresh-announced', 'publish-announced');
  await recordRefresh('refresh-unchanged');
  await appendPlays(40);
  refusing = true;
  await recordRefresh('refresh-rejected', 'publish-rejected');
  refusing = false;
  await recordBackfill('backfill-unchanged', false);
  await deletePlay(3);
  await recordBackfill('backfill-dry-run', true);
  await recordBackfill('backfill-expired', false, hasty);
  await recordBackfill('backfill-cancelled', false, backfills, (id) => backfills.cancel(id));
  await recordBackfill('backfill-announced', false, backfills, (id) => backfills.approve(id, 'operator'));
  await record('publish-backfill', `${backfillId(region, POPULARITY)}:publish`);
  await deletePlay(4);
  await recordBackfill('backfill-rebased', false, backfills, async (id) => {
    await refreshes.refresh(POPULARITY);
    await backfills.approve(id, 'operator');
  });
}

/** A log of two days, counted whole by the piece. */
async function recordPieces(): Promise<void> {
  for (const fromMinute of [0, 2000]) {
    const records = playStarts(fromMinute, 40, 't');
    await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, records, { from: offsets })]);
    offsets += records.length;
  }
  counting.eventsPerPiece = 16;
  await recordRefresh('refresh-pieces', 'publish-pieces');
  counting.eventsPerPiece = deps.counting.eventsPerPiece;
}

async function recordSources(): Promise<void> {
  writeLines(sourcePath, films(3));
  await recordRefresh('catalogue-announced', 'publish-ingested', CATALOGUE_VIEW);
  await recordRefresh('catalogue-unchanged', undefined, CATALOGUE_VIEW);
  writeLines(sourcePath, films(3).toReversed());
  await recordRefresh('catalogue-same', 'publish-same', CATALOGUE_VIEW);
  writeLines(sourcePath, [...films(3), 'garbage']);
  await recordRefresh('catalogue-refused', 'publish-refused', CATALOGUE_VIEW);
  writeLines(sourcePath, films(1));
  await recordRefresh('catalogue-rejected', 'publish-removed', CATALOGUE_VIEW);
}

/** Two tastes, so that there is something to learn. */
async function appendTastes(): Promise<void> {
  const plays = Array.from({ length: 120 }, (_, i) => {
    const [profile, nth] = [i % 24, Math.floor(i / 24)];
    return playStarts(offsets + i, 1, `t${(2 * ((profile >> 1) + nth) + profile) % 12}`, `p${profile}`);
  }).flat();
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, plays, { from: offsets })]);
  offsets += plays.length;
}

async function recordTraining(): Promise<void> {
  await appendTastes();
  const id = await trainings.start(['ease']);
  await trainings.result(id);
  await record('train-announced', id);
  await record('publish-trained', `${id}:publish:ease`);
  const rows = precomputeId(region);
  await temporal.client.workflow.getHandle(rows).result();
  await record('precompute-announced', rows);
  await record('publish-rows', `${rows}:publish`);
  const again = await trainings.start(['ease']);
  await trainings.result(again);
  await record('train-unchanged', again);
  await recordRefresh('refresh-with-rows', 'publish-shown');
}

/** A model that workers train together, as they do for each split that it is asked about. */
async function recordShared(): Promise<void> {
  await appendTastes();
  learning.entriesPerShard = 20;
  const id = await trainings.start(['als']);
  await trainings.result(id);
  await record('train-splits-shared', id);
  learning.entriesPerShard = deps.training.settings.entriesPerShard;
}

/** A run that the newest refresh began, at its end; its id is that of the one before. */
async function recordExtension(name: string): Promise<void> {
  const id = extendId(region);
  await temporal.client.workflow.getHandle(id).result();
  await record(name, id);
}

async function recordExtensions(): Promise<void> {
  await appendTastes();
  await trainings.train(['als']);
  await appendPlays(40);
  await recordRefresh('refresh-extending');
  await recordExtension('extend-announced');
  await record('publish-extended', `${extendId(region)}:publish`);
  await appendPlays(40);
  await refreshes.refresh(POPULARITY);
  await recordExtension('extend-unchanged');
}

async function recordRows(): Promise<void> {
  const takes = [{ row: 'trending', rank: 0, title: 't', shown: 20, taken: 4 }];
  await appendTakes(lake, takes, { time: '2026-11-01 12:00:00', run: 'recorded' });
  await recordRefresh('performance-announced', 'publish-performance', ROW_PERFORMANCE_VIEW);
  await recordRefresh('performance-unchanged', undefined, ROW_PERFORMANCE_VIEW);
}

async function recordSweep(): Promise<void> {
  const workflowId = `${sweepId(region)}:recorded`;
  const { taskQueue } = config.temporal;
  await temporal.client.workflow.execute(WORKFLOW_TYPES.sweep, { workflowId, taskQueue, args: [] });
  await record('sweep', workflowId);
}

/** A table with an hour that is worth compacting; the others are empty. */
async function recordCare(): Promise<void> {
  for (let n = 0; n < 4; n++) await appendPlays(1);
  const later = playStarts(offsets + 24 * 60, 1, 't');
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, later, { from: offsets })]);
  offsets += 1;
  const workflowId = `${lakeCareId(region)}:recorded`;
  const { taskQueue } = config.temporal;
  const args = [{ tables: ['plays', 'searches'] }];
  await temporal.client.workflow.execute(WORKFLOW_TYPES.careForLake, { workflowId, taskQueue, args });
  await record('care-for-lake', workflowId);
}

/** Resolves with the workflow's id once it has ended. */
async function erase(profileId: string, dryRun: boolean): Promise<string> {
  const kafka = openKafka(config, log);
  await ensureTopics(kafka, topicPlanOf(config));
  await kafka.close();
  const erasures = openErasures(config, { temporal, store });
  const { id } = await erasures.start({ profileId, dryRun });
  await erasures.result(id);
  return eraseId(region, id);
}

/** Of a profile that nothing is known of: every step is gone through. */
async function recordErasure(): Promise<void> {
  await record('erase-dry-run', await erase('profile-1', true));
  await record('erase-done', await erase('profile-1', false));
}

/** Versions that are stored by key before they are announced: rows made ahead, and those without an erased profile. */
async function recordKept(): Promise<void> {
  await appendTastes();
  await trainings.train(['ease']);
  const rows = precomputeId(region);
  await temporal.client.workflow.getHandle(rows).result();
  await record('publish-rows-kept', `${rows}:publish`);
  const { version } = (await deps.views.readPointer(PROFILE_ROWS_VIEW))!;
  const erased = await erase('p1', false);
  await record('erase-with-rows', erased);
  await record('publish-erased', `${erased}:publish:${PROFILE_ROWS_VIEW}:${version}`);
}

/** A declared view, the notice of its version, and a look that finds one that an operator left. */
async function recordTold(): Promise<void> {
  await appendPlays(40);
  await recordRefresh('declared-announced', 'publish-declared', DECLARED);
  await recordRefresh('declared-unchanged', undefined, DECLARED);
  const told = noticeWorkflowId(region, `${region}-${DECLARED}-published-1`);
  await temporal.client.workflow.getHandle(told).result();
  await record('notice-delivered', told);
  const draft = draftNotice({ kind: 'unpinned', region, view: DECLARED, unique: 'recorded' });
  await deps.notices.outbox.put({ ...draft, at: new Date().toISOString() });
  const workflowId = `${watchId(region)}:recorded`;
  const { taskQueue } = config.temporal;
  await temporal.client.workflow.execute(WORKFLOW_TYPES.watch, { workflowId, taskQueue, args: [] });
  await record('watch-told', workflowId);
}

/** Raw events, and clean rows that put them down to another country. */
async function appendWronged(count: number): Promise<void> {
  const records = playStarts(0, count, 't');
  const wrong = records.map((one) => ({ ...one, event: { ...one.event, country: country('SE') } }));
  const at = records.map((_, i) => 2 * i);
  const columns = {
    offset: at,
    append_time: records.map(({ appendTime }) => appendTime),
    value: records.map(({ event }) => Buffer.from(JSON.stringify(event))),
  };
  const raw = { generation: 'g1', partition: 0, follows: -1, rowCount: count, columns };
  await lake.appendExactlyOnce('raw_events', [raw]);
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, wrong)]);
  offsets = count;
}

async function asksForApproval(id: string): Promise<boolean> {
  const { progress } = await events.get(id);
  return progress?.phase === 'waiting' && progress.diff !== null;
}

/** A version whose snapshots are tagged before it is announced. */
async function recordTagged(): Promise<void> {
  await appendPlays(40);
  const id = await refreshes.start(POPULARITY);
  await refreshes.result(id);
  await record('publish-tagged', publishIdOf(id, POPULARITY));
}

/** Runs that meet: one counts everything, the other waits and counts what is new then. And the lanes are compared. */
async function recordAlone(): Promise<void> {
  await appendPlays(40);
  const { client } = temporal;
  const { taskQueue } = config.temporal;
  const full = await client.workflow.start(WORKFLOW_TYPES.refresh, {
    ...{ workflowId: `${fullRefreshId(region, POPULARITY)}:recorded`, taskQueue },
    args: [{ view: POPULARITY, full: true }],
  });
  const publishing = client.workflow.getHandle(publishIdOf(full.workflowId, POPULARITY));
  await until(() => publishing.describe().then(Boolean, () => false), 60_000, 10);
  await appendPlays(40);
  const waited = await refreshes.start(POPULARITY);
  await full.result();
  await record('publish-alone', publishIdOf(full.workflowId, POPULARITY));
  await refreshes.result(waited);
  await record('refresh-full', full.workflowId);
  await record('refresh-waited', waited);
  const workflowId = `${reconcileId(region)}:recorded`;
  const args = [{ view: POPULARITY }];
  await client.workflow.execute(WORKFLOW_TYPES.reconcile, { workflowId, taskQueue, args });
  await record('reconcile', workflowId);
  await recordRefresh('ranking-policy', undefined, RANKING_POLICY_VIEW);
}

async function recordEventsRun(name: string, dryRun: boolean, act?: Act, from?: string): Promise<string> {
  const to = new Date(LOG_START + 20 * 60_000).toISOString();
  const order = { reason: 'correct', from: new Date(LOG_START).toISOString(), to } as const;
  const { id } = await (from === undefined
    ? events.start({ ...order, name, dryRun })
    : events.derive(from, dryRun));
  if (act !== undefined) {
    await until(async () => await asksForApproval(id), 60_000, 50);
    await act(id);
  }
  await until(async () => (await events.get(id)).state !== 'running', 60_000, 50);
  await record(`events-${name}`, eventsBackfillId(region), id.slice(EVENTS_PREFIX.length));
  return id;
}

async function recordEvents(): Promise<void> {
  await appendWronged(40);
  await refreshes.refresh(POPULARITY);
  await recordEventsRun('dry-run', true);
  await recordEventsRun('cancelled', false, (id) => events.cancel(id));
  await recordEventsRun('announced', false, async (id) => {
    await events.pause(id);
    await events.resume(id);
    await events.retry(id, 0);
    await until(async () => await asksForApproval(id), 60_000, 50);
    await events.approve(id, 'operator');
  });
  await recordEventsRun('unchanged', false);
}

/** What is derived from the corrected events is worked out anew. */
async function recordDerived(): Promise<void> {
  await appendWronged(40);
  await refreshes.refresh(POPULARITY);
  const approve: Act = (id) => events.approve(id, 'operator');
  const id = await recordEventsRun('derived', false, approve);
  // Nothing has brought the words into the lake, so that there is as much to say.
  await recordEventsRun('derived-alone', false, approve, id);
}

const SCENARIOS = {
  alone: recordAlone,
  tagged: recordTagged,
  told: recordTold,
  lake: recordLake,
  pieces: recordPieces,
  sources: recordSources,
  training: recordTraining,
  shared: recordShared,
  extension: recordExtensions,
  rows: recordRows,
  sweep: recordSweep,
  events: recordEvents,
  derived: recordDerived,
  care: recordCare,
  erasure: recordErasure,
  kept: recordKept,
};

mkdirSync(HISTORIES, { recursive: true });
await store.ensureBucket();
await lake.ensureTables();
const worker = await startWorker({
  config,
  workflows: findWorkflows(),
  activities: createActivities({
    ...deps,
    counting,
    training: { ...deps.training, settings: learning },
    validate: async (candidate, previous) =>
      refusing ? { rule: 'minimum-rows', reason: 'recorded' } : deps.validate(candidate, previous),
  }),
});
try {
  for (const [name, run] of Object.entries(SCENARIOS)) if ((process.argv[2] ?? name) === name) await run();
} finally {
  await worker.stop();
  await temporal.close();
  await closeDeps();
  await closeLake();
  store.close();
  rmSync(sourceDir, { recursive: true });
}
