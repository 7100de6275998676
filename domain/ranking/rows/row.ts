/** What every kind of row is: one small file each. */
import type { Frame } from '../frame.ts';
import { meanOfGenres } from '../genre-taste.ts';
import type { RowKind } from '../types.ts';

export interface RowMaker {
  readonly kind: RowKind;
  /** What rows of this kind are about for this profile, the most fitting first, at most `count`; [−1] where there is one of the kind. */
  subjects(frame: Frame, count: number): readonly number[];
  /** Puts the row's candidates into the frame's empty pool, with what they are scored by. */
  fill(frame: Frame, subject: number): void;
  /** A row of the profile's own: in the order in which it is put together, however short, scored as it is. */
  readonly isOwn: boolean;
}

export const ABOUT_NOTHING = [-1] as const;

/** What rows of discovery share: the taste of the profile and what is watched at this hour. */
export function addPersonalParts(frame: Frame, kind: RowKind): void {
  const { taste, context } = frame.policy.rows[kind];
  const { pool } = frame;
  if (frame.taste.source !== 'none')
    pool.addValues('taste', taste, (values) => frame.taste.write(pool.titles, pool.size, values));
  const { genreLifts } = frame.request.context;
  if (context !== 0 && genreLifts !== undefined)
    pool.addValues('context', context, (values) => {
      for (let i = 0; i < pool.size; i++) values[i] = meanOfGenres(frame.titles, genreLifts, pool.titles[i]!);
    });
}

/** How well a title does, and what it may do: the smoothed take rate with its share of hope. */
export function addTakeRate(frame: Frame, kind: RowKind): void {
  const { take_rate: weight, exploration } = frame.policy.rows[kind];
  if (weight === 0) return;
  frame.pool.addPart('take_rate', weight, frame.columns.takeRate);
  frame.pool.addToLast('exploration', exploration, frame.columns.hope);
}
