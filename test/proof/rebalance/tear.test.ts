/** That what the proof tears has to be read by whoever comes next. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { generation, region } from '../../../domain/ids.ts';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { KeyedStates } from '../../../infra/state/keyed-state.ts';
import { createLmdbKeyedStates } from '../../../infra/state/lmdb-keyed-state.ts';
import { createMovableKeyedStates } from '../../../infra/state/movable-keyed-states.ts';
import type { MovablePartition } from '../../../infra/state/movable-partition.ts';
import { entriesOf, positionsAt, type TestState } from '../../support/machines.ts';
import { createTearing } from './tear.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-tear-'));
const opened: KeyedStates<TestState>[] = [];
after(async () => {
  for (const states of opened) await states.close();
  rmSync(scratch, { recursive: true, force: true });
});
const store = createMemoryObjectStore();
const fold = { name: 'counting', version: 1 };
const config = { region: region('eu'), generation: generation('g1'), partitions: 2 };
const dirOf = (name: string): string => join(scratch, name);

function machine(name: string): { partition: MovablePartition<TestState>; discarded: string[] } {
  const discarded: string[] = [];
  const states = createMovableKeyedStates<TestState>({
    ...config,
    local: createLmdbKeyedStates<TestState>(join(dirOf(name), 'state', fold.name, 'eu.g1'), fold.version),
    ...{ store, fold, owner: `host:${dirOf(name)}`, log: silentLog() },
    limits: {
      ...{ intervalMs: 3_600_000, handoverMs: 0, releaseMs: 5000 },
      ...{ partBytes: 1000, maxParts: 4, maxChanges: 100 },
    },
    onDiscarded: (from) => void discarded.push(from),
  });
  opened.push(states);
  return { partition: states.partition(1) as MovablePartition<TestState>, discarded };
}

/** Opens, stores up to `next`, and writes checkpoints until there is one before. */
async function goOn({ partition }: ReturnType<typeof machine>, next: number): Promise<void> {
  const { epoch } = await partition.open();
  await partition.commit({ epoch, positions: positionsAt(next), entries: entriesOf({ p: [next] }) });
  for (let i = 0; i < 2; i += 1) await partition.checkpoint();
}

test('only what nobody has besides is torn, of the machine that was killed, and then it is gone on from the one before', async () => {
  const { tear, torn } = createTearing({ config, store, folds: [fold] });
  const [a, b] = [machine('a'), machine('b')];
  await goOn(b, 3);
  await goOn(a, 3);
  assert.equal(await tear(dirOf('a'), [dirOf('b')], 5), undefined, 'the other is as far');
  await goOn(a, 9);
  assert.equal(await tear(dirOf('b'), [dirOf('a')], 5), undefined, 'it is not its owner any more');
  assert.match((await tear(dirOf('a'), [dirOf('b')], 5))!, /\/counting\/g1\/1\/v1\/parts\//);
  assert.equal(torn(), 1);
  await b.partition.open();
  assert.deepEqual([a.discarded, b.discarded], [[], ['before']]);
});
