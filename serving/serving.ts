/**
 * Serving, put together: the views' subscribers, the three topics it follows, the report of what is served,
 * and the app over them. Every server is met in the background; none of them can hold the start up.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Express } from 'express';
import type { ImpressionCaps } from '../domain/memory/read.ts';
import type { RowPlaysLimits } from '../domain/row-plays.ts';
import { topicName } from '../domain/topics.ts';
import { viewName } from '../domain/views.ts';
import type { Config } from '../infra/config.ts';
import type { ViewSource } from '../infra/hermes/subscriber.ts';
import type { LogProducer } from '../infra/kafka/producer-port.ts';
import type { Log } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';
import { createServingApp } from './app.ts';
import type { LoadCatalogue } from './catalogue-view.ts';
import type { Catalogue } from './catalogue.ts';
import { followTopic, type FollowOptions, type OpenReader, type TopicFollower } from './follow-topic.ts';
import { followView, type ViewFollower } from './follow-view.ts';
import { followLogEnds, type AskBounds } from './log-end.ts';
import { measureServing } from './metrics.ts';
import type { BackfillClient } from './ops/port.ts';
import type { LoadPopularity } from './popularity/load.ts';
import type { ProfileReader } from './profiles/port.ts';
import {
  askWhileFollowed,
  createRowPlaysPart,
  type RowPlaysPart,
  type UpsertCodec,
} from './row-plays-part.ts';
import { createRankings } from './rows/rankings.ts';
import { createRows } from './rows/rows.ts';
import { createSilence } from './silence.ts';
import { createSpeedPart, type SpeedPart } from './speed-part.ts';
import { createStandings, type Standings } from './standing.ts';
import { startStatusReport } from './status-report.ts';
import { followTitles, type Titles } from './titles.ts';

export const POPULARITY = viewName('popularity');

export interface ServingDeps {
  readonly config: Pick<Config, 'region' | 'generation' | 'partitions' | 'blockSize' | 'dataDir' | 'serving'>;
  readonly views: ViewSource;
  readonly load: LoadPopularity;
  readonly loadCatalogue: LoadCatalogue;
  readonly openTopic: (topic: string) => OpenReader;
  readonly upserts: UpsertCodec;
  readonly askBounds: AskBounds;
  /** Connects at first use. */
  readonly connectProducer: () => Promise<LogProducer>;
  readonly backfills?: BackfillClient;
  readonly profiles: ProfileReader;
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

type FollowedTopic = 'speed-view' | 'announcements' | 'attributed-plays';

/** Longest wait for the last good copy on disk before the first request is taken. */
const DISK_TIMEOUT_MS = 2000;

/** Resolves once there is something to answer from; what comes from servers may come later. */
export async function createServing(deps: ServingDeps): Promise<Serving> {
  const { config, log, now = Date.now } = deps;
  const { region, generation, partitions, blockSize, serving } = config;
  const topicOf = (kind: FollowedTopic | 'subscriber-status'): string => topicName(region, generation, kind);
  // One process writes to a folder at a time; on one machine they differ by port.
  const instance = instanceOf(serving.port);
  const dir = join(config.dataDir, 'serving', instance);
  const speed = createSpeedPart({ partitions, blockSize }, log);
  const follow = (
    kind: FollowedTopic,
    handlers: Pick<FollowOptions, 'onRecords' | 'onReset'>,
  ): TopicFollower => {
    const topic = topicOf(kind);
    return followTopic({ open: deps.openTopic(topic), log: log.child({ topic }), ...handlers, now });
  };
  const speedTopic = follow('speed-view', { onRecords: speed.take, onReset: speed.reset });
  const rowPlays = createRowPlaysPart(rowPlaysLimits(serving), deps.upserts, log);
  const playsTopic = follow('attributed-plays', { onRecords: rowPlays.take, onReset: rowPlays.reset });
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
    subscriber: `${hostname()}:${instance}`,
    statuses: () => [view.status(), servedStatus(titles)],
    intervalMs: serving.statusIntervalMs,
    log,
  });
  const following = { repository: deps.views, dir, pollIntervalMs: serving.pollIntervalMs, log, now };
  const titles = followTitles({
    ...following,
    load: deps.loadCatalogue,
    path: serving.catalogPath,
    onVersion: () => report.send(),
  });
  const view = followView({
    ...following,
    view: POPULARITY,
    load: deps.load,
    onVersion(loaded) {
      standings.swap(loaded);
      report.send();
    },
  });
  const announcements = follow('announcements', {
    onRecords() {
      view.nudge();
      titles.nudge();
    },
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
  const settled = settle(
    [view.asked, titles.asked, speedTopic.caughtUp, logEnds.known],
    serving.startGraceMs,
  );
  await Promise.all([
    titles.start(DISK_TIMEOUT_MS),
    Promise.race([view.loaded, view.asked, sleep(DISK_TIMEOUT_MS)]),
  ]);
  return {
    app: assemble(deps, { titles, speed, speedTopic, rowPlays, playsTopic, standings, view, settled }),
    settled,
    async close() {
      await Promise.all([
        titles.close(),
        report.close(),
        announcements.close(),
        logEnds.close(),
        speedTopic.close(),
        playsTopic.close(),
        view.close(),
      ]);
    },
  };
}

/** Nothing is reported of a view that was never published. */
function servedStatus(titles: Titles): ReturnType<Titles['status']> {
  const status = titles.status();
  return status?.version === null ? undefined : status;
}

/** What tells processes on one machine apart: the port, or the process where the system chooses the port. */
export const instanceOf = (port: number, pid = process.pid): string =>
  port === 0 ? `0-${pid}` : String(port);

async function settle(parts: readonly Promise<unknown>[], graceMs: number): Promise<void> {
  await Promise.race([Promise.all(parts), sleep(graceMs, undefined, { ref: false })]);
}

interface Parts {
  readonly titles: Titles;
  readonly speed: SpeedPart;
  readonly speedTopic: TopicFollower;
  readonly rowPlays: RowPlaysPart;
  readonly playsTopic: TopicFollower;
  readonly standings: Standings;
  readonly view: ViewFollower;
  readonly settled: Promise<void>;
}

function assemble(deps: ServingDeps, parts: Parts): Express {
  const { config, log, metrics, version, now = Date.now } = deps;
  const { serving } = config;
  const { titles, speed, speedTopic, rowPlays, playsTopic, standings, view, settled } = parts;
  const { catalogue } = titles;
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
    rowPlays: askWhileFollowed(rowPlays, playsTopic.status, serving.speedStaleMs),
    takeRateStrength: serving.takeRateStrength,
    maxRowItems: serving.maxRowItems,
    newId: randomUUID,
    backfills: deps.backfills,
    profiles: deps.profiles,
    profilesDeadlineMs: serving.profilesDeadlineMs,
    caps: capsOf(serving),
    now,
    opsDeadlineMs: serving.opsDeadlineMs,
    checks: { catalogue: () => haveTitles(catalogue), servers: () => settled },
    metrics,
    measured: measureServing(metrics, {
      standings,
      speed,
      rowPlays,
      followed: speedTopic.status,
      catalogueSize: catalogue.size,
      catalogueVersion: () => titles.status()?.version ?? 0,
      refusedCatalogues: () => titles.status()?.refused ?? 0,
      refusedVersions: () => view.status()?.refused ?? 0,
    }),
    log,
    version,
  });
}

function haveTitles(catalogue: Catalogue): Promise<void> {
  return catalogue.size() > 0 ? Promise.resolve() : Promise.reject(new Error('no title was read yet'));
}

const rowPlaysLimits = ({
  rowPlaysOpen,
  rowPlaysFinal,
  rowPlaysPlaces,
}: Config['serving']): RowPlaysLimits => ({
  openPlays: rowPlaysOpen,
  finalPlays: rowPlaysFinal,
  places: rowPlaysPlaces,
});

function capsOf({ capPerDay, seenHalvedBy, seenLeastWeight }: Config['serving']): ImpressionCaps {
  return { perDay: capPerDay, halvedBy: seenHalvedBy, leastWeight: seenLeastWeight };
}
