/** Because You Watched X: the neighbours of a title that the profile finished, the newest X first. */
import { openOf, type Frame } from '../frame.ts';
import { addPersonalParts, type RowMaker } from './row.ts';

export const BECAUSE_YOU_WATCHED: RowMaker = {
  kind: 'because-you-watched',
  isOwn: false,
  subjects({ profile, models: { neighbours }, titles }, count) {
    if (neighbours === null || count === 0) return [];
    const found: number[] = [];
    for (const { title, status } of profile.watched) {
      if (status !== 'finished' || title < 0 || title >= titles.count) continue;
      if (neighbours.starts[title + 1]! > neighbours.starts[title]!) found.push(title);
      if (found.length === count) break;
    }
    return found;
  },
  fill(frame, subject) {
    const {
      candidates,
      keeps_cap: keepsCap,
      similarity,
      popularity,
    } = frame.policy.rows['because-you-watched'];
    const near = neighboursOf(frame, subject);
    if (near === undefined) return;
    const { pool, columns } = frame;
    pool.addListed(near, openOf(frame, keepsCap), candidates);
    pool.addValues('similarity', similarity, (values) => {
      // The pool has them in the order of the list.
      for (let rank = 0, place = 0; place < pool.size && rank < near.titles.length; rank++) {
        if (near.titles[rank] !== pool.titles[place]) continue;
        // A log-likelihood ratio: its root is a standard score.
        values[place] = Math.sqrt(Math.max(0, near.scores[rank]!));
        place += 1;
      }
    });
    if (popularity !== 0) pool.addPart('popularity', popularity, columns.popularity);
    addPersonalParts(frame, 'because-you-watched');
  },
};

function neighboursOf({ models: { neighbours }, titles }: Frame, subject: number) {
  if (neighbours === null || subject < 0 || subject >= titles.count) return undefined;
  const from = neighbours.starts[subject]!;
  const to = neighbours.starts[subject + 1]!;
  return { titles: neighbours.titles.subarray(from, to), scores: neighbours.scores.subarray(from, to) };
}
