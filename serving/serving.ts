/**
 * Serving, put together: the views' subscribers, the three topics it follows, the report of what is served,
 * and the app over them. Every server is met in the background; none of them can hold the start up.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { leastPlaysOf } from '../domain/ranking/policy.ts';
import { topicName } from '../domain/topics.ts';
import { viewName } from '../domain/views.ts';
import type { Config } from '../infra/config.ts';
import type { GenerationFollower } from '../infra/generations/follow.ts';
import type { ViewSource } from '../infra/hermes/subscriber.ts';
import type { LogProducer } from '../infra/kafka/producer-port.ts';
import type { Log } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';
import { createServingGates, type ServingAccess } from './access.ts';
import { createServingApps, type ServingAppDeps, type ServingApps } from './app.ts';
import type { LoadCatalogue } from './catalogue-view.ts';
import type { Catalogue } from './catalogue.ts';
import { followTopic, type FollowStatus } from '../infra/kafka/follow-topic.ts';
import { followView, type ViewFollower } from './follow-view.ts';
import { openGenerationLane, type GenerationLaneDeps } from './generation-lane.ts';
import { openEntries, type Entries, type LoadEntries } from './entries/entries.ts';
import { createGenerationLanes, type GenerationLanes } from './generation-lanes.ts';
import { measureServing } from './metrics.ts';
import { openHome, type Home, type HomeDeps } from './home/open.ts';
import type { LibraryLoaders } from './library/follow-library.ts';
import type { LoadPopularity } from './popularity/load.ts';
import { withGuardedProfiles } from './profiles/guarded.ts';
import type { ProfileReader } from './profiles/port.ts';
import {
  askWhileFollowed,
  createRowPlaysPart,
  type RowPlaysPart,
  type UpsertCodec,
} from './row-plays-part.ts';
import { capsOf, rowPlaysLimits } from './limits.ts';
import { createRankings } from './rows/rankings.ts';
import { createRows } from './rows/rows.ts';
import { rowKeeper, type ServedRows } from './served-rows.ts';
import { createStandings, type Standings } from './standing.ts';
import { startStatusReport } from '../infra/hermes/status-report.ts';
import { followTitles, type Titles } from './titles.ts';

export const POPULARITY = viewName('popularity');

/** What operators steer, as far as this process is connected to it. */
type Operated = Partial<
  Pick<ServingAppDeps, 'backfills' | 'eventBackfills' | 'readParity' | 'viewOps' | 'lakeOps' | 'erasureOps'>
>;

export interface ServingDeps extends Operated {
  readonly config: Pick<Config, 'region' | 'generation' | 'partitions' | 'blockSize' | 'dataDir' | 'serving'>;
  readonly views: ViewSource;
  readonly load: LoadPopularity;
  readonly loadCatalogue: LoadCatalogue;
  readonly loadLibrary: LibraryLoaders;
  readonly loadPerformance?: HomeDeps['loadPerformance'];
  /** Without it no view is read by key. */
  readonly loadEntries?: LoadEntries;
  /** Which versions are tried out; without it none is served but the current ones. */
  readonly canaries?: HomeDeps['canaries'];
  readonly openTopic: GenerationLaneDeps['openTopic'];
  readonly askBounds: GenerationLaneDeps['askBounds'];
  /** Where generations may change; without it the configured one is the only one. Closed by whoever opened it. */
  readonly followGenerations?: (onChange: () => void) => GenerationFollower;
  readonly openSnapshots?: GenerationLaneDeps['openSnapshots'];
  readonly upserts: UpsertCodec;
  /** Connects at first use. */
  readonly connectProducer: () => Promise<LogProducer>;
  readonly profiles: ProfileReader;
  /** Where answers are kept for training; they are not where it is absent. */
  readonly served?: Pick<ServedRows, 'note'>;
  /** Who is let in; everybody, without limits, where it is absent. */
  readonly access?: ServingAccess;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly version: string;
  readonly now?: () => number;
}

export interface Serving extends ServingApps {
  /** Resolves when view and speed view are there, or the grace for servers that are away is over. */
  readonly settled: Promise<void>;
  close(): Promise<void>;
}

/** Longest wait for the last good copy on disk before the first request is taken. */
const DISK_TIMEOUT_MS = 2000;

/** Resolves once there is something to answer from; what comes from servers may come later. */
export async function createServing(given: ServingDeps): Promise<Serving> {
  const deps = withGuardedProfiles(given);
  const { config, log, now = Date.now } = deps;
  const { region, generation, partitions, blockSize, serving } = config;
  const topicOf = (kind: 'announcements' | 'subscriber-status'): string =>
    topicName(region, generation, kind);
  // One process writes to a folder at a time; on one machine they differ by port.
  const instance = instanceOf(serving.port, serving.worker);
  const dir = join(config.dataDir, 'serving', instance);
  const configured = { generation, partitions, blockSize };
  const rowPlays = createRowPlaysPart(rowPlaysLimits(serving), deps.upserts, log);
  let onChange = (): void => undefined;
  const generations = deps.followGenerations?.(() => onChange());
  if (generations !== undefined) await Promise.race([generations.heard, sleep(DISK_TIMEOUT_MS)]);
  const lanes: GenerationLanes = createGenerationLanes({
    configured,
    follower: generations,
    open: (shape) =>
      openGenerationLane(
        // Silence is measured from turn to turn, whether anybody asks or not.
        { ...deps, ...{ region, serving, rowPlays, now }, onTurn: () => void standings.current() },
        shape,
      ),
  });
  const standings: Standings = createStandings({
    ...{ region, lanes, now },
    subscribed: () => view.status(),
    staleMs: serving.speedStaleMs,
    silentMs: serving.speedSilentMs,
  });
  onChange = lanes.refresh;
  const report = startStatusReport({
    connect: deps.connectProducer,
    topic: topicOf('subscriber-status'),
    subscriber: `${hostname()}:${instance}`,
    statuses: () => [view.status(), servedStatus(titles), ...home.statuses(), ...(entries?.statuses() ?? [])],
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
    async load(versionDir, manifest) {
      const value = await deps.load(versionDir, manifest);
      await standings.prepare(manifest);
      return value;
    },
    onVersion(loaded) {
      standings.swap(loaded);
      report.send();
    },
  });
  const home = homeOver(deps, { following, titles, standings, now, onLibrary: () => report.send() });
  const entries = openEntries(serving, deps.loadEntries, {
    ...{ ...following, dir: join(dir, 'entries') },
    onVersion: report.send,
  });
  const topic = topicOf('announcements');
  const announcements = followTopic({
    ...{ open: deps.openTopic(topic, configured), log: log.child({ topic }), now },
    onRecords() {
      view.nudge();
      titles.nudge();
      home.nudge();
      entries?.nudge();
    },
  });
  void view.asked.then(report.send);
  const read = view.asked.then(() => {
    if (standings.view() === undefined) lanes.serveWithoutView();
    return lanes.settled();
  });
  const settled = settle([read, titles.asked, home.asked], serving.startGraceMs);
  await Promise.all([
    titles.start(DISK_TIMEOUT_MS),
    Promise.race([view.loaded, view.asked, sleep(DISK_TIMEOUT_MS)]),
  ]);
  await home.start(DISK_TIMEOUT_MS);
  return {
    ...assemble(deps, { titles, home, entries, lanes, rowPlays, standings, view, settled }),
    settled,
    async close() {
      await Promise.all([titles.close(), home.close(), report.close(), announcements.close()]);
      await Promise.all([lanes.close(), view.close(), entries?.close()]);
    },
  };
}

const homeOver = (
  deps: ServingDeps,
  parts: Pick<HomeDeps, 'following' | 'titles' | 'standings' | 'now' | 'onLibrary'>,
): Home =>
  openHome({
    ...parts,
    loaders: deps.loadLibrary,
    loadPerformance: deps.loadPerformance,
    canaries: deps.canaries,
    profiles: deps.profiles,
    caps: capsOf(deps.config.serving),
    served: deps.served,
    settings: deps.config.serving,
    log: deps.log,
  });

/** Nothing is reported of a view that was never published. */
function servedStatus(titles: Titles): ReturnType<Titles['status']> {
  const status = titles.status();
  return status?.version === null ? undefined : status;
}

/** What tells processes on one machine apart: the port and which of its workers, or the process where the system chooses the port. */
export const instanceOf = (port: number, worker: number, pid = process.pid): string =>
  port === 0 ? `0-${pid}` : worker === 0 ? String(port) : `${port}-${worker}`;

async function settle(parts: readonly Promise<unknown>[], graceMs: number): Promise<void> {
  await Promise.race([Promise.all(parts), sleep(graceMs, undefined, { ref: false })]);
}

interface Parts {
  readonly titles: Titles;
  readonly home: Home;
  readonly entries: Entries | undefined;
  readonly lanes: GenerationLanes;
  readonly rowPlays: RowPlaysPart;
  readonly standings: Standings;
  readonly view: ViewFollower;
  readonly settled: Promise<void>;
}

function assemble(deps: ServingDeps, parts: Parts): ServingApps {
  const { config, log, metrics, version, now = Date.now } = deps;
  const { serving } = config;
  const { titles, home, entries, lanes, rowPlays, standings, view, settled } = parts;
  const { catalogue } = titles;
  const clock = (): number => performance.now();
  const rules = () => ({
    minPlays: leastPlaysOf(home.library()?.policy, serving.trendingMinPlays),
    smoothing: serving.trendingSmoothing,
  });
  const rows = createRows({
    catalogue,
    rankings: createRankings({ rules, ttlMs: serving.rankingTtlMs, clock }),
    takeRateStrength: serving.takeRateStrength,
    budgetMs: serving.deadlineMs,
    now,
    clock,
    log,
  });
  return createServingApps({
    standings,
    rows,
    catalogue,
    rowPlays: askWhileFollowed(rowPlays, () => leastFollowed(lanes, 'playsFollowed'), serving.speedStaleMs),
    takeRateStrength: serving.takeRateStrength,
    ...{ maxRowItems: serving.maxRowItems, maxRows: serving.maxRows },
    ...{ home, entries, analytics: home.analytics },
    newId: randomUUID,
    versions: () => home.library()?.versions,
    noteRow: rowKeeper(deps.served, serving.anonymousServedShare, now),
    ...{ backfills: deps.backfills, eventBackfills: deps.eventBackfills, erasureOps: deps.erasureOps },
    ...{ readParity: deps.readParity, viewOps: deps.viewOps, lakeOps: deps.lakeOps },
    ...{ profiles: deps.profiles, profilesDeadlineMs: serving.profilesDeadlineMs },
    caps: capsOf(serving),
    now,
    opsDeadlineMs: serving.opsDeadlineMs,
    gates: createServingGates(deps.access, metrics, log),
    tellsChecks: deps.access?.access.asksForCredentials !== true,
    checks: { catalogue: () => haveTitles(catalogue), servers: () => settled },
    metrics,
    delivery: serving,
    measured: measureServing(metrics, {
      standings,
      speed: { refused: () => sumOf(lanes.counted().map(({ speed }) => speed.refused())) },
      rowPlays,
      followed: () => leastFollowed(lanes, 'followed'),
      catalogueSize: catalogue.size,
      catalogueVersion: () => titles.status()?.version ?? 0,
      refusedCatalogues: () => titles.status()?.refused ?? 0,
      refusedVersions: () => view.status()?.refused ?? 0,
    }),
    log,
    version,
  });
}

/** As the lane of all that knows least. */
function leastFollowed(lanes: GenerationLanes, which: 'followed' | 'playsFollowed'): FollowStatus {
  const each = lanes.counted().map((lane) => lane[which]());
  return {
    isCaughtUp: each.every(({ isCaughtUp }) => isCaughtUp),
    silentMs: Math.max(...each.map(({ silentMs }) => silentMs)),
  };
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

function haveTitles(catalogue: Catalogue): Promise<void> {
  return catalogue.size() > 0 ? Promise.resolve() : Promise.reject(new Error('no title was read yet'));
}
