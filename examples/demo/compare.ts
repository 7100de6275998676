/** Holds what the API answers against the truth. */
import type { TitleCounts } from './counts.ts';
import type { TitleTruth } from './truth.ts';

export interface Difference {
  readonly titleId: string;
  readonly measure: 'plays' | 'impressions';
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

function differencesOf(counts: TitleCounts, truth: TitleTruth | undefined): Difference[] {
  return (['plays', 'impressions'] as const).flatMap((measure) => {
    const { batch, speed, total } = counts[measure];
    const expected = truth?.[measure] ?? 0;
    if (total === expected && batch + speed === total) return [];
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
