/** Activities of backfills of events: fold shards anew, look the shadow over, lay it over the lake. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventsJob } from '../batch/backfill/events-job.ts';
import type { Shadow } from '../batch/backfill/overlay.ts';
import type { RawEvent } from '../batch/backfill/refill.ts';
import type { DerivedChange } from '../domain/backfills/derived-words.ts';
import type { EventsOrder } from '../domain/backfills/order.ts';
import {
  addCounts,
  NO_COUNTS,
  type EventsDiff,
  type EventsPlan,
  type Redriven,
  type ShadowAudit,
  type ShardCounts,
  type Swapped,
} from '../domain/backfills/run.ts';
import { MarqueeError } from '../domain/errors.ts';
import type { CutVector } from '../domain/manifest.ts';
import { excluding, parityOver } from '../domain/parity/state.ts';
import type { TouchedBlocks } from '../domain/parity/exclusions.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../domain/topics.ts';
import { viewName } from '../domain/views.ts';
import type { FoldedShard, FoldOrder } from '../streaming/replay/fold-shard.ts';
import type { ActivityDeps } from './deps.ts';
import { endIfCancelled, report, reportShare } from './guard.ts';
import { fetchVersion } from './local-version.ts';
import { withWorkFolder } from './work-folder.ts';

/** What backfills of events need beside views and working places. */
export interface EventBackfills {
  readonly job: EventsJob;
  /** Folds a shard by the live lane's fold, looking things up in these versions of views. */
  readonly fold: (order: Omit<FoldOrder, 'lookups'>, versions: EventsPlan['lookups']) => Promise<FoldedShard>;
  /** Works out anew what is derived from the events that a shadow changes, and tells what that comes to. LOG_UNAVAILABLE, GENERATION_REFUSED. */
  readonly derive: (order: DeriveOrder) => Promise<readonly DerivedChange[]>;
  /** Versions of the views that enrichment looks in, as they are announced now. */
  readonly currentLookups: () => Promise<EventsPlan['lookups']>;
  /** The lowest cut that may be served; null before the first version. */
  readonly ceiling: () => Promise<CutVector | null>;
  /** Appends raw events to their partitions again, each as standing for itself. Throws LOG_UNAVAILABLE. */
  readonly send: (events: readonly RawEvent[]) => Promise<void>;
  readonly blockSize: number;
  /** How long a fill waits for what it sent to be in the lake, and looks every so often. */
  readonly landing: { readonly mostMs: number; readonly everyMs: number };
}

/** A shadow, before it is laid over the lake or after that. */
export interface DeriveOrder extends Shadow {
  /** For histories of profiles, which are removed. */
  readonly dir: string;
  /** Whether nothing is sent. */
  readonly isDryRun: boolean;
  /** Called now and then; throws to end it. */
  readonly onProgress: () => void;
}

export interface EventsRun {
  readonly order: EventsOrder;
  /** Names the working place. */
  readonly work: string;
  /** ISO instant of which the run is: the same for every try. */
  readonly asOf: string;
}

export interface EventsRunOf extends EventsRun {
  readonly plan: EventsPlan;
}

/** What a shard left in the working place. */
interface ShardFile {
  readonly counts: ShardCounts;
  readonly tables: readonly CleanTopic[];
}

type FetchedShadow = Pick<Shadow, 'files' | 'folded'> & { readonly counts: ShardCounts };

const POPULARITY_VIEW = viewName('popularity');
/** Raw events read and sent at a time. */
const SENT_AT_ONCE = 500;
/** Views that read the clean tables, and when they follow what they say. */
const FOLLOWING = [
  { view: 'row-performance', follows: 'counted anew every hour' },
  { view: 'item-factors, item-weights, neighbours, clusters', follows: 'the next training' },
] as const;

export function createBackfilling(deps: ActivityDeps) {
  const { views, places, workDir, region, popularity, parity } = deps;
  const backfills = (): EventBackfills => {
    if (deps.backfills !== undefined) return deps.backfills;
    throw new MarqueeError('INTERNAL', { reason: 'this worker does no backfills of events' });
  };

  async function shardFile(work: string, shard: number): Promise<ShardFile> {
    const found = await places.open(work).get(`shards/${shard}`);
    if (found === undefined)
      throw new MarqueeError('INTERNAL', { reason: `shard ${shard} of ${work} was not folded` });
    return JSON.parse(new TextDecoder().decode(found)) as ShardFile;
  }

  /** The whole shadow on local disk, and what the shards counted; it is no more where an earlier run laid it over the lake. */
  async function fetchShadow({ order, work, plan }: EventsRunOf, dir: string): Promise<FetchedShadow> {
    if (order.derives !== undefined) return { counts: NO_COUNTS, files: {}, folded: plan.shards };
    const files: Partial<Record<CleanTopic, string[]>> = {};
    let counts = NO_COUNTS;
    for (const shard of plan.shards.keys()) {
      const { counts: more, tables } = await shardFile(work, shard);
      counts = addCounts(counts, more);
      for (const topic of tables) {
        const bytes = await places.open(work).get(shadowName(topic, shard));
        if (bytes === undefined)
          throw new MarqueeError('INTERNAL', { reason: `the shadow of shard ${shard} is gone` });
        const path = join(dir, `${topic}-${shard}.parquet`);
        await writeFile(path, bytes);
        files[topic] = [...(files[topic] ?? []), path];
      }
      endIfCancelled();
    }
    return { counts, files };
  }

  const withShadow = <T>(
    run: EventsRunOf,
    work: (shadow: FetchedShadow & { asOf: number; dir: string }) => Promise<T>,
  ): Promise<T> =>
    withWorkFolder(workDir, async (dir) =>
      work({ ...(await fetchShadow(run, dir)), asOf: Date.parse(run.asOf), dir }),
    );

  const derive = (
    run: EventsRunOf,
    shadow: Pick<DeriveOrder, 'files' | 'folded' | 'asOf' | 'dir'>,
    isDryRun: boolean,
  ): Promise<readonly DerivedChange[]> =>
    backfills().derive({ ...run, ...shadow, isDryRun, onProgress: () => report({}) });

  return {
    /** Names snapshots and cuts the log into shards. BACKFILL_ORDER_INVALID, BACKFILL_ABOVE_CUT. */
    async planEvents({ order, asOf }: EventsRun): Promise<EventsPlan> {
      const { job, ceiling, currentLookups } = backfills();
      const lookups = order.answers === 'current' ? await currentLookups() : {};
      const { generation } = deps;
      return job.plan({ order, generation, ceiling: await ceiling(), asOf: Date.parse(asOf), lookups });
    },

    /** Folds a shard anew and leaves what it would change in the working place. */
    foldShard: ({ order, work, plan, shard }: EventsRunOf & { shard: number }): Promise<ShardCounts> =>
      withWorkFolder(workDir, async (dir) => {
        const { job, fold } = backfills();
        const raw = plan.shards[shard]!;
        const { generation, inputs, lookups } = plan;
        const folded = await fold({ generation, inputs, shard: raw, onProgress: () => report({}) }, lookups);
        await mkdir(dir, { recursive: true });
        const { counts, parts } = await job.shadow({ order, plan, shard: raw, folded, region, dir });
        const place = places.open(work);
        for (const { topic, path } of parts) await place.put(shadowName(topic, shard), await readFile(path));
        const file: ShardFile = { counts, tables: parts.map(({ topic }) => topic) };
        await place.put(`shards/${shard}`, new TextEncoder().encode(JSON.stringify(file)));
        return counts;
      }),

    /** Looks the whole shadow over, against the lake as it is now. */
    auditShadow: (run: EventsRunOf): Promise<ShadowAudit> =>
      withShadow(run, async (shadow) => {
        const { job, ceiling, blockSize } = backfills();
        return job.audit({ ...run, ...shadow, ceiling: await ceiling(), blockSize });
      }),

    /** What the views that count would say otherwise. */
    diffShadow: (run: EventsRunOf): Promise<EventsDiff> =>
      withShadow(run, async (shadow) => {
        const following = CLEAN_TOPICS.some((topic) => shadow.files[topic] !== undefined) ? FOLLOWING : [];
        const leaves = await backfills().job.leaves({ ...run, ...shadow });
        const derived = await derive(run, shadow, true);
        const pointer = await views.readPointer(POPULARITY_VIEW);
        // Laid over the lake by an earlier run, it has been counted since.
        if (!pointer || run.order.derives !== undefined) return { views: [], following, leaves, derived };
        return withWorkFolder(workDir, async (dir) => {
          const base = await fetchVersion(deps, POPULARITY_VIEW, pointer.version, dir);
          const { cut, blockSize, generation } = base.manifest;
          const { inputs } = await popularity.plan();
          const counting = { inputs, cut, blockSize, generation };
          const diff = await backfills().job.diff({ ...run, ...shadow, base, counting });
          return {
            views: [{ view: POPULARITY_VIEW, base: pointer.version, ...diff }],
            following,
            leaves,
            derived,
          };
        });
      }),

    /**
     * Blocks in which the lanes will differ on purpose are not compared from now on. The last step before anything is changed:
     * throws GENERATION_REFUSED where they are of another generation than the one in use.
     */
    async excludeBlocks({ name, touched }: { name: string; touched: TouchedBlocks }): Promise<void> {
      const { generation } = touched;
      const reason = `processes are in ${deps.generation} by now`;
      if (generation !== deps.generation)
        throw new MarqueeError('GENERATION_REFUSED', { generation, wanted: 'put right', reason });
      if (touched.blocks.length === 0) return;
      await parity?.store.update((state) =>
        excluding(parityOver(state, parity.log), { name, kind: 'backfill', touched }),
      );
    },

    /** Lays the shadow over the lake. Done already, nothing is done. */
    swapShadow: (run: EventsRunOf): Promise<Swapped> =>
      withShadow(run, (shadow) => backfills().job.swap({ ...run, ...shadow })),

    /** Says anew, under the same keys, what the live lane's folds say otherwise of the events as they are now. */
    correctDerived: (run: EventsRunOf): Promise<readonly DerivedChange[]> =>
      withShadow(run, (shadow) => derive(run, shadow, false)),

    /** Sends what never became a clean record through the log again; what has landed by then is left out. */
    redriveEvents: (run: EventsRunOf): Promise<{ sent: number }> =>
      withShadow(run, async (shadow) => {
        const { job, send } = backfills();
        const places = await job.unlanded({ ...run, ...shadow });
        let sent = 0;
        for (const partition of new Set(places.map((place) => place.partition))) {
          const offsets = places.filter((place) => place.partition === partition).map(({ offset }) => offset);
          for (let from = 0; from < offsets.length; from += SENT_AT_ONCE) {
            const events = await job.readRaw(run.plan, partition, offsets.slice(from, from + SENT_AT_ONCE));
            await send(events);
            sent += events.length;
            reportShare(sent / places.length);
          }
        }
        return { sent };
      }),

    /** Waits, for so long, until what was sent is in the lake. */
    awaitLanding: (run: EventsRunOf): Promise<Redriven> =>
      withShadow(run, async (shadow) => {
        const { job, landing } = backfills();
        const total = shadow.counts.missing;
        for (let waitedMs = 0; ; waitedMs += landing.everyMs) {
          const left = await job.unlanded({ ...run, ...shadow });
          const redriven = { sent: total, landed: total - left.length };
          if (left.length === 0 || waitedMs >= landing.mostMs) return redriven;
          reportShare(redriven.landed / Math.max(1, total));
          await sleep(landing.everyMs);
        }
      }),
  };
}

const shadowName = (topic: CleanTopic, shard: number): string => `shadow/${topic}/${shard}.parquet`;
