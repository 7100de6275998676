import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { MarqueeError } from '../../../domain/errors.ts';
import { createKeys, type KeyOrder } from '../../../infra/keys/key-commands.ts';
import { createKeyFile, createKeyObject, type KeyStore } from '../../../infra/keys/key-store.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';

const ORDER: KeyOrder = { scopes: ['rows:read'], profile: null, name: 'x', expiresAt: null };
const path = join(mkdtempSync(join(tmpdir(), 'marquee-keys-')), 'deep', 'keys.json');
const stores: Readonly<Record<string, () => KeyStore>> = {
  'a file': () => createKeyFile(path),
  'an object': () => createKeyObject(createMemoryObjectStore(), 'local/keys.json'),
};

for (const [name, open] of Object.entries(stores)) {
  test(`in ${name}, what was made is listed, what was revoked stays so, and nothing else changes`, async () => {
    const keys = createKeys(open(), () => 1000);
    assert.deepEqual(await keys.list(), []);
    const [first, second] = [await keys.create(ORDER), await keys.create(ORDER)];
    assert.equal((await keys.revoke(first.told.id)).state, 'revoked');
    const states = new Map((await keys.list()).map(({ id, state }) => [id, state]));
    assert.deepEqual([states.get(first.told.id), states.get(second.told.id)], ['revoked', 'valid']);
    await assert.rejects(keys.revoke('nobody'), (error: MarqueeError) => error.code === 'KEY_NOT_FOUND');
  });
}

test('of keys made at the same moment on several machines none is lost', async () => {
  const store = createMemoryObjectStore();
  const machines = Array.from({ length: 4 }, () => createKeys(createKeyObject(store, 'k')));
  await Promise.all(machines.map((keys) => keys.create(ORDER)));
  assert.equal((await machines[0]!.list()).length, 4);
});

test('a list that is torn, or says more than it may, is not used in part', async () => {
  const torn = join(mkdtempSync(join(tmpdir(), 'marquee-keys-')), 'keys.json');
  for (const text of ['{', '[]', '{"version":2,"keys":[]}', '{"version":1,"keys":[{"id":"x"}]}']) {
    writeFileSync(torn, text);
    await assert.rejects(
      createKeyFile(torn).read(),
      (error: MarqueeError) => error.code === 'KEYS_INVALID',
      text,
    );
  }
});

test('a key that would be of no use, or of too much, is not made', async () => {
  const keys = createKeys(createKeyObject(createMemoryObjectStore(), 'k'));
  for (const order of [
    { ...ORDER, scopes: [] },
    { ...ORDER, scopes: ['events:write'] as const },
    { ...ORDER, scopes: ['ops:write'] as const, profile: 'p-1' },
  ])
    await assert.rejects(keys.create(order), (error: MarqueeError) => error.code === 'KEY_REFUSED');
  assert.deepEqual(await keys.list(), []);
});
