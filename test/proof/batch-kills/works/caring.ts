/** The lake's nightly care, a month later each time: no row moves, what a version was made from stays, and nothing is left to do. */
import { randomUUID } from 'node:crypto';
import { DAY_MS } from '../../../../domain/time.ts';
import { lakeCareId, WORKFLOW_TYPES } from '../../../../domain/workflow-ids.ts';
import type { LakeCareResult } from '../../../../domain/lake-care.ts';
import { openCare } from '../../../../infra/lake/care/open-care.ts';
import type { LakeTable } from '../../../../infra/lake/tables.ts';
import { createRefreshes } from '../../../../infra/temporal/refreshes.ts';
import type { KillRegion } from '../region.ts';
import type { Work } from '../scenario.ts';
import { createSource, POPULARITY } from './views.ts';

const TABLE: LakeTable = 'plays';
/** So many that an hour is worth compacting. */
const FLUSHES = 4;
/** Longer than snapshots and orphans are kept. */
const AHEAD_MS = 30 * DAY_MS;

export function caring(region: KillRegion): Work {
  const { config, lake, temporal, views } = region;
  const refreshes = createRefreshes({ temporal, region: config.region });
  const source = createSource(region);
  const { care, close } = openCare(config, { lake });
  let aheadMs = 0;
  let before = { digest: '', files: 0, snapshots: 0 };
  let result: LakeCareResult | undefined;

  async function digest(snapshotId?: string): Promise<string> {
    const sql = `SELECT count(*) || '/' || sum(CAST(hash(one) AS HUGEINT)) AS digest
      FROM (SELECT * FROM ${lake.reference(TABLE, snapshotId)}) AS one`;
    const { columns } = await lake.read((connection) => connection.query(sql));
    return String(columns['digest']?.values[0]);
  }

  async function stood(): Promise<typeof before> {
    const [stats] = await care.stats({ tables: [TABLE] });
    return { digest: await digest(), files: stats!.dataFiles, snapshots: stats!.snapshots };
  }

  async function caredFor(): Promise<() => Promise<unknown>> {
    const handle = await temporal.client.workflow.start(WORKFLOW_TYPES.careForLake, {
      workflowId: `${lakeCareId(config.region)}:${randomUUID()}`,
      taskQueue: config.temporal.taskQueue,
      args: [{ tables: [TABLE] }],
    });
    return async () => {
      result = (await handle.result()) as LakeCareResult;
    };
  }

  /** New small files, and a version that was made from them. */
  async function grow(): Promise<void> {
    for (let flush = 0; flush < FLUSHES; flush += 1) await source.plays(1);
    await region.withWorker(() => refreshes.refresh(POPULARITY));
    aheadMs += AHEAD_MS;
    region.forWorkers({ aheadMs });
  }

  async function leftToDo(): Promise<string[]> {
    const options = { table: TABLE, tables: [TABLE], asOf: Date.now() + aheadMs, dryRun: true };
    const [tagged] = await care.tags(options);
    const [expired] = await care.expire(options);
    const { hours, waiting } = await care.compact(options);
    const due = (await care.orphans(options)).found.filter(({ isDue }) => isDue);
    const left = {
      tags: (tagged?.set.length ?? 0) + (tagged?.removed.length ?? 0),
      hours: hours + waiting,
      ...{ snapshots: expired?.expired.length ?? 0, orphans: due.length },
    };
    return Object.entries(left).flatMap(([what, count]) => (count > 0 ? [`${count} ${what} were left`] : []));
  }

  return {
    /** So that the first run finds files that were orphans a month ago. */
    async prepare() {
      await grow();
      await region.withWorker(async () => (await caredFor())());
    },
    async begin() {
      await grow();
      before = await stood();
      return caredFor();
    },
    async differences() {
      const differences = (result?.failures ?? ['no result']).map((failure) => `it failed: ${failure}`);
      const after = await stood();
      if (after.digest !== before.digest) differences.push('rows have moved');
      if (after.files >= before.files) differences.push(`${after.files} files of ${before.files}`);
      if (after.snapshots >= before.snapshots)
        differences.push(`${after.snapshots} snapshots of ${before.snapshots}`);
      for (const { version } of await views.listVersions(POPULARITY)) {
        const { inputs } = await views.readManifest(POPULARITY, version);
        for (const input of inputs)
          if ('table' in input && input.table === TABLE)
            await digest(input.snapshotId).catch(() =>
              differences.push(`what version ${version} was made from is gone`),
            );
      }
      return [...differences, ...(await leftToDo())];
    },
    close: () => Promise.resolve(close()),
  };
}
