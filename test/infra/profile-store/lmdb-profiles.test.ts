import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLmdbProfiles } from '../../../infra/profile-store/lmdb-profiles.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { FOLD, PARTITIONS, profileStoreContract } from './contract.ts';

profileStoreContract('LMDB', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-profiles-'));
  const store = createLmdbProfiles(({ name }) => join(dir, name), PARTITIONS);
  const opened: { close(): Promise<void> }[] = [store];
  t.after(async () => {
    for (const one of opened) await one.close();
    rmSync(dir, { recursive: true });
  });
  return Promise.resolve({
    store,
    // Processes of one machine share the folder.
    owner(_name, { name, version } = FOLD) {
      const states = createLmdbKeyedStates<unknown>(join(dir, name), version);
      opened.push(states);
      return states;
    },
    settled: () => Promise.resolve(),
  });
});
