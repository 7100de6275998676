/** A region of its own on real servers, with workers that are killed, and what its works look into afterwards. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../../infra/config.ts';
import { openLake, openObjectStore, type OpenLake } from '../../../infra/connections.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { createTemporal, type Temporal } from '../../../infra/temporal/client.ts';
import { until } from '../../support/until.ts';
import { spawnWorker, type Doom, type DoomedWorker } from './doomed.ts';

/** A run in which a dozen workers are killed, on a busy machine. */
export const MOST_MS = 900_000;
const POLL_MS = 100;
/** Where the source of ranking policies lies, in the region's folder. */
export const POLICY_SOURCE = 'policy.ndjson';

export interface KillRegion {
  readonly config: Config;
  /** Where sources and state lie. */
  readonly folder: string;
  readonly temporal: Temporal;
  readonly store: S3ObjectStore;
  readonly views: ViewRepository;
  readonly lake: OpenLake['lake'];
  readonly duckdb: OpenLake['duckdb'];
  spawn(doom?: Partial<Doom>): DoomedWorker;
  /** With a worker that lives for as long. */
  withWorker<T>(work: () => Promise<T>): Promise<T>;
  /** All that runs in this region, children and what goes on behind a result too. */
  settled(): Promise<void>;
  /** For workers begun from now on. */
  forWorkers(told: { readonly aheadMs?: number; readonly env?: Readonly<Record<string, string>> }): void;
  /** Of working places, whatever is left in them. */
  leftovers(): Promise<string[]>;
  close(): Promise<void>;
}

export interface RegionPlace {
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly folder: string;
}

export async function openRegion(
  name: string,
  settings: Readonly<Record<string, string>>,
  { environment, region, folder: root }: RegionPlace,
): Promise<KillRegion> {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const env = {
    ...environment,
    ...{ MARQUEE_REGION: region, MARQUEE_DATA_DIR: folder, MARQUEE_LOG_LEVEL: 'silent' },
    ...{ MARQUEE_BLOCK_SIZE: '16', MARQUEE_PARTITIONS: '1', WORKER_METRICS_PORT: '0' },
    ...{ DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256', CASSANDRA_KEYSPACE: keyspaceOf(region) },
    MARQUEE_RANKING_POLICY_SOURCE: join(folder, POLICY_SOURCE),
    ...settings,
  };
  const config = loadConfig(env);
  const temporal = createTemporal(config.temporal);
  const store = openObjectStore(config);
  const { lake, duckdb, close: closeLake } = await openLake(config, silentLog());
  await store.ensureBucket();
  await lake.ensureTables();
  const workers = new Set<DoomedWorker>();
  let [aheadMs, more]: [number, Readonly<Record<string, string>>] = [0, {}];

  function spawn(doom: Partial<Doom> = {}): DoomedWorker {
    const worker = spawnWorker({ ...env, ...more }, { ...doom, aheadMs });
    workers.add(worker);
    void worker.killedAt.finally(() => workers.delete(worker));
    return worker;
  }

  const query = `TaskQueue = '${config.temporal.taskQueue}' AND ExecutionStatus = 'Running'`;
  async function runs(): Promise<number> {
    const request = { namespace: config.temporal.namespace, query };
    const { count } = await temporal.client.workflowService.countWorkflowExecutions(request);
    return count.toNumber();
  }

  return {
    ...{ config, folder, temporal, store, lake, duckdb, spawn },
    views: createViewRepository({ store, region: config.region }),
    async withWorker(work) {
      const worker = spawn();
      try {
        return await work();
      } finally {
        await worker.end();
      }
    },
    settled: () => until(async () => (await runs()) === 0, MOST_MS, POLL_MS),
    forWorkers(told) {
      aheadMs = told.aheadMs ?? aheadMs;
      more = told.env ?? more;
    },
    leftovers: async () => (await store.list(`${config.region}/work/`)).map(({ key }) => `left over: ${key}`),
    async close() {
      for (const worker of workers) await worker.end();
      await temporal.close();
      await closeLake();
      store.close();
    },
  };
}

const keyspaceOf = (region: string): string => region.replaceAll('-', '_').slice(0, 48);
