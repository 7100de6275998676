/**
 * Numbers of titles of which a hash is at hand, as a memory of impressions has them: found without working a hash out and
 * without a look into a map of texts, which a page would do for every title that was ever shown to its profile.
 */
import type { TitleId } from '../ids.ts';
import { SHORT_HASHES } from '../memory/state.ts';

/** The number of a title with this short hash; −1 where it is not among the ids. */
export type NumberOfHashed = (title: TitleId, hash: number) => number;

/** `hashes` are those of `ids`, by number. */
export function createHashedNumbers(ids: readonly TitleId[], hashes: Uint16Array): NumberOfHashed {
  const starts = new Uint32Array(SHORT_HASHES + 1);
  for (const hash of hashes) starts[hash + 1]! += 1;
  for (let hash = 0; hash < SHORT_HASHES; hash++) starts[hash + 1]! += starts[hash]!;
  const next = starts.slice(0, -1);
  const numbers = new Uint32Array(hashes.length);
  for (let number = 0; number < hashes.length; number++) numbers[next[hashes[number]!]!++] = number;
  return (title, hash) => {
    const end = starts[hash + 1]!;
    for (let at = starts[hash]!; at < end; at++) if (ids[numbers[at]!] === title) return numbers[at]!;
    return -1;
  };
}
