/** The demo's result: the last line for programs, a few lines for people. */
import type { DataSetSource } from '../../infra/datasets/data-set.ts';
import type { Comparison } from './compare.ts';
import { countsOf, sourceLabel } from './frame.ts';
import type { CompareAt } from './plan.ts';
import type { Followed, Pick } from './watcher.ts';

/** How soon Top Picks should follow. */
const AIM_PICKS_MS = 2_000;
/** In mid-seam, at the end, and after a restart. */
const COMPARISONS = 3;

export interface DemoOutcome {
  readonly source: DataSetSource;
  /** Events acknowledged by ingest. */
  readonly events: number;
  readonly refreshes: number;
  readonly freshnessMs: readonly number[];
  readonly comparisons: readonly { readonly at: CompareAt; readonly result: Comparison }[];
  readonly mergedAtLeast: number;
  /** Signals that hold at the end, by name. */
  readonly signals: Readonly<Record<string, number>>;
  /** Plays by what led there. */
  readonly sources: Readonly<Record<string, number>>;
  /** What the audit found wrong, newest first. */
  readonly findings: readonly string[];
  /** What Top Picks did when somebody new watched three titles. */
  readonly followed: Followed | undefined;
}

export interface Summary {
  readonly events: number;
  readonly titles: number;
  /** Over all comparisons. */
  readonly differences: number;
  readonly freshness_ms: { readonly p50: number | null; readonly p99: number | null };
  readonly refreshes: number;
  /** Whether both lanes contributed to enough titles while the seam was in mid-stream. */
  readonly merged: boolean;
  readonly merged_titles: number;
  readonly source: DataSetSource;
  readonly signals: DemoOutcome['signals'];
  readonly source_of_play: DemoOutcome['sources'];
  readonly findings: DemoOutcome['findings'];
  /** From ingest's acknowledgement of three plays to other Top Picks; null where they stayed. */
  readonly top_picks_changed_ms: number | null;
  readonly top_picks_of_genre: { readonly before: number; readonly after: number };
}

/** The nearest-rank quantile, rounded to a tenth; null of nothing. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

export function summarise(outcome: DemoOutcome): Summary {
  const midSeam = outcome.comparisons.find(({ at }) => at === 'mid-seam')?.result;
  const mergedTitles = midSeam?.merged ?? 0;
  const sum = outcome.comparisons.reduce((total, { result }) => total + result.differences, 0);
  return {
    events: outcome.events,
    titles: Math.max(0, ...outcome.comparisons.map(({ result }) => result.titles)),
    differences: sum,
    freshness_ms: { p50: quantile(outcome.freshnessMs, 0.5), p99: quantile(outcome.freshnessMs, 0.99) },
    refreshes: outcome.refreshes,
    merged: mergedTitles >= outcome.mergedAtLeast,
    merged_titles: mergedTitles,
    source: outcome.source,
    signals: outcome.signals,
    source_of_play: outcome.sources,
    findings: outcome.findings,
    top_picks_changed_ms: outcome.followed?.changedMs ?? null,
    top_picks_of_genre: {
      before: ofGenre(outcome.followed?.before),
      after: ofGenre(outcome.followed?.after),
    },
  };
}

/** Whether the demo proved what it set out to prove; decides the exit code. */
export const isProof = (summary: Summary, outcome: DemoOutcome): boolean =>
  faultsOf(summary, outcome).length === 0;

/** Why it is no proof, a sentence each. A time is no reason. */
function faultsOf(summary: Summary, { comparisons, mergedAtLeast }: DemoOutcome): string[] {
  const { differences, merged, merged_titles, top_picks_changed_ms } = summary;
  const incomplete = comparisons.reduce((total, { result }) => total + result.incomplete, 0);
  const faults: string[] = [];
  if (differences > 0) faults.push(`${number(differences)} titles differ from the event file.`);
  if (incomplete > 0) faults.push(`${number(incomplete)} titles were said to be incomplete.`);
  if (!merged)
    faults.push(`Only ${merged_titles} titles came from both lanes in mid-stream, not ${mergedAtLeast}.`);
  if (comparisons.length !== COMPARISONS)
    faults.push(`Titles were compared ${comparisons.length} times, not ${COMPARISONS}.`);
  if (top_picks_changed_ms === null)
    faults.push('Top Picks did not change at all when somebody watched three titles.');
  return faults;
}

/** The verdict in plain sentences, and how long Top Picks took where that was longer than it should be. */
export function verdictLines(summary: Summary, outcome: DemoOutcome): readonly string[] {
  const faults = faultsOf(summary, outcome);
  const { top_picks_changed_ms: changedMs } = summary;
  const isLate = changedMs !== null && changedMs > AIM_PICKS_MS;
  return [
    ...(faults.length === 0 ? ['proven: every title is right, and Top Picks followed'] : []),
    ...faults.map((fault) => `not proven: ${fault}`),
    ...(isLate
      ? [
          `Top Picks took ${number(changedMs)} ms to follow, longer than the ${number(AIM_PICKS_MS)} ms they should.`,
        ]
      : []),
  ];
}

const ofGenre = (picks: readonly Pick[] = []): number => picks.filter(({ isOfGenre }) => isOfGenre).length;

/** What was watched, and Top Picks before and after; titles of the genre that was watched are marked. */
export function followedLines({ genre, watched, before, after, changedMs }: Followed): readonly string[] {
  const names = (picks: readonly Pick[]): string =>
    picks.map(({ name, isOfGenre }) => (isOfGenre ? `*${name}` : name)).join(', ');
  const changed =
    changedMs === null ? 'stayed as they were' : `changed ${changedMs} ms after the events were taken`;
  return [
    `somebody new watched ${watched.join(', ')} (${genre}, marked * below): Top Picks ${changed}`,
    `  before: ${names(before)}`,
    `  after:  ${names(after)}`,
  ];
}

const number = (value: number): string => value.toLocaleString('en-US');

/** One comparison in a line, with the first differences below it. */
export function comparisonLines(at: CompareAt, result: Comparison): readonly string[] {
  const { differences, titles, plays, impressions, merged, incomplete } = result;
  const head =
    `${differences} differences over ${number(titles)} titles (${at}): ${number(plays)} plays and ` +
    `${number(impressions)} impressions, ${number(merged)} titles from both lanes` +
    (incomplete === 0 ? '' : `, ${number(incomplete)} said to be incomplete`);
  return [
    head,
    ...result.examples.map(
      ({ titleId, measure, expected, batch, speed, total }) =>
        `  title ${titleId}: ${measure} ${batch} + ${speed} = ${total}, the file has ${expected}`,
    ),
  ];
}

const FINDINGS_SAID = 5;

/** The demo holds its stream while it compares, and then the audit rightly says that everybody is silent. */
function auditLine(findings: readonly string[]): string {
  if (findings.length === 0) return 'audit: nothing wrong';
  const said = findings.slice(0, FINDINGS_SAID).join('; ');
  const isHeld = findings.some((finding) => finding.startsWith('silent'));
  return `audit: ${said}${isHeld ? ' (the demo holds its stream while titles are compared)' : ''}`;
}

export function summaryLines(summary: Summary): readonly string[] {
  const { p50, p99 } = summary.freshness_ms;
  return [
    `${number(summary.events)} events of ${sourceLabel(summary.source)}, ${summary.refreshes} refreshes`,
    `${summary.differences} differences over ${number(summary.titles)} titles`,
    `signals: ${countsOf(summary.signals)}`,
    `source of play: ${countsOf(summary.source_of_play)}`,
    auditLine(summary.findings),
    `freshness p50 ${p50 ?? '–'} ms, p99 ${p99 ?? '–'} ms, while the stream ran at full speed`,
  ];
}
