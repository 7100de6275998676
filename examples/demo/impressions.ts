/** What a page showed before a play: 10 rows × 15 positions, 5 of a row visible at a time. */
import { pickByShare, type Random, type Share } from '../../domain/random.ts';

export const ROWS: readonly Share<string>[] = [
  { value: 'continue-watching', share: 6 },
  { value: 'trending', share: 20 },
  { value: 'top-picks', share: 18 },
  { value: 'because-you-watched', share: 14 },
  { value: 'new-releases', share: 10 },
  { value: 'popular', share: 12 },
  { value: 'my-list', share: 5 },
  { value: 'comedies', share: 6 },
  { value: 'dramas', share: 5 },
  { value: 'action', share: 4 },
];
/** Pages hold the same rows, each in an order of its own. */
export interface DemoPage {
  readonly pageId: string;
  readonly kind: string;
  /** The row that the page begins with, by index. */
  readonly first: number;
}
export const PAGES: readonly Share<DemoPage>[] = [
  { value: { pageId: 'home', kind: 'home', first: 0 }, share: 80 },
  { value: { pageId: 'films', kind: 'browse', first: 4 }, share: 20 },
];
export const POSITIONS = 15;
export const VISIBLE = 5;

/** The first position in view: most people do not swipe. */
const WINDOW_STARTS: readonly Share<number>[] = [
  { value: 0, share: 70 },
  { value: VISIBLE, share: 20 },
  { value: 2 * VISIBLE, share: 10 },
];
const SHOWN: readonly Share<number>[] = [
  { value: 2, share: 30 },
  { value: 3, share: 40 },
  { value: 4, share: 30 },
];
/** Share of plays whose own title was seen in a row; the others came from a link or a search. */
const OWN_SHARE = 0.85;
const MIN_VIEWPORT_MS = 500;
const VIEWPORT_SPREAD_MS = 8_000;

export interface Shown {
  readonly titleId: string;
  readonly row: string;
  readonly rank: number;
  readonly viewportMs: number;
}

export interface PageView {
  readonly shown: readonly Shown[];
  /** Where the played title stood, if it was shown. */
  readonly own: Shown | undefined;
}

/** Three titles a play on average, at distinct positions of one visible stretch; `draw` gives another title. */
export function pageView(random: Random, played: string, draw: () => string): PageView {
  const row = pickByShare(random, ROWS);
  const start = pickByShare(random, WINDOW_STARTS);
  const count = pickByShare(random, SHOWN);
  const ownAt = random.chance(OWN_SHARE) ? random.below(count) : -1;
  const first = random.below(VISIBLE - count + 1);
  const shown = Array.from({ length: count }, (_, index): Shown => {
    const viewportMs = MIN_VIEWPORT_MS + random.below(VIEWPORT_SPREAD_MS);
    return { titleId: index === ownAt ? played : draw(), row, rank: start + first + index, viewportMs };
  });
  return { shown, own: ownAt === -1 ? undefined : shown[ownAt] };
}
