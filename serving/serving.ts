/**
 * Serving, put together: the view's subscriber, the two topics it follows, the catalogue, the report of what is served,
 * and the app over them. Every server is met in the background; none of them can hold the start up.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import { topicName } from '../domain/topics.ts';
import { viewName } from '../domain/views.ts';
import type { Config } from '../infra/config.ts';
import type { ViewSource } from '../infra/hermes/subscriber.ts';
import type { LogProducer } from '../infra/kafka/producer-port.ts';
import type { Log } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';
import { createServingApp } from './app.ts';
import { createCatalogue, type CatalogueFile } from './catalogue.ts';
import { followTopic, type OpenReader, type TopicFollower } from './follow-topic.ts';
import { followView, type ViewFollower } from './follow-view.ts';
import { followLogEnds, type AskBounds } from './log-end.ts';
import { measureServing } from './metrics.ts';
import type { BackfillClient } from './ops/port.ts';
import type { LoadPopularity } from './popularity/load.ts';
import { createRankings } from './rows/rankings.ts';
import { createRows } from './rows/rows.ts';
import { createSilence } from './silence.ts';
import { createSpeedPart, type SpeedPart } from './speed-part.ts';
import { createStandings, type Standings } from './standing.ts';
import { startStatusReport } from './status-report.ts';

export const POPULARITY = viewName('popularity');

export interface ServingDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'partitions' | 'blockSize' | 'dataDir' | 'serving'>;
  readonly views: ViewSource;
  readonly load: LoadPopularity;
  readonly openTopic: (topic: string) => OpenReader;
  readonly askBounds: AskBounds;
  /** Connects at first use. */
  readonly connectProducer: () => Promise<LogProducer>;
  readonly backfills?: BackfillClient;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly version: string;
  readonly now?: () => number;
}

export interface Serving {
  readonly app: Express;
  /** Resolves when view and speed view are there, or the grace for servers that are away is over. */
  readonly settled: Promise<void>;
  close(): Promise<void>;
}

/** Longest wait for the last good copy on disk before the first request is taken. */
const DISK_TIMEOUT_MS = 2000;

/** Resolves once there is something to answer from; what comes from servers may come later. */
export async function createServing(deps: ServingDeps): Promise<Serving> {
  const { config, log, now = Date.now } = deps;
  const { region, generation, partitions, blockSize, serving } = config;
  const topicOf = (kind: 'speed-view' | 'announcements' | 'subscriber-status'): string =>
    topicName(region, generation, kind);
  // One process writes to a folder at a time; on one machine they differ by port.
  const instance = instanceOf(serving.port);
  const dir = join(config.dataDir, 'serving', instance);
  const catalogue = readCatalogue(deps, dir);
  const speed = createSpeedPart({ partitions, blockSize }, log);
  const speedTopic = followTopic({
    open: deps.openTopic(topicOf('speed-view')),
    log: log.child({ topic: topicOf('speed-view') }),
    onRecords: speed.take,
    onReset: speed.reset,
    now,
  });
  const standings = createStandings({
    shape: { region, generation, partitions, blockSize },
    speed,
    followed: speedTopic.status,
    subscribed: () => view.status(),
    logEnds: () => logEnds.ends(),
    silence: createSilence({ silentMs: serving.speedSilentMs, now }),
    staleMs: serving.speedStaleMs,
    silentMs: serving.speedSilentMs,
    now,
  });
  const report = startStatusReport({
    connect: deps.connectProducer,
    topic: topicOf('subscriber-status'),
    view: POPULARITY,
    subscriber: `${hostname()}:${instance}`,
    status: () => view.status(),
    intervalMs: serving.statusIntervalMs,
    log,
  });
  const view = followView({
    view: POPULARITY,
    repository: deps.views,
    dir,
    load: deps.load,
    onVersion(loaded) {
      standings.swap(loaded);
      report.send();
    },
    pollIntervalMs: serving.pollIntervalMs,
    log,
    now,
  });
  const announcements = followTopic({
    open: deps.openTopic(topicOf('announcements')),
    log: log.child({ topic: topicOf('announcements') }),
    onRecords: () => view.nudge(),
    now,
  });
  const logEnds = followLogEnds({
    ask: deps.askBounds,
    intervalMs: serving.logEndIntervalMs,
    // Silence is measured from turn to turn, whether anybody asks or not.
    onTurn: () => standings.current(),
    log,
    now,
  });
  void view.asked.then(report.send);
  const settled = settle([view.asked, speedTopic.caughtUp, logEnds.known], serving.startGraceMs);
  await Promise.all([catalogue.start(), Promise.race([view.loaded, view.asked, sleep(DISK_TIMEOUT_MS)])]);
  return {
    app: assemble(deps, { catalogue, speed, speedTopic, standings, view, settled }),
    settled,
    async close() {
      catalogue.close();
      await Promise.all([
        report.close(),
        announcements.close(),
        logEnds.close(),
        speedTopic.close(),
        view.close(),
      ]);
    },
  };
}

function readCatalogue({ config: { serving }, log }: ServingDeps, dir: string): CatalogueFile {
  return createCatalogue({
    path: serving.catalogPath,
    copyPath: join(dir, 'catalogue.ndjson'),
    intervalMs: serving.pollIntervalMs,
    log,
  });
}

/** What tells processes on one machine apart: the port, or the process where the system chooses the port. */
export const instanceOf = (port: number, pid = process.pid): string =>
  port === 0 ? `0-${pid}` : String(port);

async function settle(parts: readonly Promise<unknown>[], graceMs: number): Promise<void> {
  await Promise.race([Promise.all(parts), sleep(graceMs, undefined, { ref: false })]);
}

interface Parts {
  readonly catalogue: CatalogueFile;
  readonly speed: SpeedPart;
  readonly speedTopic: TopicFollower;
  readonly standings: Standings;
  readonly view: ViewFollower;
  readonly settled: Promise<void>;
}

function assemble(deps: ServingDeps, parts: Parts): Express {
  const { config, log, metrics, version, now = Date.now } = deps;
  const { serving } = config;
  const { catalogue, speed, speedTopic, standings, view, settled } = parts;
  const clock = (): number => performance.now();
  const rules = { minPlays: serving.trendingMinPlays, smoothing: serving.trendingSmoothing };
  const rows = createRows({
    catalogue,
    rankings: createRankings({ rules, ttlMs: serving.rankingTtlMs, clock }),
    takeRateStrength: serving.takeRateStrength,
    budgetMs: serving.deadlineMs,
    now,
    clock,
    log,
  });
  return createServingApp({
    standings,
    rows,
    catalogue,
    takeRateStrength: serving.takeRateStrength,
    maxRowItems: serving.maxRowItems,
    newId: randomUUID,
    backfills: deps.backfills,
    opsDeadlineMs: serving.opsDeadlineMs,
    checks: { catalogue: () => haveTitles(catalogue), servers: () => settled },
    metrics,
    measured: measureServing(metrics, {
      standings,
      speed,
      followed: speedTopic.status,
      catalogueSize: catalogue.size,
      refusedVersions: () => view.status()?.refused ?? 0,
    }),
    log,
    version,
  });
}

function haveTitles(catalogue: CatalogueFile): Promise<void> {
  return catalogue.size() > 0 ? Promise.resolve() : Promise.reject(new Error('no title was read yet'));
}
