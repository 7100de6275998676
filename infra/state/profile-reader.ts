/** What the behaviour process of this machine stored of profiles, read from its LMDB environments. */
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import type { Generation, ProfileId, Region } from '../../domain/ids.ts';
import { IMPRESSION_MEMORY } from '../../domain/impression-memory.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
import { PLAY_SIGNALS, type PlaySignalState } from '../../domain/signals/play-signals.ts';
import { SEARCH_SIGNALS, type SearchSignalState } from '../../domain/signals/search-signals.ts';
import type { Signal } from '../../domain/signals/signal.ts';
import type { KeyedReader } from './keyed-state.ts';
import { openKeyedReader } from './lmdb-keyed-state.ts';

export interface ProfileStore {
  readonly dataDir: string;
  readonly region: Region;
  readonly generation: Generation;
  readonly partitions: number;
}

export interface OpenProfileReader {
  /** Undefined for a profile that nothing is stored of. Throws PROFILES_UNAVAILABLE where there is no store. */
  memoryOf(profile: ProfileId): MemoryState | undefined;
  /** Raised signals, expired ones among them. The same otherwise. */
  signalsOf(profile: ProfileId): readonly Signal[] | undefined;
  close(): Promise<void>;
}

/** Opens nothing yet: a store that is not there is looked for again at every call. */
export function openProfileReader({
  dataDir,
  region,
  generation,
  partitions,
}: ProfileStore): OpenProfileReader {
  const open = <S>({ name, version }: { readonly name: string; readonly version: number }): KeyedReader<S> =>
    openKeyedReader(join(dataDir, 'state', name, `${region}.${generation}`), partitions, version);
  const memory = open<MemoryState>(IMPRESSION_MEMORY);
  const plays = open<PlaySignalState>(PLAY_SIGNALS);
  const searches = open<SearchSignalState>(SEARCH_SIGNALS);
  return {
    memoryOf: (profile) => read(memory, profile),
    signalsOf(profile) {
      const [played, searched] = [read(plays, profile), read(searches, profile)];
      const isKnown = played !== undefined || searched !== undefined || read(memory, profile) !== undefined;
      if (!isKnown) return undefined;
      return [...(played?.standing ?? []), ...(played?.lasting ?? []), ...(searched?.standing ?? [])];
    },
    async close() {
      await Promise.all([memory.close(), plays.close(), searches.close()]);
    },
  };
}

function read<S>(reader: KeyedReader<S>, profile: ProfileId): S | undefined {
  if (reader.isThere(profile)) return reader.get(profile);
  throw new MarqueeError('PROFILES_UNAVAILABLE', {
    reason: 'the behaviour process of this machine has stored nothing of its partition',
  });
}
