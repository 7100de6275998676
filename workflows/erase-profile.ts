import { sleep } from '@temporalio/workflow';
import type { LogEnds } from '../domain/erasure/plan.ts';
import { findingText } from '../domain/erasure/plan.ts';
import type { ErasureReport, TableErasure } from '../domain/erasure/report.ts';
import { heavy, quick } from './activity-proxies.ts';
import { eraseFromViews } from './erase-views.ts';
import { trackErasure, type ErasureTracker } from './erasure-progress.ts';
import type { ErasureRequest } from './messages.ts';
import { show } from './visibility.ts';

/**
 * Erases a profile: marks how far that reaches, waits until everybody has come there, and takes it out of the lake, its
 * snapshots, views and logs, until an audit finds nothing. Past its deadline it ends as `overdue`, with what was still
 * found; asked for again it goes on.
 */
export async function eraseProfile(request: ErasureRequest): Promise<ErasureReport> {
  const { id, dryRun, graceMs } = request;
  const tracker = trackErasure(request);
  const told = { id, requestedAt: tracker.requestedAt, deadline: tracker.deadline, ...NOTHING };
  if (dryRun) {
    const audit = await heavy.surveyErasure({ id, asOf: tracker.requestedAt });
    return quick.endErasure({ ...told, outcome: 'dry-run', audit });
  }
  const { tables, drain } = await quick.markErasure({ id, asOf: tracker.requestedAt });
  const { cleanEnds, derivedEnds } = await drained(tracker, drain.ends);
  const at = { id, derivedEnds };

  tracker.enter('lake');
  await heavy.excludeErased(at);
  const erased: TableErasure[] = [];
  const rewrite = async (): Promise<void> => {
    for (const table of tables) {
      const done = await heavy.rewriteErased({ ...at, table });
      tracker.rewritten(table, done.rows);
      erased.push(done);
    }
  };
  await rewrite();
  tracker.enter('views');
  let versionsReplaced = 0;
  await tracker.until(async () => {
    const { removed, waitsFor } = await eraseFromViews(id);
    versionsReplaced += removed;
    return waitsFor;
  });
  tracker.enter('letters');
  const lettersRewritten = await heavy.eraseLetters({ id });
  tracker.enter('grace');
  await sleep(graceMs);
  tracker.enter('snapshots');
  const expired = { snapshotsExpired: 0, filesRemoved: 0 };
  const expire = async (): Promise<void> => {
    for (const table of tables) {
      const { snapshots, files } = await heavy.expireErased({ ...at, table });
      expired.snapshotsExpired += snapshots;
      expired.filesRemoved += files;
    }
  };
  await expire();
  tracker.enter('topics');
  let recordsTrimmed = 0;
  await tracker.until(async () => {
    const { records, waitsFor } = await heavy.trimLogs({ ...at, cleanEnds });
    recordsTrimmed += records;
    return waitsFor;
  });
  tracker.enter('auditing');
  let audit = await heavy.auditErasure(at);
  await tracker.until(async () => {
    if (audit.findings.length === 0) return [];
    // What a job that was under way wrote meanwhile is taken out like the rest.
    await rewrite();
    await expire();
    versionsReplaced += (await eraseFromViews(id)).removed;
    audit = await heavy.auditErasure(at);
    return audit.findings.map(findingText);
  });
  const outcome = audit.findings.length === 0 && !tracker.isOverdue() ? 'done' : 'overdue';
  const figures = { tables: summed(erased), ...expired, versionsReplaced, recordsTrimmed, lettersRewritten };
  const report = await quick.endErasure({ ...told, ...figures, outcome, audit });
  tracker.enter('done');
  show({ phase: outcome });
  return report;
}

const NOTHING = {
  ...{ tables: [], snapshotsExpired: 0, filesRemoved: 0, versionsReplaced: 0 },
  ...{ recordsTrimmed: 0, lettersRewritten: 0 },
} as const;

/** Waits for those that work along the log; the ends are of logs that nothing of the profile is added to any more. */
async function drained(
  tracker: ErasureTracker,
  rawEnds: LogEnds,
): Promise<{ cleanEnds: LogEnds; derivedEnds: LogEnds }> {
  tracker.enter('draining');
  await tracker.until(() => quick.behindErasure({ of: 'extract', ends: rawEnds }));
  const cleanEnds = await quick.logEnds({ topics: 'clean' });
  await tracker.until(() => quick.behindErasure({ of: 'rules', ends: cleanEnds }));
  const derivedEnds = await quick.logEnds({ topics: 'derived' });
  const ends = { ...rawEnds, ...cleanEnds, ...derivedEnds };
  await tracker.until(() => quick.behindErasure({ of: 'lake', ends }));
  return { cleanEnds, derivedEnds };
}

/** One line a table: rounds after the first find what was written meanwhile. */
function summed(erased: readonly TableErasure[]): TableErasure[] {
  const byTable = new Map<string, TableErasure>();
  for (const { table, rows, files } of erased) {
    const known = byTable.get(table);
    byTable.set(table, { table, rows: rows + (known?.rows ?? 0), files: files + (known?.files ?? 0) });
  }
  return [...byTable.values()];
}
