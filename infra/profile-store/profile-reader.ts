/** What serving asks of profiles, over whichever store is configured. */
import type { ProfileId } from '../../domain/ids.ts';
import { IMPRESSION_MEMORY } from '../../domain/impression-memory.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { NEARLINE_ROWS, type NearlineState } from '../../domain/nearline/nearline.ts';
import type { NearlineRows } from '../../domain/nearline/rows.ts';
import { PLAY_SIGNALS, type PlaySignalState } from '../../domain/signals/play-signals.ts';
import { SEARCH_SIGNALS, type SearchSignalState } from '../../domain/signals/search-signals.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import { TITLE_PAIRS, type TitlePairsState } from '../../domain/title-pairs.ts';
import type { WatchingState } from '../../domain/watching/state.ts';
import { WATCHING } from '../../domain/watching/watching.ts';
import type { FoldId, ProfileStore } from './port.ts';

/** Folds whose state serving reads; only these are copied. */
export const SERVED_FOLDS: readonly FoldId[] = [
  IMPRESSION_MEMORY,
  PLAY_SIGNALS,
  SEARCH_SIGNALS,
  TITLE_PAIRS,
  WATCHING,
  NEARLINE_ROWS,
];

export interface OpenProfileReader {
  /** Undefined for a profile that nothing is stored of. Throws PROFILES_UNAVAILABLE where the store cannot tell. */
  memoryOf(profile: ProfileId): Promise<MemoryState | undefined>;
  /** Raised signals, expired ones among them. The same otherwise. */
  signalsOf(profile: ProfileId): Promise<readonly Signal[] | undefined>;
  titlePairsOf(profile: ProfileId): Promise<TitlePairsState | undefined>;
  watchingOf(profile: ProfileId): Promise<WatchingState | undefined>;
  /** Undefined as well while there were no models to rank with. */
  rowsOf(profile: ProfileId): Promise<NearlineRows | undefined>;
  close(): Promise<void>;
}

export function createProfileReader(store: ProfileStore): OpenProfileReader {
  return {
    async memoryOf(profile) {
      const [memory] = await store.read(profile, [IMPRESSION_MEMORY]);
      return memory as MemoryState | undefined;
    },
    async signalsOf(profile) {
      const [plays, searches, memory] = await store.read(profile, [
        PLAY_SIGNALS,
        SEARCH_SIGNALS,
        IMPRESSION_MEMORY,
      ]);
      if (plays === undefined && searches === undefined && memory === undefined) return undefined;
      const played = plays as PlaySignalState | undefined;
      const searched = searches as SearchSignalState | undefined;
      return [...(played?.standing ?? []), ...(played?.lasting ?? []), ...(searched?.standing ?? [])];
    },
    async titlePairsOf(profile) {
      const [pairs] = await store.read(profile, [TITLE_PAIRS]);
      return pairs as TitlePairsState | undefined;
    },
    async watchingOf(profile) {
      const [watching] = await store.read(profile, [WATCHING]);
      return watching as WatchingState | undefined;
    },
    async rowsOf(profile) {
      const [nearline] = await store.read(profile, [NEARLINE_ROWS]);
      return (nearline as NearlineState | undefined)?.rows ?? undefined;
    },
    close: () => store.close(),
  };
}
