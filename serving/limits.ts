/** Limits as the configuration of serving has them. */
import type { ImpressionCaps } from '../domain/memory/read.ts';
import type { RowPlaysLimits } from '../domain/row-plays.ts';
import type { Config } from '../infra/config.ts';

export const rowPlaysLimits = ({
  rowPlaysOpen,
  rowPlaysFinal,
  rowPlaysPlaces,
}: Config['serving']): RowPlaysLimits => ({
  openPlays: rowPlaysOpen,
  finalPlays: rowPlaysFinal,
  places: rowPlaysPlaces,
});

export function capsOf({ capPerDay, seenHalvedBy, seenLeastWeight }: Config['serving']): ImpressionCaps {
  return { perDay: capPerDay, halvedBy: seenHalvedBy, leastWeight: seenLeastWeight };
}
