/** Holds what the API answers against the truth. */
import type { Parts, TitleCounts } from './counts.ts';
import type { Range, TitleTruth } from './truth.ts';

export interface Difference {
  readonly titleId: string;
  /** A figure's name in the answer, or `impressions in <row>`. */
  readonly measure: string;
  /** The nearest that would have been right. */
  readonly expected: number;
  readonly batch: number;
  readonly speed: number;
  readonly total: number;
}

export interface Comparison {
  readonly titles: number;
  readonly plays: number;
  readonly impressions: number;
  /** Titles whose total of some measure is not the truth, or not the sum of its parts. */
  readonly differences: number;
  /** Titles for which serving itself said that something is missing. */
  readonly incomplete: number;
  /** Titles to which both lanes contribute. */
  readonly merged: number;
  /** The first few differences. */
  readonly examples: readonly Difference[];
}

const MAX_EXAMPLES = 5;

const NONE: Parts = { batch: 0, speed: 0, total: 0 };

/** Estimates of lanes overlap; every other figure is the sum of its parts. */
const isSum = (measure: string, { batch, speed, total }: Parts): boolean =>
  measure === 'distinctProfiles' || batch + speed === total;

function figuresOf(counts: TitleCounts, truth: TitleTruth | undefined): [string, Parts, Range][] {
  const figures: [string, Parts, Range][] = (['plays', 'impressions'] as const).map((measure) => {
    const expected = truth?.[measure] ?? 0;
    return [measure, counts[measure], [expected, expected]];
  });
  for (const [measure, range] of Object.entries(truth?.others ?? {}))
    figures.push([measure, (counts[measure] as Parts | undefined) ?? NONE, range]);
  if (truth?.byRow === undefined) return figures;
  const rows = new Map((counts.byRow ?? []).map(({ row, impressions }) => [row, impressions]));
  for (const row of new Set([...rows.keys(), ...Object.keys(truth.byRow)])) {
    const expected = truth.byRow[row] ?? 0;
    figures.push([`impressions in ${row}`, rows.get(row) ?? NONE, [expected, expected]]);
  }
  return figures;
}

function differencesOf(counts: TitleCounts, truth: TitleTruth | undefined): Difference[] {
  return figuresOf(counts, truth).flatMap(([measure, parts, [least, most]]) => {
    const { batch, speed, total } = parts;
    if (total >= least && total <= most && isSum(measure, parts)) return [];
    const expected = total < least ? least : most;
    return [{ titleId: counts.titleId, measure, expected, batch, speed, total }];
  });
}

const isMerged = ({ plays, impressions }: TitleCounts): boolean =>
  plays.batch + impressions.batch > 0 && plays.speed + impressions.speed > 0;

/** Compares every answer; a title of the truth that was not asked for counts as a difference too. */
export function compareCounts(
  answers: readonly TitleCounts[],
  truth: ReadonlyMap<string, TitleTruth>,
): Comparison {
  const asked = new Set(answers.map(({ titleId }) => titleId));
  const notAsked = [...truth.keys()].filter((titleId) => !asked.has(titleId)).length;
  const perTitle = answers.map((answer) => differencesOf(answer, truth.get(answer.titleId)));
  const sum = (measure: 'plays' | 'impressions'): number =>
    answers.reduce((total, answer) => total + answer[measure].total, 0);
  return {
    titles: answers.length,
    plays: sum('plays'),
    impressions: sum('impressions'),
    differences: perTitle.filter((found) => found.length > 0).length + notAsked,
    incomplete: answers.filter(({ complete }) => !complete).length,
    merged: answers.filter(isMerged).length,
    examples: perTitle.flat().slice(0, MAX_EXAMPLES),
  };
}
