/** What the behaviour process of this machine stored of profiles, read from its LMDB environments. */
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import type { Generation, ProfileId, Region } from '../../domain/ids.ts';
import { IMPRESSION_MEMORY } from '../../domain/impression-memory.ts';
import type { MemoryState } from '../../domain/memory/state.ts';
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
  close(): Promise<void>;
}

/** Opens nothing yet: a store that is not there is looked for again at every call. */
export function openProfileReader({
  dataDir,
  region,
  generation,
  partitions,
}: ProfileStore): OpenProfileReader {
  const dir = join(dataDir, 'state', IMPRESSION_MEMORY.name, `${region}.${generation}`);
  const memory = openKeyedReader<MemoryState>(dir, partitions, IMPRESSION_MEMORY.version);
  return {
    memoryOf(profile) {
      if (memory.isThere(profile)) return memory.get(profile);
      throw new MarqueeError('PROFILES_UNAVAILABLE', {
        reason: 'the behaviour process of this machine has stored nothing of its partition',
      });
    },
    close: memory.close,
  };
}
