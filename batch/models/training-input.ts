import { MarqueeError } from '../../domain/errors.ts';
import type { Interactions } from './model.ts';

/** Why nothing can be learnt from these interactions, or undefined. */
export function inputFault({
  profiles,
  titles,
  rowStarts,
  columns,
  weights,
  times,
}: Interactions): string | undefined {
  const entries = columns.length;
  if (titles.length === 0) return 'there is no title';
  if (profiles.length === 0) return 'there is no profile';
  if (entries === 0) return `none of ${profiles.length} profiles watched anything`;
  if (weights.length !== entries || times.length !== entries)
    return `${entries} entries have ${weights.length} weights and ${times.length} times`;
  if (rowStarts.length !== profiles.length + 1 || rowStarts[0] !== 0 || rowStarts.at(-1) !== entries)
    return `the rows of ${profiles.length} profiles do not hold ${entries} entries`;
  for (let profile = 0; profile < profiles.length; profile++) {
    const end = rowStarts[profile + 1]!;
    let last = -1;
    for (let entry = rowStarts[profile]!; entry < end; entry++) {
      const column = columns[entry]!;
      if (column <= last || column >= titles.length)
        return `profile ${profiles[profile]} has column ${column} after ${last}, of ${titles.length} titles`;
      last = column;
      const weight = weights[entry]!;
      if (!(weight > 0) || weight === Infinity)
        return `profile ${profiles[profile]} has weight ${weight} for title ${titles[column]}`;
    }
    if (end < rowStarts[profile]!) return `the row of profile ${profiles[profile]} ends before it starts`;
  }
  return undefined;
}

/** Refuses with MODEL_INPUT_INVALID what no model can learn from: nothing at all, rows that are torn, weights that are none. */
export function assertTrainable(model: string, interactions: Interactions): void {
  const reason = inputFault(interactions);
  if (reason !== undefined) throw new MarqueeError('MODEL_INPUT_INVALID', { model, reason });
}
