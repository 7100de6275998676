/**
 * What happens on one page. Rows are looked at from the top until patience ends; of a row five titles are in view, the next
 * five after a swipe; titles further right are looked at less often than they are in view. A title that was seen before is
 * less likely to be taken with each time.
 */
import type { Random } from '../../domain/random.ts';
import type { AskedPage } from './page.ts';

export interface Sighting {
  readonly titleId: string;
  readonly row: string;
  readonly rank: number;
  readonly rowLength: number;
  readonly viewportMs: number;
}

export interface Browsed {
  /** Everything that was in view, in order. */
  readonly seen: readonly Sighting[];
  /** What was played, the last of `seen`; undefined where the page was left. */
  readonly taken: Sighting | undefined;
}

export interface Eyes {
  /** The chance that a title is played when looked at now, 0 to 1. */
  readonly appeal: (titleId: string) => number;
  readonly device: string;
}

const VISIBLE = 5;
const SWIPES = 2;
const SWIPE_SHARE = 0.25;
/** By place in view: the left is looked at, the right often not. */
const LOOKED_AT = [1, 0.9, 0.75, 0.6, 0.5] as const;
/** The chance to go on to the next row. */
const PATIENCE: Readonly<Record<string, number>> = { tv: 0.85, web: 0.8, tablet: 0.78, phone: 0.7 };
const LEAST_VIEWPORT_MS = 400;
const VIEWPORT_SPREAD_MS = 6_000;

export function browse(page: AskedPage, eyes: Eyes, random: Random): Browsed {
  const seen: Sighting[] = [];
  const patience = PATIENCE[eyes.device] ?? 0.8;
  for (const { row, titles } of page.rows) {
    const swipes = swipesOf(random);
    const inView = titles.slice(0, VISIBLE * (1 + swipes));
    for (const [rank, titleId] of inView.entries()) {
      const viewportMs = LEAST_VIEWPORT_MS + random.below(VIEWPORT_SPREAD_MS);
      const sighting = { titleId, row, rank, rowLength: titles.length, viewportMs };
      seen.push(sighting);
      const isLookedAt = random.chance(LOOKED_AT[rank % VISIBLE]!);
      if (random.next() < eyes.appeal(titleId) && isLookedAt) return { seen, taken: sighting };
    }
    if (!random.chance(patience)) break;
  }
  return { seen, taken: undefined };
}

function swipesOf(random: Random): number {
  let swipes = 0;
  while (swipes < SWIPES && random.chance(SWIPE_SHARE)) swipes += 1;
  return swipes;
}
