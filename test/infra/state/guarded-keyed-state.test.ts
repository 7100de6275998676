import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { guardKeyedStates } from '../../../infra/state/guarded-keyed-state.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-torn-keyed-'));
after(() => rmSync(dir, { recursive: true, force: true }));

function open() {
  const discarded: number[] = [];
  const states = guardKeyedStates(createLmdbKeyedStates<string>(dir, 1), dir, (partition) => {
    discarded.push(partition);
  });
  return { states, discarded };
}

test('a torn partition begins anew and the others go on', async () => {
  const first = open();
  for (const number of [0, 1]) {
    const partition = first.states.partition(number);
    const { epoch } = await partition.open();
    const entries = new Map(Array.from({ length: 500 }, (_, i) => [`p${i}`, { state: `state ${i}` }]));
    await partition.commit({ epoch, positions: { plays: { next: 9, rawHigh: 8, logTime: 7 } }, entries });
  }
  await first.states.close();
  const path = join(dir, '1', 'data.mdb');
  truncateSync(path, statSync(path).size - 8192);

  const second = open();
  const { positions } = await second.states.partition(0).open();
  assert.equal(positions['plays']?.next, 9);
  assert.equal(second.states.partition(0).get('p7')?.state, 'state 7');
  const torn = await second.states.partition(1).open();
  assert.deepEqual(torn.positions, {});
  assert.equal(second.states.partition(1).get('p7'), undefined);
  assert.deepEqual(second.discarded, [1]);
  await second.states.close();
});
