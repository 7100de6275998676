import { mkdir } from 'node:fs/promises';
import type { Column, Manifest } from '../../domain/manifest.ts';
import type { ComputePlan, RefreshMode } from '../../domain/publishing.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { LocalPart } from '../parts.ts';
import { recentFrom, type BaseParts } from './base.ts';
import { countSlice } from './count-slice.ts';
import { layOver } from './lay-over.ts';
import { planPopularity, type LogShape } from './plan.ts';
import { decideRefresh, type Current } from './refresh-mode.ts';
import { ALL } from './slice.ts';
import { dropTables, writeParts, type WriteOptions } from './write-parts.ts';

export { RECENT_MS, recentFrom } from './base.ts';

export interface ComputeOptions {
  /** Folder for the part files; made when it is not there. */
  readonly outDir: string;
  /** The time the version is of: `recent` begins 49 hours before it. */
  readonly asOf: EpochMs;
  /** Called as the work goes on, with what comes next. */
  readonly onProgress?: (step: string) => void;
}

export interface PopularityParts {
  readonly parts: readonly LocalPart[];
  readonly schema: readonly Column[];
  readonly rowCounts: Readonly<Record<string, number>>;
  /** Sums over all titles. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A version that only what is new is counted over. */
export interface IncrementalBase extends BaseParts {
  readonly manifest: Pick<Manifest, 'cut' | 'asOf'>;
  readonly mode: RefreshMode & { readonly kind: 'incremental' };
}

/**
 * The view `popularity`, in Parquet parts. `totals` by title and country, `recent` by five-minute bucket and `hours`
 * by hour of event time (-1 for events out of every window) hold every measure, raw and capped, all BIGINT. `rows` holds
 * impressions by title, row and hour; `distinct` the registers of who started a title, by hour. Hours that are settled
 * (base.ts) stand in `hours-settled`, `rows-settled` and `distinct-settled`, which most refreshes take over as they are.
 */
export interface PopularityJob {
  /** Takes snapshots and cut; retryable, the result is plain data. */
  plan(): Promise<ComputePlan>;
  /** Whether the current version can be gone on from, and why; `codeVersion` and `asOf` are those of the new one. */
  mode(plan: ComputePlan, parent: Manifest | null, current: Current): Promise<RefreshMode>;
  /** Writes the parts. The same plan and `asOf` give the same bytes, with a base or without. */
  compute(plan: ComputePlan, options: ComputeOptions, base?: IncrementalBase): Promise<PopularityParts>;
}

export function createPopularityJob({ lake, log }: { lake: DuckDbLake; log: LogShape }): PopularityJob {
  return {
    plan: () => planPopularity(lake, log),
    mode: (plan, parent, current) => decideRefresh(lake, plan, parent, current),
    async compute(plan, options, base) {
      await mkdir(options.outDir, { recursive: true });
      return lake.read(async (connection) => {
        await dropTables(connection);
        const written = await writeParts(connection, await count(connection, lake, plan, options, base));
        await dropTables(connection);
        return written;
      });
    },
  };
}

/** Leaves the counted tables; the result says how parts are written from them. */
async function count(
  connection: DuckDbConnection,
  lake: Pick<DuckDbLake, 'reference'>,
  plan: ComputePlan,
  options: ComputeOptions,
  base: IncrementalBase | undefined,
): Promise<WriteOptions> {
  options.onProgress?.('counting');
  const fromBucket = recentFrom(options.asOf);
  if (base === undefined) {
    await countSlice(connection, { plan, slice: ALL, fromBucket }, lake.reference);
    return options;
  }
  const { hours, appendedFromMs } = base.mode;
  const slice = { kind: 'since', cut: base.manifest.cut, hours, appendedFromMs } as const;
  await countSlice(connection, { plan, slice, fromBucket }, lake.reference);
  options.onProgress?.('laying over');
  return { ...options, settledOf: await layOver(connection, base, hours, options.asOf) };
}
