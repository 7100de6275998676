/** A region with its live lane, in which profiles are erased, and what must be the same before and after. */
import { PROFILE_ROWS_VIEW } from '../../../batch/models/precompute.ts';
import type { ErasureReport } from '../../../domain/erasure/report.ts';
import { topicName, type TopicKind } from '../../../domain/topics.ts';
import { openKeyedViews } from '../../../infra/cassandra/open-versions.ts';
import type { Config } from '../../../infra/config.ts';
import { openKafka, openLake, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { openErasures } from '../../../infra/erasure/open.ts';
import { createErasureSecret } from '../../../infra/erasure/secret.ts';
import { createErasureStore } from '../../../infra/erasure/store.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { logBounds } from '../../../infra/kafka/offsets.ts';
import { partitionOfKey } from '../../../infra/kafka/partitioner.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import { openProfileReader } from '../../../infra/profile-store/open.ts';
import { createRefreshes } from '../../../infra/temporal/refreshes.ts';
import { createTemporal } from '../../../infra/temporal/client.ts';
import { startBehaviour } from '../../../streaming/behaviour/process.ts';
import { behaviourFolds } from '../../../streaming/behaviour/folds.ts';
import { startExtract } from '../../../streaming/extract/process.ts';
import { startSink } from '../../../streaming/sink/process.ts';
import { hasRead, isSunk, startLane, type LiveLane } from '../../support/live-lane.ts';
import { publishTables } from '../../support/model-views.ts';
import { POPULARITY } from '../../support/popularity.ts';
import { profileEvents } from '../../support/profile-events.ts';
import { until } from '../../support/until.ts';

export const ERASURE_SETTINGS = {
  ...{ MARQUEE_BLOCK_SIZE: '16', DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' },
  ...{
    SINK_FLUSH_INTERVAL_MS: '2000',
    EXTRACT_START_GRACE_MS: '0',
    BEHAVIOUR_CHECKPOINT_INTERVAL_MS: '1000',
  },
  ...{
    ERASURE_KEY: 'a key of a proof, of no use elsewhere',
    ERASURE_SNAPSHOT_GRACE_MS: '0',
    ERASURE_POLL_MS: '200',
  },
  ...{ VIEW_VERSIONS_KEPT: '1', MARQUEE_GENERATION_FROM: 'settings' },
};

const EVENTS = 400;
export const PROFILES = Array.from({ length: 40 }, (_, n) => `profile-${n}`).sort();
const MOST_MS = 300_000;
const SUNK: readonly TopicKind[] = [
  ...(['raw-events', 'plays', 'impressions', 'interactions', 'searches'] as const),
  ...(['attributed-plays', 'user-behavior-features'] as const),
];
const HELD = ['plays', 'impressions', 'interactions', 'searches', 'attributed_plays'] as const;
/** Topics whose cut keeps records in the log. */
const CUT = ['plays', 'impressions'] as const;

/** What was to be seen of a region before an erasure. */
export interface Stood {
  readonly profile: string;
  /** Versions of the tables, to be read again later. */
  readonly snapshots: Readonly<Record<string, string>>;
  readonly parts: Readonly<Record<string, string>>;
}

export interface WorldDeps {
  /** With a worker for as long. */
  withWorker<T>(work: () => Promise<T>): Promise<T>;
}

export type ErasureWorld = Awaited<ReturnType<typeof erasureWorld>>;

export async function erasureWorld(config: Config, { withWorker }: WorldDeps) {
  const { region, generation, partitions, blockSize } = config;
  const log = silentLog();
  const store = openObjectStore(config);
  await store.ensureBucket();
  const kafka = openKafka(config, log);
  await ensureTopics(kafka, topicPlanOf(config));
  const { lake, duckdb, close: closeLake } = await openLake(config, log);
  await lake.ensureTables();
  const views = createViewRepository({ store, region });
  const temporal = createTemporal(config.temporal);
  const refreshes = createRefreshes({ temporal, region });
  const erasures = openErasures(config, { temporal, store });
  const tombstones = createErasureStore(store, region, createErasureSecret(config.erasure.key!));
  const keyed = openKeyedViews(config, { duckdb, scratchDir: `${config.dataDir}/kept` });
  const profiles = openProfileReader(config);
  const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  let lane: LiveLane | undefined;

  async function settled(): Promise<void> {
    await until(
      async () => {
        lane?.check();
        if (!(await hasRead(config, kafka, 'extract', ['raw-events']))) return false;
        for (const { name, topics } of behaviourFolds(config))
          if (!(await hasRead(config, kafka, name, topics))) return false;
        return isSunk(config, kafka, lake, SUNK);
      },
      MOST_MS,
      500,
    );
  }

  async function send(events: readonly { readonly profileId: string }[]): Promise<void> {
    const messages = events.map((event) => ({
      key: event.profileId,
      partition: partitionOfKey(event.profileId, partitions),
      value: Buffer.from(JSON.stringify(event)),
    }));
    await producer.send([{ topic: topicName(region, generation, 'raw-events'), messages }]);
    await settled();
  }

  /** Whole blocks, so that the cut of the next count is past all that there is. */
  async function fillBlocks(seed: number): Promise<void> {
    const fillers = Array.from({ length: partitions }, (_, partition) => fillerOf(partition, partitions));
    const events: { profileId: string }[] = [];
    for (const topic of CUT)
      for (const { partition, end } of await logBounds(kafka, topicName(region, generation, topic)))
        for (let n = end; n % blockSize !== 0; n += 1)
          events.push({
            ...{ eventId: `fill-${seed}-${topic}-${partition}-${n}`, eventTime: Date.now() - 60_000 },
            ...{ profileId: fillers[partition]!, country: 'SE', titleId: 't1' },
            ...(topic === 'plays' ? { kind: 'play_start' } : { kind: 'impression', row: 'home', rank: 1 }),
          });
    if (events.length > 0) await send(events);
  }

  /** Rows made ahead for everybody, wherever rows of the view are kept. */
  async function publishRows(): Promise<void> {
    const rows = PROFILES.length;
    const columns = {
      profile_id: { type: 'VARCHAR', values: PROFILES },
      row: { type: 'VARCHAR', values: PROFILES.map(() => 'top-picks') },
      rank: { type: 'INTEGER', values: new Int32Array(rows).fill(1) },
      title_id: { type: 'VARCHAR', values: PROFILES.map(() => 't1') },
      score: { type: 'FLOAT', values: new Float32Array(rows) },
    } as const;
    const tables = [{ name: 'rows-00000', rows, columns }];
    const version = await publishTables(views, duckdb, PROFILE_ROWS_VIEW, tables, { region });
    const stored = await views.fetchManifest(PROFILE_ROWS_VIEW, version);
    await keyed.versions[PROFILE_ROWS_VIEW]?.put(stored, (part) =>
      views.readPart(PROFILE_ROWS_VIEW, version, part),
    );
  }

  /** By part of the current version of popularity, its checksum. */
  async function countedParts(): Promise<Record<string, string>> {
    const { version } = (await views.readPointer(POPULARITY))!;
    const { parts } = await views.readManifest(POPULARITY, version);
    return Object.fromEntries(parts.map(({ name, sha256 }) => [name, sha256]));
  }

  async function ask(sql: string): Promise<unknown[][]> {
    const { rowCount, columns } = await lake.read((connection) => connection.query(sql));
    return Array.from({ length: rowCount }, (_, row) =>
      Object.values(columns).map(({ values }) => values[row]),
    );
  }

  return {
    ...{ config, erasures, tombstones, lake, kafka, views, settled, ask },

    /** The lane begins, and there is something of everybody everywhere. */
    async live(): Promise<void> {
      lane = await startLane(config, [startSink, startExtract, startBehaviour]);
    },

    async stood(profile: string, seed = Number(/\d+/.exec(profile)?.[0])): Promise<Stood> {
      const events = profileEvents({ seed: 100 + seed, count: EVENTS, now: Date.now() });
      const broken = { ...events.find((event) => event.profileId === profile)!, eventTime: -1 };
      await send([...events.map((event) => ({ ...event, sessionId: `session-${event.profileId}` })), broken]);
      await fillBlocks(seed);
      await publishRows();
      await withWorker(() => refreshes.refresh(POPULARITY));
      const snapshots: Record<string, string> = {};
      for (const table of HELD) snapshots[table] = (await digestOf(table, `'${profile}'`)) ?? '';
      return { profile, snapshots, parts: await countedParts() };
    },

    faultsOf(report: ErasureReport): string[] {
      const faults = report.audit.findings.map(({ place, found, as }) => `${place}: ${found} as ${as}`);
      if (report.outcome !== 'done') faults.push(`it ended ${report.outcome}`);
      if (report.versionsReplaced < 1) faults.push(`${report.versionsReplaced} versions were replaced`);
      return faults;
    },

    /** Rows of others, and what is counted; and what is still known of the profile, looked at by others than the audit. */
    async movedSince({ profile, snapshots, parts }: Stood, id: string): Promise<string[]> {
      const moved: string[] = [];
      const tombstone = await tombstones.tombstone(id);
      if (tombstone === undefined) return ['there is no tombstone'];
      const mine = `'${profile}', '${tombstone.surrogate}'`;
      for (const table of HELD) {
        const named = `SELECT count(*)::INTEGER FROM ${lake.reference(table)} WHERE profile_id = '${profile}'`;
        const [[rows] = []] = await ask(named);
        if (rows !== 0) moved.push(`${String(rows)} rows of ${table} still name it`);
      }
      for (const table of HELD)
        if ((await digestOf(table, mine)) !== snapshots[table]) moved.push(`rows of others in ${table}`);
      await withWorker(() => refreshes.refresh(POPULARITY));
      const counted = await countedParts();
      for (const [name, sha256] of Object.entries(parts))
        if (counted[name] !== sha256) moved.push(`what popularity says in ${name}`);
      const { version } = (await views.readPointer(PROFILE_ROWS_VIEW))!;
      const rows = keyed.versions[PROFILE_ROWS_VIEW];
      for (const one of (await rows?.versions(PROFILE_ROWS_VIEW)) ?? []) {
        const opened = await rows!.open(PROFILE_ROWS_VIEW, one);
        if ((await opened.find(profile)).length > 0) moved.push(`rows by key of version ${one} hold it`);
        if (one === version && (await opened.find('profile-39')).length !== 1)
          moved.push('rows of others by key');
      }
      if (rows !== undefined && !(await rows.versions(PROFILE_ROWS_VIEW)).includes(version))
        moved.push(`version ${version} has no rows by key`);
      if ((await profiles.watchingOf(profile as never)) !== undefined)
        moved.push('its state is still served');
      if ((await profiles.watchingOf('profile-39' as never)) === undefined)
        moved.push('state of others is gone');
      return moved;
    },

    async close(): Promise<void> {
      await lane?.stop();
      await producer.close();
      await profiles.close();
      await keyed.close();
      await temporal.close();
      await closeLake();
      await kafka.close();
      store.close();
    },
  };

  /** What the rows of others are, and how many rows there are in all. */
  async function digestOf(table: (typeof HELD)[number], mine: string): Promise<string | undefined> {
    const found = await ask(
      `SELECT CAST(sum(CAST(hash(one) AS HUGEINT)) FILTER (WHERE one.profile_id NOT IN (${mine})) AS VARCHAR)
        || '/' || count(*) FROM (SELECT * FROM ${lake.reference(table)}) AS one`,
    );
    return found[0]?.[0] as string | undefined;
  }
}

/** A profile of nobody, whose events go to this partition. */
function fillerOf(partition: number, partitions: number): string {
  for (let n = 0; ; n += 1) {
    const name = `filler-${n}`;
    if (partitionOfKey(name, partitions) === partition) return name;
  }
}
