/** The demo on real servers: what each step of the plan does. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { PAGES_VIEW } from '../../domain/pages.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { topicName } from '../../domain/topics.ts';
import { viewName, type ViewName } from '../../domain/views.ts';
import { loadConfig, loadLocalConfig, type Config } from '../../infra/config.ts';
import { openKafka, topicPlanOf } from '../../infra/connections.ts';
import { loadRatings } from '../../infra/datasets/movielens.ts';
import { seededDataSet } from '../../infra/datasets/seeded.ts';
import type { DataSet } from '../../infra/datasets/data-set.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { logBounds, type PartitionBounds } from '../../infra/kafka/offsets.ts';
import { ensureTopics } from '../../infra/kafka/topics.ts';
import type { Report } from '../../infra/local/server.ts';
import { createStack } from '../../infra/local/stack.ts';
import { createLog } from '../../infra/log.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import { registerContracts } from './contracts.ts';
import { readCounts } from './counts.ts';
import { GENERATOR_DEFAULTS } from './generator.ts';
import type { Addresses } from './addresses.ts';
import type { Stage } from './perform.ts';
import { prepareInput, type PreparedInput } from './prepare.ts';
import type { Processes } from './processes.ts';
import { createSender, type Sender } from './sender.ts';
import { settledComparison } from './settle.ts';
import { trained } from './trained.ts';
import { readTruth } from './truth.ts';
import { watchThree } from './watcher.ts';

export interface LiveOptions {
  readonly runId: string;
  readonly limit: number;
  readonly linesPerSecond: number;
  /** Made-up data even where MovieLens could be had. */
  readonly seeded: boolean;
  readonly addresses: Addresses;
  readonly processes: Processes;
  readonly report: Report;
  readonly say: (text: string) => void;
}

export interface LiveStage extends Stage {
  readonly input: () => PreparedInput | undefined;
  readonly titles: () => DataSet['titles'];
  readonly sender: () => Sender | undefined;
  readonly isSending: () => boolean;
  close(): Promise<void>;
}

const VIEW = viewName('popularity');
/** As MovieLens writes science fiction. */
const WATCHED_GENRE = 'Sci-Fi';
/** How long records may be under way once sending has stopped. */
const SETTLE_MS = 90_000;
const REFRESH_PATIENCE_MS = 180_000;
const REFRESH_AGAIN_MS = 3_000;
/** A play with its turns, what led there, its rating and three impressions. */
const LINES_PER_RATING = 7.6;
const MAX_AHEAD_MS = 4 * MINUTE_MS;
const LEADER_TRIES = 20;
const LEADER_WAIT_MS = 250;

/**
 * How long sending takes at least. Events end then, so that the shortest windows are alive when all is sent, and no event
 * is sent before it happens.
 */
const leastSendingMs = ({ limit, linesPerSecond }: LiveOptions): number =>
  Math.min(MAX_AHEAD_MS, Math.floor((limit * LINES_PER_RATING * 1000) / linesPerSecond));

/** Topics that were created a moment ago may have no leader yet. */
async function boundsOnceLed(kafka: KafkaClient, topic: string): Promise<readonly PartitionBounds[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await logBounds(kafka, topic);
    } catch (error) {
      if (!isMarqueeError(error, 'LOG_UNAVAILABLE') || attempt === LEADER_TRIES) throw error;
      await sleep(LEADER_WAIT_MS);
    }
  }
}

/** Throws CONFIG_INVALID when the region was used before: the truth is the event file alone. */
async function assertFreshRegion(config: Config): Promise<void> {
  const { region, generation } = config;
  const kafka = openKafka(config, createLog({ name: 'demo', level: 'silent' }));
  try {
    await ensureTopics(kafka, topicPlanOf(config));
    const bounds = await boundsOnceLed(kafka, topicName(region, generation, 'raw-events'));
    const held = bounds.reduce((sum, { end }) => sum + end, 0);
    if (held > 0) {
      throw new MarqueeError('CONFIG_INVALID', {
        faults: `region ${region} holds ${held} events already: set MARQUEE_REGION to a name not used before`,
      });
    }
  } finally {
    await kafka.close();
  }
}

/** Refreshes until something was published: the lake may hold nothing yet. */
async function publishedVersion(config: Config, view: ViewName): Promise<number> {
  const temporal = createTemporal(config.temporal);
  const refreshes = createRefreshes({ temporal, region: config.region });
  const givesUpAt = Date.now() + REFRESH_PATIENCE_MS;
  try {
    for (;;) {
      const outcome = await refreshes.refresh(view);
      if (outcome.outcome === 'announced') return outcome.version;
      if (Date.now() > givesUpAt) {
        const reason = outcome.outcome === 'rejected' ? outcome.reason : 'the lake has nothing new';
        throw new MarqueeError('INTERNAL', { reason: `no version of ${view} was published: ${reason}` });
      }
      await sleep(REFRESH_AGAIN_MS);
    }
  } finally {
    await temporal.close();
  }
}

/** Titles by how often they were rated, the most often first. */
function mostRated(data: DataSet | undefined): DataSet['titles'] {
  const times = new Map<string, number>();
  for (const { titleId } of data?.ratings ?? []) times.set(titleId, (times.get(titleId) ?? 0) + 1);
  return (data?.titles ?? []).toSorted((a, b) => (times.get(b.titleId) ?? 0) - (times.get(a.titleId) ?? 0));
}

export function createLiveStage(options: LiveOptions): LiveStage {
  const { addresses, processes } = options;
  const local = loadLocalConfig();
  let data: DataSet | undefined;
  let input: PreparedInput | undefined;
  let sender: Sender | undefined;
  let isSending = false;

  async function servedVersion(version: number): Promise<void> {
    const [first] = data?.titles ?? [];
    const givesUpAt = Date.now() + SETTLE_MS;
    while (first !== undefined) {
      const counts = await readCounts(first.titleId, { url: addresses.serving });
      if ((counts.viewVersion ?? 0) >= version) return;
      if (Date.now() > givesUpAt) {
        throw new MarqueeError('INTERNAL', {
          reason: `serving does not serve version ${version} of ${VIEW}`,
        });
      }
      await sleep(200);
    }
  }

  return {
    input: () => input,
    titles: () => data?.titles ?? [],
    sender: () => sender,
    isSending: () => isSending,
    async prepare() {
      data = options.seeded
        ? seededDataSet('asked for')
        : await loadRatings({ cacheDir: local.local.cacheDir });
      if (data.reason !== undefined) options.say(`SEEDED DATA instead of MovieLens: ${data.reason}`);
      input = await prepareInput(data, {
        ...GENERATOR_DEFAULTS,
        limit: options.limit,
        endMs: Date.now() + leastSendingMs(options),
        region: loadConfig().region,
        runId: options.runId,
        folder: join(local.dataDir, 'demo'),
        cataloguePath: addresses.catalogue,
        pagesPath: addresses.pages,
      });
      return input.events.lines;
    },
    async servers() {
      await createStack({ config: local, report: options.report }).up();
      await assertFreshRegion(loadConfig());
    },
    processes: (names) => processes.start(names),
    async sideInputs() {
      await registerContracts(loadConfig());
      for (const view of [CATALOGUE_VIEW, PAGES_VIEW]) await publishedVersion(loadConfig(), view);
    },
    async send(untilLine) {
      sender ??= createSender({
        url: addresses.ingest,
        file: input?.events.path ?? '',
        linesPerSecond: options.linesPerSecond,
      });
      isSending = true;
      await sender.sendUntil(untilLine).finally(() => (isSending = false));
    },
    async refresh() {
      await servedVersion(await publishedVersion(loadConfig(), VIEW));
    },
    async compare(lines) {
      const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 1024 });
      try {
        const truth = await readTruth(duckdb, input?.events.path ?? '', lines);
        return await settledComparison(truth, {
          counts: { url: addresses.serving },
          titleIds: (data?.titles ?? []).map(({ titleId }) => titleId),
          patienceMs: SETTLE_MS,
        });
      } finally {
        await duckdb.close();
      }
    },
    restart: (name) => processes.restart(name),
    train: () => trained(loadConfig(), addresses.serving),
    watch: () =>
      watchThree({
        servingUrl: addresses.serving,
        ingestUrl: addresses.ingest,
        runId: options.runId,
        seed: GENERATOR_DEFAULTS.seed,
        titles: mostRated(data),
        genre: WATCHED_GENRE,
      }),
    async close() {
      await sender?.close();
    },
  };
}
