import type { TitleId } from '../../domain/ids.ts';
import type { Scorer } from '../models/model.ts';

/**
 * A scorer by other titles than its own, for a version that was trained when the catalogue was another. What it does not
 * know of a history is left out; titles that it does not know stand last.
 */
export function alignScorer(scorer: Scorer, titles: readonly TitleId[]): Scorer {
  if (titles.length === scorer.titles.length && titles.every((title, i) => title === scorer.titles[i]))
    return scorer;
  const numbers = new Map(scorer.titles.map((title, number) => [title, number]));
  const ownOf = Int32Array.from(titles, (title) => numbers.get(title) ?? -1);
  const own = new Float32Array(scorer.titles.length);
  return {
    titles,
    score({ columns, weights, times }, scores) {
      // Columns of a history rise; the scorer's titles are in text order as the others are, so they still do.
      const known = columns.map((_, i) => i).filter((i) => ownOf[columns[i]!]! >= 0);
      scorer.score(
        {
          columns: known.map((i) => ownOf[columns[i]!]!),
          weights: Float32Array.from(known, (i) => weights[i]!),
          times: Float64Array.from(known, (i) => times[i]!),
        },
        own,
      );
      ownOf.forEach((number, title) => (scores[title] = number < 0 ? -Infinity : own[number]!));
    },
  };
}
