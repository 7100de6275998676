/**
 * What remains of a profile that was erased: a keyed hash of its id, the random surrogate that stands in its place, and
 * how far in the raw log the erasure reaches. Events of the profile up to there are the surrogate's, wherever they are
 * read from; those after it are of a returning member, and stay.
 */
import type { ProfileId } from '../ids.ts';
import { MarqueeError } from '../errors.ts';
import type { EpochMs } from '../time.ts';

export interface Tombstone {
  /** `<first 32 digits of the hash>.<how many erasures of this profile came before>`. */
  readonly id: string;
  /** HMAC-SHA-256 of the profile id under the configured key, in hexadecimal. */
  readonly profileHash: string;
  readonly surrogate: ProfileId;
  readonly requestedAt: EpochMs;
  /**
   * By topic generation, for each raw partition the highest offset that it reaches; -1 for none. A generation that is not
   * here began later.
   */
  readonly positions: Readonly<Record<string, readonly number[]>>;
}

export const ERASURE_ID = /^[0-9a-f]{32}\.\d{1,6}$/;
const HASH = /^[0-9a-f]{64}$/;
const HASH_DIGITS_IN_ID = 32;

export const SURROGATE_PREFIX = 'erased-';

/** Whether the id stands for a profile that was erased. */
export const isSurrogate = (profileId: string): boolean => profileId.startsWith(SURROGATE_PREFIX);

export const erasureId = (profileHash: string, before: number): string =>
  `${profileHash.slice(0, HASH_DIGITS_IN_ID)}.${before}`;

/** What the ids of all erasures of a profile start with. */
export const erasureIdPrefix = (profileHash: string): string => `${profileHash.slice(0, HASH_DIGITS_IN_ID)}.`;

/** The highest raw offset of a partition that an erasure reaches; -1 for none. */
export const reachOf = (
  { positions }: Pick<Tombstone, 'positions'>,
  generation: string,
  partition: number,
): number => positions[generation]?.[partition] ?? -1;

export const serialiseTombstone = (tombstone: Tombstone): string => JSON.stringify(tombstone);

/** Throws CHECKPOINT_CORRUPT, naming `key`, unless the text is a whole tombstone. */
export function parseTombstone(text: string, key: string): Tombstone {
  let found: Partial<Tombstone>;
  try {
    found = JSON.parse(text) as Partial<Tombstone>;
  } catch (error) {
    throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason: 'it is not JSON' }, { cause: error });
  }
  const { id, profileHash, surrogate, requestedAt, positions } = found;
  const isWhole =
    typeof id === 'string' &&
    ERASURE_ID.test(id) &&
    typeof profileHash === 'string' &&
    HASH.test(profileHash) &&
    typeof surrogate === 'string' &&
    isSurrogate(surrogate) &&
    typeof requestedAt === 'number' &&
    typeof positions === 'object' &&
    Object.values(positions).every((offsets) => offsets.every(Number.isSafeInteger));
  if (!isWhole) throw new MarqueeError('CHECKPOINT_CORRUPT', { key, reason: 'it is no tombstone' });
  return { id, profileHash, surrogate, requestedAt, positions };
}
