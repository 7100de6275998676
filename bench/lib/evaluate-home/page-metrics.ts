/** What a page is worth to somebody who goes on to watch one title. */
import type { RankedRow } from '../../../domain/ranking/types.ts';

export const PAGE_METRICS = ['hit', 'visible', 'ndcg'] as const;
export type PageMetric = (typeof PAGE_METRICS)[number];

/** What is seen without scrolling or swiping. */
const VISIBLE_ROWS = 3;
const VISIBLE_TITLES = 5;

/**
 * `hit`: it is anywhere on the page. `visible`: it is among the first five titles of the first three rows. `ndcg`: a gain of 1 and a
 * discount of log2(2 + r + c) at row r and place c, both from 0, over the best that could be, which is 1: each row down and
 * each title to the right is a step further away.
 */
export function pageMetrics(rows: readonly RankedRow[], title: number): Readonly<Record<PageMetric, number>> {
  for (const [row, { titles }] of rows.entries()) {
    const place = titles.indexOf(title);
    if (place < 0) continue;
    const isVisible = row < VISIBLE_ROWS && place < VISIBLE_TITLES;
    return { hit: 1, visible: isVisible ? 1 : 0, ndcg: 1 / Math.log2(2 + row + place) };
  }
  return { hit: 0, visible: 0, ndcg: 0 };
}
