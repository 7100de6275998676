/** Real activities without a server: views in memory, the lake in DuckDB's own tables. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActivityDeps } from '../../activities/activities.ts';
import { createRangeJob } from '../../batch/backfill/range-job.ts';
import { createDeclaredFolder } from '../../batch/declared/folder.ts';
import { createDeclaredJob } from '../../batch/declared/job.ts';
import { evaluateCandidate } from '../../batch/evaluation/candidate.ts';
import { MODELS } from '../../batch/models/models.ts';
import { createPerformanceJob } from '../../batch/performance/job.ts';
import { createPopularityJob } from '../../batch/popularity/job.ts';
import { createTrainingJob } from '../../batch/training/job.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import { generation, region } from '../../domain/ids.ts';
import { viewName, type Pointer } from '../../domain/views.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { createRetention } from '../../infra/hermes/retention.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { createWorkingPlaces } from '../../infra/object-store/working-places.ts';
import { createNoticeWorld } from './notice-world.ts';
import { LOG_START, partitionRows } from './clean-rows.ts';
import { createTableLake } from './table-lake.ts';

export const POPULARITY = viewName('popularity');
const BLOCK = 16;

export type ActivityWorld = Awaited<ReturnType<typeof createActivityWorld>>;

export async function createActivityWorld(name = 'test') {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  const lake = await createTableLake(duckdb);
  const log = { generation: generation('g1'), partitions: 1, blockSize: BLOCK };
  const announced: Pointer[] = [];
  const store = createMemoryObjectStore();
  const views = createViewRepository({ store, region: region(name) });
  const notices = createNoticeWorld(store, region(name));
  const deps: ActivityDeps = {
    notices: notices.deps,
    declared: { folder: createDeclaredFolder(undefined, []), job: createDeclaredJob({ lake }) },
    views,
    popularity: createPopularityJob({ lake, log }),
    counting: { eventsPerPiece: 1_000_000, maxPieces: 4, window: 2 },
    ranges: createRangeJob({ lake }),
    performance: createPerformanceJob({ lake }),
    training: {
      job: createTrainingJob({ lake }),
      models: MODELS,
      evaluate: evaluateCandidate,
      settings: { seed: 1, threads: 0, entriesPerShard: 1000, maxShards: 4, window: 2 },
    },
    precompute: { model: 'popularity', shards: 2, window: 2, length: 10, intervalMs: 0 },
    places: createWorkingPlaces({ store, region: region(name) }),
    sweep: { keepMs: 1000 },
    retention: createRetention({ store, region: region(name), views, rules: { keep: 1 } }),
    duckdb,
    sideInputs: {},
    validate: async () => null,
    announce: async (pointer) => void announced.push(pointer),
    region: region(name),
    generation: log.generation,
    codeVersion: 'test/1',
    workDir: mkdtempSync(join(tmpdir(), 'marquee-activities-')),
  };
  let next = 0;
  return {
    deps,
    lake,
    views,
    announced,
    /** What was told, on the topic. */
    told: notices.told,
    /** Appends play starts, one a minute; whole blocks of 16 are below the cut. */
    async appendPlays(count: number, titleId = 't1'): Promise<void> {
      const records = playStarts(next, count, titleId);
      await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, records, { from: next })]);
      next += count;
    },
    overwrite: async (key: string, text: string): Promise<void> => {
      await store.put(key, Buffer.from(text));
    },
    /** A correction of the lake. */
    deletePlays: (where: string): Promise<void> =>
      lake.read((connection) => connection.run(`DELETE FROM ${lake.reference('plays')} WHERE ${where}`)),
    /** A computation that ends only by being cancelled, and when it has begun. */
    endless(): { started: Promise<void>; popularity: ActivityDeps['popularity'] } {
      const { promise: started, resolve } = Promise.withResolvers<void>();
      const compute: ActivityDeps['popularity']['compute'] = async (_plan, options) => {
        resolve();
        for (;;) {
          options.onProgress?.('still at it');
          await new Promise((tick) => setTimeout(tick, 20));
        }
      };
      return { started, popularity: { ...deps.popularity, compute } };
    },
    close: () => duckdb.close(),
  };
}

/** Plays of 24 profiles of two tastes, so that there is something to learn: even ones watch even titles of 12. */
export function tastePlays(count: number): CleanRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const [profile, nth] = [i % 24, Math.floor(i / 24)];
    return playStarts(i, 1, `t${(2 * ((profile >> 1) + nth) + profile) % 12}`, `p${profile}`);
  }).flat();
}

/** Plays begun in Germany from `LOG_START` on, the nth in the nth minute. */
export function playStarts(from: number, count: number, titleId: string, profileId = 'p'): CleanRecord[] {
  return Array.from({ length: count }, (_, i) => {
    const eventTime = LOG_START + (from + i) * 60_000;
    const eventId = `${profileId}-${from + i}`;
    const event = { kind: 'play_start', eventId, profileId, eventTime, titleId, country: 'DE' };
    return { rawOffset: 0, appendTime: eventTime, timeStatus: 'ok', event } as unknown as CleanRecord;
  });
}
