import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { LAKE_STEPS, sumCare, type LakeCareRequest, type LakeCareResult } from '../domain/lake-care.ts';
import { heavy } from './activity-proxies.ts';
import { reasonOf } from './failures.ts';

type Line = Parameters<typeof sumCare>[0][number];

/** Commits of one table in a night; what is left then is for the next. */
const MOST_COMMITS = 20;

/**
 * Tags, compaction, expiry and orphans of the lake's tables, in this order. What fails on one table keeps no other from
 * its care; begun again after a loss at any point, it goes on with what is left.
 */
export async function careForLake(request: LakeCareRequest = {}): Promise<LakeCareResult> {
  const { steps = LAKE_STEPS, dryRun = false } = request;
  const asOf = workflowInfo().startTime.toISOString();
  const lines: Line[] = [];
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (isCancellation(error)) throw error;
      failures.push(`${what}: ${reasonOf(error)}`);
    }
  };

  const tables = await heavy.lakeTables({ tables: request.tables });
  const order = { tables, asOf, dryRun };
  if (steps.includes('tags'))
    await attempt('tags', async () => void lines.push(...(await heavy.tagLake(order))));
  for (const table of steps.includes('compact') ? tables : []) {
    await attempt(`compact ${table}`, async () => {
      for (let commit = 0, waiting = 1; waiting > 0 && commit < (dryRun ? 1 : MOST_COMMITS); commit += 1) {
        const done = await heavy.compactLake({ table, asOf, dryRun });
        lines.push(done.line);
        waiting = done.waiting;
      }
    });
  }
  if (steps.includes('expire'))
    await attempt('expire', async () => void lines.push(...(await heavy.expireLake(order))));
  for (const table of steps.includes('orphans') ? tables : []) {
    const one = async () => void lines.push(await heavy.removeLakeOrphans({ table, asOf, dryRun }));
    await attempt(`orphans ${table}`, one);
  }
  return { dryRun, tables: sumCare(lines), failures };
}
