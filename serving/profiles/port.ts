/** Port: what is stored of profiles, by the behaviour process of the same machine or in a store that others write to. */
import type { ProfileId } from '../../domain/ids.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import type { NearlineRows } from '../../domain/nearline/rows.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import type { TitlePairsState } from '../../domain/title-pairs.ts';
import type { WatchingState } from '../../domain/watching/state.ts';

/**
 * Every verb resolves with what was last stored, undefined for a profile that nothing is stored of, and throws
 * PROFILES_UNAVAILABLE where the store cannot tell. The caller must not change what it gets.
 */
export interface ProfileReader {
  /** What a profile remembers of its impressions. */
  memoryOf(profile: ProfileId): Promise<MemoryState | undefined>;
  /** Signals of a profile that are raised, whether they have expired or not. */
  signalsOf(profile: ProfileId): Promise<readonly Signal[] | undefined>;
  /** What a profile watches together. */
  titlePairsOf(profile: ProfileId): Promise<TitlePairsState | undefined>;
  /** What a profile watched, lists and rated. */
  watchingOf(profile: ProfileId): Promise<WatchingState | undefined>;
  /** Rows that were ranked when the profile watched something last; undefined as well before there were models. */
  rowsOf(profile: ProfileId): Promise<NearlineRows | undefined>;
}
