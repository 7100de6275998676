import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../../infra/log.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { decodePart, encodePart, type PartRow } from '../../../infra/state/checkpoint-part.ts';
import { createKeyedCheckpoints, type KeyedCheckpoints } from '../../../infra/state/keyed-checkpoints.ts';

const at = (store: ObjectStore, owner: string): KeyedCheckpoints =>
  createKeyedCheckpoints({
    ...{ store, owner, prefix: 'eu/c', fold: 'f', foldVersion: 1, log: silentLog() },
  });
const ROWS: readonly PartRow[] = [
  { key: 'a', value: Uint8Array.of(1, 2, 3), time: 7 },
  { key: 'Ünï\u{1f3ac}', value: new Uint8Array(0) },
  { key: 'gone' },
  { key: 'timer', time: 1_790_000_000_123 },
];

test('rows come back from a part as they were, and a part that was changed does not', async () => {
  const part = await encodePart(ROWS);
  const rows = (await decodePart(part)).map(({ value, ...row }) => ({
    ...row,
    ...(value && { value: [...value] }),
  }));
  assert.deepEqual(
    rows,
    ROWS.map(({ value, ...row }) => ({ ...row, ...(value && { value: [...value] }) })),
  );
  assert.deepEqual(await decodePart(await encodePart([])), []);
  for (let at = 0; at < part.body.length; at += 1) {
    const turned = Uint8Array.from(part.body);
    turned[at]! ^= 1;
    await assert.rejects(decodePart({ ...part, body: turned }), RangeError);
  }
});

test('an owner that wakes after its swap removes what its own manifest left, and nothing of its successor', async () => {
  const store = createMemoryObjectStore();
  const [old, young] = [at(store, 'old'), at(store, 'young')];
  const { left: blank } = await old.take(5);
  const unnamed = await old.writePart(5, 'entries', ROWS);
  const kept = await old.writePart(5, 'entries', ROWS);
  const manifest = { ...blank, epoch: 5, owner: 'old', parts: [kept] };
  await old.swap(manifest);
  assert.deepEqual((await young.take(6)).newest?.parts, [kept]);
  const newer = await young.writePart(6, 'changes', ROWS);
  await old.tidy(manifest);
  assert.equal((await young.readPart(newer)).length, ROWS.length);
  assert.equal((await young.readPart(kept)).length, ROWS.length);
  await assert.rejects(young.readPart(unnamed), { code: 'CHECKPOINT_CORRUPT' });
  await assert.rejects(old.swap(manifest), { code: 'STATE_MOVED' });
});

test('a swap whose answer was lost is known again as its own', async () => {
  const store = createMemoryObjectStore();
  let isLost = false;
  const losing: ObjectStore = {
    ...store,
    async put(key, body, condition) {
      const done = await store.put(key, body, condition);
      if (!isLost) return done;
      isLost = false;
      throw new Error('no answer');
    },
  };
  const own = at(losing, 'own');
  const { left: blank } = await own.take(5);
  const part = await own.writePart(5, 'entries', ROWS);
  isLost = true;
  await assert.rejects(own.swap({ ...blank, epoch: 5, parts: [part] }), /no answer/);
  const more = await own.writePart(5, 'changes', ROWS);
  await own.swap({ ...blank, epoch: 5, parts: [part, more] });
  assert.deepEqual((await at(store, 'next').take(6)).newest?.parts, [part, more]);
});
