/** Port: what is stored of profiles. The adapter reads what the behaviour process of the same machine writes. */
import type { ProfileId } from '../../domain/ids.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import type { Signal } from '../../domain/signals/signal.ts';

export interface ProfileReader {
  /**
   * What a profile remembers of its impressions, as last stored; undefined for a profile that nothing is stored of.
   * Throws PROFILES_UNAVAILABLE where there is no store. The caller must not change it.
   */
  memoryOf(profile: ProfileId): MemoryState | undefined;
  /**
   * Signals of a profile that are raised, as last stored, whether they have expired or not; undefined for a profile that
   * nothing is stored of. Throws PROFILES_UNAVAILABLE where there is no store.
   */
  signalsOf(profile: ProfileId): readonly Signal[] | undefined;
}
