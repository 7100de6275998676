/** Erasures in words. */
import { findingText } from '../../domain/erasure/plan.ts';
import type { ErasureReport } from '../../domain/erasure/report.ts';
import type { ErasureStanding } from '../temporal/erasures.ts';
import { renderTable } from './output.ts';

/** Of what is waited for, the first few. */
const MOST_WAITED = 3;

export function describeStanding({ id, state, progress }: ErasureStanding): string {
  if (state !== 'running') return `Erasure ${id}: ${state}`;
  if (progress === null) return `Erasure ${id}: no worker answers yet`;
  const { phase, waitsFor, deadline } = progress;
  const more = waitsFor.length - MOST_WAITED;
  const waits = [...waitsFor.slice(0, MOST_WAITED), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  return `Erasure ${id}: ${phase}${waits === '' ? '' : `, waits: ${waits}`} (deadline ${deadline})`;
}

export function describeReport(report: ErasureReport): string[] {
  const { id, outcome, endedAt, tables, audit } = report;
  const { snapshotsExpired, filesRemoved, versionsReplaced, recordsTrimmed, lettersRewritten } = report;
  const rows = tables.filter((one) => one.rows > 0);
  const read = Object.entries(audit.read).map(([what, count]) => `${count} ${what.replaceAll('_', ' ')}`);
  const isDry = outcome === 'dry-run';
  return [
    `Erasure ${id}: ${outcome} at ${endedAt}`,
    ...renderTable(rows.map(({ table, rows: count, files }) => [table, `${count} rows`, `${files} files`])),
    ...(isDry
      ? []
      : [
          `${snapshotsExpired} snapshots and ${filesRemoved} files removed, ${versionsReplaced} versions of views, ${recordsTrimmed} records of logs, ${lettersRewritten} letters rewritten`,
        ]),
    `audit read ${read.join(', ')}`,
    ...(audit.findings.length === 0
      ? ['nothing found']
      : audit.findings.map((one) => `  ${findingText(one)}`)),
  ];
}

export const listLines = (
  erasures: readonly { readonly id: string; readonly requestedAt: string; readonly isDone: boolean }[],
): string[] =>
  renderTable(erasures.map(({ id, requestedAt, isDone }) => [id, requestedAt, isDone ? 'done' : 'not done']));
