import { mkdir } from 'node:fs/promises';
import type { Column, Manifest } from '../../domain/manifest.ts';
import type { ComputePlan, RefreshMode } from '../../domain/publishing.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { LocalPart } from '../parts.ts';
import { basePartsSql, partNamesOf, type BaseParts } from './base.ts';
import { dropLog, logSlice } from './log-slice.ts';
import { planPopularity, type LogShape } from './plan.ts';
import { decideRefresh, type Current } from './refresh-mode.ts';
import { recountedOf, touches } from './recounted.ts';
import { ALL } from './slice.ts';
import { writeVersion } from './write-version.ts';

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
  readonly manifest: Pick<Manifest, 'cut' | 'asOf' | 'parts'>;
  readonly mode: RefreshMode & { readonly kind: 'incremental' };
}

/**
 * The view `popularity`, in Parquet parts. `totals` by title and country, `recent` by five-minute bucket and `hours-…` by
 * hour of event time (-1 for events out of every window) hold every measure, raw and capped, all BIGINT. `rows-…` hold
 * impressions by title, row and hour; `distinct-…` the registers of who started a title, by hour. Of these three there is
 * a part for each span of append days (spans.ts): they add up, or unite, to the whole.
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
        const written = await write(connection, lake, plan, options, base);
        await dropLog(connection);
        return written;
      });
    },
  };
}

async function write(
  connection: DuckDbConnection,
  lake: Pick<DuckDbLake, 'reference'>,
  plan: ComputePlan,
  options: ComputeOptions,
  base: IncrementalBase | undefined,
): Promise<PopularityParts> {
  options.onProgress?.('counting');
  if (base === undefined) {
    const days = await logSlice(connection, { plan, slice: ALL }, lake.reference);
    return writeVersion(connection, options, days);
  }
  const { manifest, mode } = base;
  const { appendedFromMs } = mode;
  const recounted = recountedOf(mode.days, options.asOf);
  const slice = { kind: 'since', cut: manifest.cut, recounted, appendedFromMs } as const;
  const days = await logSlice(connection, { plan, slice, named: namesOf(base) }, lake.reference);
  return writeVersion(connection, options, days, {
    parts: base,
    listed: { parts: manifest.parts, asOf: Date.parse(manifest.asOf) },
    keeps: (span) => !touches(recounted, span),
    addsTotals: mode.days.length === 0,
    addsRecent: recounted.fromDay === Infinity,
  });
}

/** Where names are found that the parts of a version have. */
export function namesOf(base: BaseParts): string[] {
  const rows = partNamesOf('row_hours', base);
  return [
    `SELECT title_id, country FROM ${basePartsSql(base, ['totals'])}`,
    ...(rows.length === 0 ? [] : [`SELECT "row" FROM ${basePartsSql(base, rows)}`]),
  ];
}
