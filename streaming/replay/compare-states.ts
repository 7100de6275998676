/** Holds replayed states against what the live stage of this machine has stored, key by key. */
import { firstDifference } from './final-state.ts';
import { createDifferences, type Comparison } from './port.ts';

/** Keys that the replay has met, by partition. */
export type MetKeys = ReadonlyMap<number, ReadonlySet<string>>;
export type StateOf = (partition: number, key: string) => unknown;

/**
 * Keys that differ are left out when `touched` names them: records that one side has taken and the other has not.
 * It is asked once, after the states were read, and only where there are differences.
 */
export async function compareStates(
  keys: MetKeys,
  replayed: StateOf,
  live: StateOf,
  touched: () => Promise<ReadonlySet<string>>,
): Promise<Comparison> {
  const found = createDifferences();
  const differing: { readonly key: string; readonly difference: string }[] = [];
  for (const [partition, met] of keys) {
    for (const key of met) {
      const difference = firstDifference(replayed(partition, key), live(partition, key));
      if (difference === undefined) found.same();
      else differing.push({ key, difference });
    }
  }
  const excused = differing.length === 0 ? new Set<string>() : await touched();
  for (const { key, difference } of differing) {
    if (!excused.has(key)) found.differs(`${key}: ${difference}`);
  }
  return found.result();
}
