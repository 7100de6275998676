/**
 * Who stands in the place of an erased profile. The surrogate is random, so nothing leads back from it, but it is drawn
 * until it raises the same register of the distinct counts to the same rank as the id did: figures of distinct profiles
 * are then what they were, in views that were published before and in those counted afterwards. That tells some twelve
 * bits of an unkeyed hash, which the registers of every title that the profile watched have told before.
 */
import { rankOf, registerOf } from '../distinct.ts';
import { hashProfile } from '../hash.ts';
import type { ProfileId } from '../ids.ts';
import { SURROGATE_PREFIX } from './tombstone.ts';

/**
 * Ranks above this are not met: each one doubles the draws. One profile in 256 has a higher one; its register then falls
 * to the next lower rank among the title's profiles, which moves an estimate by less than its error.
 */
const HIGHEST_RANK_MET = 8;
/** Eight times what the rarest that is met takes on average: a draw fails once in three thousand times. */
const MOST_DRAWS = 8 * 1024 * 2 ** HIGHEST_RANK_MET;

export interface SurrogateRules {
  /** Whether distinct counts are to stay what they are. */
  readonly keepsRegisters: boolean;
}

/** `draw` answers random letters, at least 128 bits of them, other ones at each call. */
export function drawSurrogate(
  profileId: string,
  draw: () => string,
  { keepsRegisters }: SurrogateRules,
): ProfileId {
  const drawn = (): ProfileId => `${SURROGATE_PREFIX}${draw()}` as ProfileId;
  if (!keepsRegisters) return drawn();
  const wanted = hashProfile(profileId);
  const register = registerOf(wanted);
  const rank = Math.min(rankOf(wanted), HIGHEST_RANK_MET);
  for (let draws = 0; draws < MOST_DRAWS; draws += 1) {
    const surrogate = drawn();
    const hash = hashProfile(surrogate);
    if (registerOf(hash) === register && rankOf(hash) === rank) return surrogate;
  }
  return drawn();
}
