import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { open } from 'lmdb';
import { openStoredProfiles } from '../../../infra/profile-store/lmdb-profiles.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-keyed-reader-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('a reader that came while the folder was being made knows nothing then, and what is stored later', async () => {
  const made = open({ path: join(dir, '0'), maxDbs: 4 });
  await made.put('something', true);
  const reader = openKeyedReader<number>(dir, 1, 1);
  const stored = openStoredProfiles(dir, 1, 1);
  assert.deepEqual([reader.isThere('a'), reader.get('a'), reader.positions(0)], [false, undefined, {}]);
  assert.deepEqual(stored.profilesAfter(0, undefined, 10), []);
  await made.close();
  const states = createLmdbKeyedStates<number>(dir, 1);
  const partition = states.partition(0);
  const { epoch } = await partition.open();
  const positions = { plays: { next: 1, rawHigh: 0, logTime: 0 } };
  await partition.commit({ epoch, positions, entries: new Map([['a', { state: 7 }]]) });
  assert.deepEqual([reader.isThere('a'), reader.get('a'), reader.positions(0)], [true, 7, positions]);
  assert.deepEqual(stored.profilesAfter(0, undefined, 10), ['a']);
  await reader.close();
  await stored.close();
  await states.close();
});
