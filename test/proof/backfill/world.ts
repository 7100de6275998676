/** A region on real servers with its live lane, in which enrichment can be made wrong for a while. */
import type { MarqueeEvent } from '../../../domain/events/event.ts';
import { CLEAN_TOPICS, topicName, type TopicKind } from '../../../domain/topics.ts';
import { viewName } from '../../../domain/views.ts';
import { eventsBackfillId } from '../../../domain/workflow-ids.ts';
import { loadConfig, type Config } from '../../../infra/config.ts';
import { openKafka, openLake, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { deleteRecords } from '../../../infra/kafka/delete-records.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { createParityStore } from '../../../infra/parity/store.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { createEventBackfills } from '../../../infra/temporal/event-backfills.ts';
import { createRefreshes } from '../../../infra/temporal/refreshes.ts';
import { spawnWorker, type Doom, type DoomedWorker } from '../batch-kills/doomed.ts';
import { startBehaviour } from '../../../streaming/behaviour/process.ts';
import { startExtract } from '../../../streaming/extract/process.ts';
import { startSink } from '../../../streaming/sink/process.ts';
import { startSpeed } from '../../../streaming/speed/process.ts';
import { hasRead, isSunk, startLane, type LiveLane } from '../../support/live-lane.ts';
import { startProfileService } from '../../support/profile-service.ts';
import { until } from '../../support/until.ts';
import { COUNTRIES, eventsOf, type Counts } from './scenario.ts';

const PARTITIONS = 2;
const BLOCK_SIZE = 64;
const SUNK: readonly TopicKind[] = ['raw-events', ...CLEAN_TOPICS];
const ATTRIBUTED: readonly TopicKind[] = ['attributed-plays'];
const POPULARITY = viewName('popularity');
const MOST_MS = 240_000;

export type BackfillWorld = Awaited<ReturnType<typeof openBackfillWorld>>;

export async function openBackfillWorld(environment: Readonly<Record<string, string>>) {
  const profiles = await startProfileService('honest');
  const env: Readonly<Record<string, string>> = {
    ...environment,
    ...{ MARQUEE_PARTITIONS: String(PARTITIONS), MARQUEE_BLOCK_SIZE: String(BLOCK_SIZE) },
    ...{ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256', SINK_FLUSH_INTERVAL_MS: '1500' },
    ...{ EXTRACT_START_GRACE_MS: '0', SPEED_CLEAR_UP_INTERVAL_MS: '3600000', WORKER_METRICS_PORT: '0' },
    ...{
      BACKFILL_SHARD_ROWS: '200',
      BACKFILL_WINDOW: '1',
      BACKFILL_SETTLE_MS: '0',
      VIEWS_KEEP_VERSIONS: '1',
    },
    ...{ EXTRACT_COUNTRIES: COUNTRIES.right },
    // Answers about the hours that are wronged are final: of others a correction says nothing.
    ATTRIBUTION_LATENESS_MS: '60000',
  };
  const config = loadConfig(env);
  const { region, generation } = config;
  /** Every account is Swedish: what comes from elsewhere than the region is put down to Sweden. */
  const wrong = loadConfig({ ...env, EXTRACT_COUNTRIES: COUNTRIES.wrong, PROFILE_SERVICE_URL: profiles.url });
  /** Nobody says whose account it is: what comes from elsewhere is refused. */
  const refusing = loadConfig({ ...env, EXTRACT_COUNTRIES: COUNTRIES.wrong });
  const kafka = openKafka(config, silentLog());
  const store = openObjectStore(config);
  await store.ensureBucket();
  await ensureTopics(kafka, topicPlanOf(config));
  const { lake, close: closeLake } = await openLake(config, silentLog());
  await lake.ensureTables();
  const views = createViewRepository({ store, region });
  const temporal = createTemporal(config.temporal);
  const backfills = createEventBackfills({ temporal, region, settings: config.temporal });
  const refreshes = createRefreshes({ temporal, region });
  const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  const sent: MarqueeEvent[] = [];
  const workers = new Set<DoomedWorker>();
  const rest = await startLane(config, [startSink, startSpeed, startBehaviour]);
  let extract: LiveLane | undefined;
  /** Of traffic, so that no event is sent twice. */
  let batch = 0;
  let traffic: { stop(): Promise<void> } | undefined;

  async function send(events: readonly MarqueeEvent[]): Promise<void> {
    const messages = events.map((event) => ({
      key: event.profileId,
      partition: partitionOfKey(event.profileId, PARTITIONS),
      value: Buffer.from(JSON.stringify(event)),
    }));
    await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages }]);
    sent.push(...events);
  }

  async function settled(): Promise<void> {
    await until(
      async () => {
        rest.check();
        extract?.check();
        return (
          (await hasRead(config, kafka, 'extract', ['raw-events'])) &&
          (await hasRead(config, kafka, 'attribution', ['plays', 'impressions'])) &&
          (await isSunk(config, kafka, lake, [...SUNK, ...ATTRIBUTED]))
        );
      },
      MOST_MS,
      1000,
    );
  }

  async function enrichedBy(which: Config | undefined): Promise<void> {
    await extract?.stop();
    extract = which && (await startLane(which, [startExtract]));
  }

  return {
    ...{ config, lake, kafka, store, views, temporal, backfills, refreshes, sent, send, settled },
    parity: createParityStore(store, region),
    enriched: {
      rightly: () => enrichedBy(config),
      wrongly: () => enrichedBy(wrong),
      strictly: () => enrichedBy(refusing),
    },

    /** Events as they happen, until stopped. */
    beginTraffic(): void {
      let isOver = false;
      const running = (async () => {
        while (!isOver) {
          const now = Date.now();
          await send(eventsOf({ name: `live-${++batch}`, count: 50, fromMs: now - 120_000, toMs: now }));
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
      })();
      traffic = {
        async stop() {
          isOver = true;
          await running;
        },
      };
    },
    async endTraffic(): Promise<void> {
      await traffic?.stop();
      traffic = undefined;
    },

    /** Kafka forgets everything that the lake has, raw and clean. Answers how many records are gone. */
    async forget(): Promise<number> {
      let gone = 0;
      for (const kind of SUNK) {
        const topic = topicName(region, generation, kind);
        const positions = await lake.positions(kind === 'raw-events' ? 'raw_events' : (kind as 'plays'));
        const before = (await logBounds(kafka, topic)).flatMap(({ partition, start }) => {
          const offset = (positions.find((one) => one.partition === partition)?.offset ?? -1) + 1;
          gone += Math.max(0, offset - start);
          return offset > start ? [{ partition, offset }] : [];
        });
        if (before.length > 0) await deleteRecords(kafka, topic, before);
      }
      return gone;
    },

    /** In the lake, what the wrong hours brought from Germany is put down to Sweden again. */
    async spoil(): Promise<void> {
      for (const table of ['plays', 'impressions'] as const)
        await lake.read((connection) =>
          connection.run(
            `UPDATE ${lake.reference(table)} SET country = 'SE' WHERE event_id LIKE 'wrong-%' AND country = 'DE'`,
          ),
        );
    },

    /** What follows from them says so, too, while the events are right. */
    async spoilDerived(): Promise<void> {
      const table = lake.reference('attributed_plays');
      await lake.read((connection) =>
        connection.run(`UPDATE ${table} SET country = 'SE' WHERE play_id LIKE 'wrong-%' AND country = 'DE'`),
      );
    },

    /** A worker of its own process, killed at whichever it comes to first: `foldShard:after`. */
    worker(...kills: readonly string[]): DoomedWorker {
      return this.spawn({ kills });
    },
    spawn(doom: Partial<Doom>): DoomedWorker {
      const worker = spawnWorker(env, doom);
      workers.add(worker);
      void worker.killedAt.finally(() => workers.delete(worker));
      return worker;
    },

    /** Waits until a worker was killed on its way; throws what the run is stuck at when it is not. */
    async died(id: string, worker: DoomedWorker): Promise<void> {
      const isDead = async (): Promise<boolean> => {
        const { state, error, result } = await backfills.get(id);
        if (state !== 'running') throw new Error(`it is ${state}: ${JSON.stringify(error ?? result)}`);
        return worker.wasKilled();
      };
      await until(isDead, 60_000, 500).catch(async (cause: unknown) => {
        const { raw } = await temporal.client.workflow.getHandle(eventsBackfillId(region)).describe();
        const stuck = (raw.pendingActivities ?? []).map(({ activityType, attempt, lastFailure }) => [
          ...[activityType?.name, attempt, lastFailure?.message, lastFailure?.cause?.message],
        ]);
        throw new Error(`no worker was killed: ${JSON.stringify(stuck)}`, { cause });
      });
    },

    async phase(id: string, phase: string): Promise<void> {
      await until(
        async () => {
          const { progress, state, error, result } = await backfills.get(id);
          if (state !== 'running')
            throw new Error(`it is ${state}: ${JSON.stringify(error ?? result)?.slice(0, 2000)}`);
          return progress?.phase === phase;
        },
        MOST_MS,
        250,
      );
    },
    async ended(id: string) {
      await until(async () => (await backfills.get(id)).state !== 'running', MOST_MS, 250);
      return backfills.get(id);
    },

    /** What the lake holds, as `countsOf` counts what was sent. */
    async lakeCounts(belowCut?: readonly string[]): Promise<Counts> {
      const rows = await lake.read((connection) =>
        connection.query(`SELECT title_id || '/' || country AS key, count(*) FILTER (kind = 'play_start') AS plays,
          count(*) FILTER (kind = 'impression') AS impressions
        FROM (SELECT title_id, country, kind FROM ${lake.reference('plays')} WHERE ${belowCut?.[0] ?? 'true'}
          UNION ALL SELECT title_id, country, kind FROM ${lake.reference('impressions')} WHERE ${belowCut?.[1] ?? 'true'})
        WHERE kind IN ('play_start', 'impression') GROUP BY ALL ORDER BY ALL`),
      );
      return countsFrom(rows);
    },

    /** Countries of plays by the newest word about each, by play id: what the lake has of `attributed-plays`. */
    async attributedCountries(): Promise<Readonly<Record<string, string>>> {
      const { rowCount, columns } = await lake.read((connection) =>
        connection.query(`SELECT play_id, arg_max(country, version) AS country
          FROM ${lake.reference('attributed_plays')} GROUP BY upsert_key, play_id ORDER BY play_id`),
      );
      const at = (name: string, row: number): string => String(columns[name]?.values[row]);
      return Object.fromEntries(
        Array.from({ length: rowCount }, (_, row) => [at('play_id', row), at('country', row)]),
      );
    },

    /** The totals of the current version, and those of the lake below its cut. */
    async published(): Promise<{ version: number; totals: Counts; below: Counts }> {
      const pointer = await views.readPointer(POPULARITY);
      const manifest = await views.readManifest(POPULARITY, pointer!.version);
      const below = ['plays', 'impressions'].map(
        (topic) => `"offset" < list_extract([${manifest.cut[topic]!.join(', ')}], "partition" + 1)`,
      );
      return {
        version: pointer!.version,
        totals: await totalsOf(manifest.version),
        below: await this.lakeCounts(below),
      };
    },

    async close(): Promise<void> {
      await traffic?.stop();
      for (const worker of workers) await worker.end();
      await extract?.stop();
      await rest.stop();
      await producer.close();
      await temporal.close();
      await closeLake();
      await kafka.close();
      store.close();
      await profiles.close();
    },
  };

  async function totalsOf(version: number): Promise<Counts> {
    const { s3 } = config;
    const key = `${region}/views/popularity/versions/${String(version).padStart(8, '0')}/parts/totals.parquet`;
    const rows = await lake.read((connection) =>
      connection.query(`SELECT title_id || '/' || country AS key, sum(plays)::BIGINT AS plays, sum(impressions)::BIGINT AS impressions
        FROM read_parquet('s3://${s3.bucket}/${key}') GROUP BY ALL HAVING sum(plays) + sum(impressions) > 0 ORDER BY ALL`),
    );
    return countsFrom(rows);
  }
}

function countsFrom({
  rowCount,
  columns,
}: {
  readonly rowCount: number;
  readonly columns: Readonly<Record<string, { readonly values: ArrayLike<unknown> }>>;
}): Counts {
  const at = (name: string, row: number): unknown => columns[name]?.values[row];
  return Object.fromEntries(
    Array.from({ length: rowCount }, (_, row) => [
      String(at('key', row)),
      { plays: Number(at('plays', row)), impressions: Number(at('impressions', row)) },
    ]),
  );
}
