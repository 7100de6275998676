import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import type { Manifest, PartInfo } from '../../../infra/state/checkpoint-manifest.ts';
import { createKeyedCheckpoints } from '../../../infra/state/keyed-checkpoints.ts';
import type { KeyedFill } from '../../../infra/state/local-keyed-state.ts';
import { fillFrom } from '../../../infra/state/restore-checkpoint.ts';

const MIB = 2 ** 20;
const PLACE = { prefix: 'eu/c', fold: 'f', foldVersion: 1, owner: 'own' };
const manifestOf = (parts: readonly PartInfo[]): Manifest => ({
  ...{ fold: 'f', foldVersion: 1, epoch: 1, owner: 'own' },
  ...{ positions: {}, commits: 1, parts },
});

/** Keeps what it is given, and the keys of `change` in their order. */
function filled(): { into: KeyedFill; entries: Map<string, number>; changed: string[] } {
  const entries = new Map<string, number>();
  const changed: string[] = [];
  const into: KeyedFill = {
    append: (rows) => rows.forEach(({ key, value }) => entries.set(key, value[0]!)),
    change(rows) {
      for (const { key, value } of rows) {
        changed.push(key);
        if (value === undefined) entries.delete(key);
        else entries.set(key, value[0]!);
      }
    },
    timers: () => undefined,
    structures: () => undefined,
  };
  return { into, entries, changed };
}

/** Answers the newest of the requests under way first, one at a time; `most` is how many were under way at once. */
function answeringLastFirst(store: ObjectStore): { store: ObjectStore; most: () => number } {
  const waiting: (() => void)[] = [];
  let most = 0;
  const get: ObjectStore['get'] = async (key) => {
    const answered = new Promise<void>((resolve) => waiting.push(resolve));
    most = Math.max(most, waiting.length);
    void turn().then(() => waiting.pop()?.());
    await answered;
    return store.get(key);
  };
  return { store: { ...store, get }, most: () => most };
}

test('small parts are read eight at a time, and applied in their order whichever comes first', async () => {
  const memory = createMemoryObjectStore();
  const { writePart } = createKeyedCheckpoints({ ...PLACE, store: memory, log: silentLog() });
  const row = (key: string, value: number) => ({ key, value: Uint8Array.of(value) });
  const parts = [await writePart(1, 'entries', [row('all', 0), row('base', 0)])];
  for (let i = 1; i < 30; i += 1) parts.push(await writePart(1, 'changes', [row('all', i), row(`p${i}`, i)]));
  const { store, most } = answeringLastFirst(memory);
  const { readPart } = createKeyedCheckpoints({ ...PLACE, store, log: silentLog() });
  const { into, entries, changed } = filled();
  await fillFrom(manifestOf(parts), readPart, into);
  assert.equal(most(), 8);
  const names = Array.from({ length: 29 }, (_, i) => `p${29 - i}`);
  assert.deepEqual(changed, ['all', ...names]);
  assert.equal(entries.get('all'), 29);
  assert.equal(entries.get('base'), 0);
  assert.equal(entries.size, 31);
});

test('of large parts one is read ahead, so that memory holds two', async () => {
  let held = 0;
  let most = 0;
  const parts = Array.from({ length: 6 }, (_, i): PartInfo => ({
    ...{ key: `part-${i}`, kind: 'entries', rows: 1, sha256: '' },
    bytes: i === 3 ? 5 * MIB : 0.6 * MIB,
  }));
  const { into, entries } = filled();
  const fill = (rows: Parameters<KeyedFill['append']>[0]): void => {
    into.append(rows);
    held -= 1;
  };
  await fillFrom(
    manifestOf(parts),
    async ({ key }) => {
      most = Math.max(most, (held += 1));
      await turn();
      return [{ key, value: Uint8Array.of(1) }];
    },
    { ...into, append: fill },
  );
  assert.equal(most, 2);
  assert.equal(entries.size, 6);
});
