/** What stores of profiles that can be reached from here hold of one: state on this machine, and copies in Cassandra. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ErasureFinding } from '../../domain/erasure/report.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import type { ProfileId } from '../../domain/ids.ts';
import { openKeyedReader } from '../state/lmdb-keyed-state.ts';
import { openProfileReader, type ProfileStoreConfig } from './open.ts';
import type { OpenProfileReader } from './profile-reader.ts';

export interface StoredAudit {
  findings(profileId: ProfileId): Promise<readonly ErasureFinding[]>;
  close(): Promise<void>;
}

/** State of the extractor is of events, by hashes that end with the dedupe window. */
const NOT_KEYED: ReadonlySet<string> = new Set(['extract', 'speed']);

export function openStoredAudit(config: ProfileStoreConfig): StoredAudit {
  const { dataDir, region, generation, partitions, profileStore } = config;
  const copies = profileStore.kind === 'lmdb' ? undefined : openProfileReader(config);
  return {
    async findings(profileId) {
      const found: ErasureFinding[] = [];
      const root = join(dataDir, 'state');
      for (const fold of existsSync(root) ? readdirSync(root) : []) {
        const dir = join(root, fold, `${region}.${generation}`);
        if (NOT_KEYED.has(fold) || !existsSync(dir)) continue;
        const reader = openKeyedReader(dir, partitions);
        try {
          if (reader.get(profileId) !== undefined)
            found.push({ place: `state/${fold}`, found: 1, as: 'key' });
        } finally {
          await reader.close();
        }
      }
      if (copies !== undefined) found.push(...(await inCopies(copies, profileId)));
      return found;
    },
    close: async () => copies?.close(),
  };
}

/** A store that does not answer cannot be said to have forgotten. */
async function inCopies(copies: OpenProfileReader, profileId: ProfileId): Promise<ErasureFinding[]> {
  const { memoryOf, signalsOf, titlePairsOf, watchingOf, rowsOf } = copies;
  const asked = { memoryOf, signalsOf, titlePairsOf, watchingOf, rowsOf };
  const found: ErasureFinding[] = [];
  for (const [name, ask] of Object.entries(asked)) {
    const place = `copies/${name.slice(0, -2)}`;
    try {
      if ((await ask(profileId)) !== undefined) found.push({ place, found: 1, as: 'key' });
    } catch (error) {
      if (!isMarqueeError(error, 'PROFILES_UNAVAILABLE')) throw error;
      found.push({ place, found: 1, as: 'unanswered' });
    }
  }
  return found;
}
