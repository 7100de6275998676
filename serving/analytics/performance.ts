/** How rows, places and promotions do, from the view `row-performance`. */
import { wilsonInterval } from '../../domain/contracts/proportion.ts';
import type { Performed, RowPerformance } from '../../infra/views/row-performance.ts';
import type { PerformedRowsAnswer, PositionsAnswer, PromotionsAnswer } from './schemas.ts';

/** Of intervals of 95 %. */
export const Z = 1.959964;

/** A version that serves. */
export interface KnownPerformance {
  readonly version: number;
  readonly asOf: string;
  readonly value: RowPerformance;
}

const told = (known: KnownPerformance | undefined) => ({
  version: known?.version ?? null,
  asOf: known?.asOf ?? null,
});

/** Rows shown most first. */
export function rowsPerformed(known: KnownPerformance | undefined, limit: number): PerformedRowsAnswer {
  const rows = (known?.value.rows ?? []).toSorted((a, b) => b.shown - a.shown);
  return {
    ...told(known),
    rows: rows
      .slice(0, limit)
      .map((one) => ({ row: one.row, ...takenOf(one), unbiasedRate: unbiasedOf(one) })),
  };
}

/** Places of all rows together, or of one. */
export function positionsPerformed(
  known: KnownPerformance | undefined,
  row: string | undefined,
): PositionsAnswer {
  const propensities = new Map(
    known?.value.positions.map(({ position, propensity }) => [position, propensity]),
  );
  const all = known === undefined ? [] : known.value.positions;
  const places = row === undefined ? all : (known?.value.rowPositions ?? []).filter((one) => one.row === row);
  return {
    ...told(known),
    row: row ?? null,
    positions: places.map((one) => ({
      position: one.position,
      ...takenOf(one),
      propensity: propensities.get(one.position) ?? null,
    })),
  };
}

/** Promotions shown most first. */
export function promotionsPerformed(
  known: KnownPerformance | undefined,
  promotion: string | undefined,
  limit: number,
): PromotionsAnswer {
  const wanted = (known?.value.promotions ?? []).filter(
    (one) => promotion === undefined || one.promotion === promotion,
  );
  return {
    ...told(known),
    promotions: wanted
      .toSorted((a, b) => b.shown - a.shown)
      .slice(0, limit)
      .map((one) => ({ promotion: one.promotion, ...takenOf(one) })),
  };
}

/** More takes than sightings are told as a rate of 1: a sighting may have led to several plays. */
function takenOf({ shown, taken }: Pick<Performed, 'shown' | 'taken'>) {
  const present = Math.min(shown, taken);
  const value = shown > 0 ? present / shown : 0;
  return { shown, taken, rate: { value, ...wilsonInterval(present, shown, Z) } };
}

function unbiasedOf({ unbiasedRate: value, unbiasedError }: Performed) {
  const spread = Z * unbiasedError;
  return { value, low: Math.max(0, value - spread), high: value + spread };
}
