/** Backfills in words and tables. */
import type {
  BackfillDiff,
  BackfillReport,
  BackfillSummary,
  MeasureSums,
  RowChange,
} from '../../domain/backfill.ts';
import { MEASURES, RAW_MEASURES, type Measure } from '../../domain/measures.ts';
import { renderTable } from './output.ts';

const MOST_ROWS = 10;

const LABELS: Readonly<Record<Measure, string>> = {
  plays: 'plays',
  qualifiedPlays: 'qualified plays',
  impressions: 'impressions',
  secondsViewed: 'seconds viewed',
  cappedPlays: 'plays, capped',
  cappedQualifiedPlays: 'qualified plays, capped',
  cappedImpressions: 'impressions, capped',
  cappedSecondsViewed: 'seconds viewed, capped',
};

/** The sums before and after, then the rows that move most. */
export function describeDiff(diff: BackfillDiff): string[] {
  const { added, removed, changed, unchanged, before, after, top } = diff;
  const counts = `Rows (title, country, hour): ${added} added, ${removed} removed, ${changed} changed, ${unchanged} unchanged`;
  const sums = MEASURES.map((measure) => [
    LABELS[measure],
    String(before[measure]),
    String(after[measure]),
    signed(after[measure] - before[measure]),
  ]);
  const lines = [counts, ...renderTable([['', 'published', 'recomputed', 'change'], ...sums])];
  if (top.length === 0) return lines;
  const head = ['title', 'country', 'hour', 'plays', 'qualified', 'impressions', 'seconds'];
  return [...lines, '', ...renderTable([head, ...top.slice(0, MOST_ROWS).map(changeRow)])];
}

function changeRow({ titleId, country, hour, before, after }: RowChange): string[] {
  return [titleId, country, hour, ...RAW_MEASURES.map((measure) => moved(before, after, measure))];
}

function moved(before: MeasureSums, after: MeasureSums, measure: Measure): string {
  return before[measure] === after[measure]
    ? String(after[measure])
    : `${before[measure]} > ${after[measure]}`;
}

const signed = (value: number): string => (value > 0 ? `+${value}` : String(value));

/** How it stands or ended, in one sentence. */
export function describeEnd({ id, state, progress, result, error }: BackfillReport): string {
  if (error !== null) return `Backfill ${id} failed: ${error.message}`;
  if (result === null) {
    if (state !== 'running') return `Backfill ${id} was ${state}.`;
    const { phase = 'not answered for by any worker', hoursDone = 0, hoursTotal = 0 } = progress ?? {};
    return `Backfill ${id} is ${phase}: ${hoursDone} of ${hoursTotal} hours.`;
  }
  const rebased =
    result.rebasedFrom === null
      ? ''
      : ` It was recomputed on version ${result.base}, announced since version ${result.rebasedFrom} was compared with.`;
  switch (result.outcome) {
    case 'dry-run':
      return `Dry run of backfill ${id} against version ${result.base}: nothing was published.`;
    case 'announced':
      return `Backfill ${id}, approved by ${result.approver}, is published as version ${result.version}.${rebased}`;
    case 'rejected':
      return `Backfill ${id}: version ${result.version} was rejected by ${result.rule}: ${result.reason}.${rebased}`;
    case 'unchanged':
      return `Backfill ${id}: version ${result.base} says already what the lake says.${rebased}`;
    case 'expired':
      return `Backfill ${id} was not approved in time; nothing was published.`;
  }
}

export function describeSummary({ id, state, from, to, dryRun, startedAt }: BackfillSummary): string[] {
  return [id, state, `${from} to ${to}`, dryRun ? 'dry run' : '', `begun ${startedAt}`];
}
