import { mkdir } from 'node:fs/promises';
import type { BackfillDiff, HourRange } from '../../domain/backfill.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { HOUR_MS } from '../../domain/time.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { basePartsSql, partNamesOf, type BaseParts } from '../popularity/base.ts';
import { buildCells, dropCells, hourlySql } from '../popularity/cells.ts';
import { namesOf, type ComputeOptions, type PopularityParts } from '../popularity/job.ts';
import { readSlice } from '../popularity/long-slice.ts';
import { sumMeasuresSql } from '../popularity/measure-columns.ts';
import { EVENTS_AT_ONCE } from '../popularity/pieces.ts';
import { BACKFILLED } from '../popularity/refresh-mode.ts';
import { writeVersion } from '../popularity/write-version.ts';
import { diffOf } from './diff.ts';

export type { BaseParts } from '../popularity/base.ts';

/**
 * Counts a range of hours of event time anew and lays it over a published version. `plan` holds the snapshots to read
 * and the base's own cut, so that the outcome joins the speed view where the base did. Events whose time was judged
 * future or old are in no hour and stay as the base has them. So do caps and proofs of the hours after the range, though
 * what is counted anew may have used some of them up: a full refresh settles those.
 */
export interface RangeJob {
  /** What counting the range anew would change in the part `hours`. */
  diff(base: BaseParts, plan: ComputePlan, range: HourRange): Promise<BackfillDiff>;
  /** Writes the parts of the version that has the range counted anew, and all else as in the base. */
  compute(
    base: BaseParts,
    plan: ComputePlan,
    range: HourRange,
    options: ComputeOptions,
  ): Promise<PopularityParts>;
}

export function createRangeJob({
  lake,
  eventsAtOnce = EVENTS_AT_ONCE,
}: {
  readonly lake: DuckDbLake;
  /** Default EVENTS_AT_ONCE. */
  readonly eventsAtOnce?: number;
}): RangeJob {
  return {
    diff: (base, plan, range) =>
      lake.read(async (connection) => {
        await buildCells(connection, plan, lake.reference, range);
        const inRange = `hour >= ${range.fromMs / HOUR_MS} AND hour < ${range.toMs / HOUR_MS}`;
        await connection.run(`
          CREATE OR REPLACE TEMP VIEW hours_before AS SELECT title_id, country, hour, ${sumMeasuresSql()}
            FROM ${basePartsSql(base, partNamesOf('hours', base))} WHERE ${inRange} GROUP BY ALL;
          CREATE OR REPLACE TEMP TABLE hours_after AS ${hourlySql('hours')}`);
        const diff = await diffOf(connection);
        await connection.run('DROP VIEW hours_before; DROP TABLE hours_after');
        await dropCells(connection);
        return diff;
      }),
    async compute(base, plan, range, options) {
      await mkdir(options.outDir, { recursive: true });
      options.onProgress?.('counting');
      const order = { plan, slice: { kind: 'happened', ...range } as const, named: namesOf(base) };
      const logged = await readSlice(lake, order, eventsAtOnce);
      const staying = (hour: string): string =>
        `(${hour} < ${range.fromMs / HOUR_MS} OR ${hour} >= ${range.toMs / HOUR_MS})`;
      const written = await writeVersion(lake.use, options, logged, {
        ...{ parts: base, staying, addsTotals: false },
        keeps: () => true,
      });
      const hours = (range.toMs - range.fromMs) / HOUR_MS;
      return { ...written, metrics: { ...written.metrics, [BACKFILLED]: hours } };
    },
  };
}
