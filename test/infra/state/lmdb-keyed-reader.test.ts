import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { open } from 'lmdb';
import { openStoredProfiles } from '../../../infra/profile-store/lmdb-profiles.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { until } from '../../support/until.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-keyed-reader-'));
after(() => rmSync(dir, { recursive: true, force: true }));

test('a reader that came while the folder was being made knows nothing then, and what is stored later', async () => {
  const made = open({ path: join(dir, '0'), maxDbs: 4 });
  await made.put('something', true);
  const reader = openKeyedReader<number>(dir, 1, 1);
  const stored = openStoredProfiles(dir, 1, 1);
  assert.deepEqual([reader.find('a'), reader.get('a'), reader.positions(0)], [undefined, undefined, {}]);
  assert.deepEqual(stored.profilesAfter(0, undefined, 10), []);
  await made.close();
  const states = createLmdbKeyedStates<number>(dir, 1);
  const partition = states.partition(0);
  const { epoch } = await partition.open();
  const positions = { plays: { next: 1, rawHigh: 0, logTime: 0 } };
  await partition.commit({ epoch, positions, entries: new Map([['a', { state: 7 }]]) });
  assert.deepEqual([reader.find('a'), reader.get('a'), reader.positions(0)], [{ state: 7 }, 7, positions]);
  assert.deepEqual(stored.profilesAfter(0, undefined, 10), ['a']);
  await reader.close();
  await stored.close();
  await states.close();
});

test('what is found tells nothing stored from no state of the version, as of the newest commit', async () => {
  const folder = join(dir, 'found');
  const commit = async (states: ReturnType<typeof createLmdbKeyedStates<number>>, state: number) => {
    const partition = states.partition(0);
    const { epoch } = await partition.open();
    await partition.commit({ epoch, positions: {}, entries: new Map([['a', { state }]]) });
  };
  const reader = openKeyedReader<number>(folder, 1, 1);
  assert.equal(reader.find('a'), undefined);
  const states = createLmdbKeyedStates<number>(folder, 1);
  await commit(states, 7);
  assert.deepEqual([reader.find('a'), reader.find('b')], [{ state: 7 }, { state: undefined }]);
  await commit(states, 8);
  assert.deepEqual(reader.find('a'), { state: 8 });
  await states.close();
  rmSync(join(folder, '0'), { recursive: true });
  const others = createLmdbKeyedStates<number>(folder, 1);
  await commit(others, 9);
  await until(() => reader.find('a')?.state === 9);
  assert.equal(openKeyedReader<number>(folder, 1, 2).find('a'), undefined);
  await reader.close();
  await others.close();
});
