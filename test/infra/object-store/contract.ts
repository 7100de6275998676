import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined): string | undefined => body && new TextDecoder().decode(body);
const refused = (error: unknown): boolean => isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED');

/** What every object store must do. `open` gives the store under test; each test keeps to a prefix of its own. */
export function objectStoreContract(name: string, open: () => ObjectStore): void {
  const fresh = () => ({ store: open(), prefix: `contract/${randomUUID()}` });

  test(`${name}: what was put is what is got, with the same etag`, async () => {
    const { store, prefix } = fresh();
    const body = Uint8Array.from({ length: 1000 }, (_, i) => i % 256);
    const { etag } = await store.put(`${prefix}/a.bin`, body);
    const found = await store.get(`${prefix}/a.bin`);
    assert.deepEqual(Buffer.from(found!.body), Buffer.from(body));
    assert.equal(found!.etag, etag);
    const empty = await store.put(`${prefix}/empty`, new Uint8Array());
    assert.deepEqual([text((await store.get(`${prefix}/empty`))!.body), empty.etag.length > 0], ['', true]);
  });

  test(`${name}: an object that was never written is undefined, and deleting it is nothing`, async () => {
    const { store, prefix } = fresh();
    assert.equal(await store.get(`${prefix}/missing`), undefined);
    assert.equal(await store.get(`${prefix}/missing`, { from: 0, to: 4 }), undefined);
    assert.equal(await store.get(`${prefix}/missing`, { from: 4, to: 4 }), undefined);
    await store.delete(`${prefix}/missing`);
    await store.put(`${prefix}/here`, bytes('x'));
    await store.delete(`${prefix}/here`);
    assert.equal(await store.get(`${prefix}/here`), undefined);
  });

  test(`${name}: a changed copy of the caller's buffers does not change the object`, async () => {
    const { store, prefix } = fresh();
    const body = bytes('mine');
    await store.put(`${prefix}/a`, body);
    body.fill(0);
    (await store.get(`${prefix}/a`))!.body.fill(0);
    assert.equal(text((await store.get(`${prefix}/a`))!.body), 'mine');
  });

  test(`${name}: a range gives the bytes from its start up to its end, cut at the object's end`, async () => {
    const { store, prefix } = fresh();
    const { etag } = await store.put(`${prefix}/a`, bytes('0123456789'));
    const range = async (from: number, to: number) => {
      const found = await store.get(`${prefix}/a`, { from, to });
      assert.equal(found!.etag, etag);
      return text(found!.body);
    };
    assert.deepEqual(
      [await range(0, 10), await range(2, 5), await range(8, 99), await range(10, 12), await range(3, 3)],
      ['0123456789', '234', '89', '', ''],
    );
  });

  test(`${name}: ifAbsent writes once and refuses the second time`, async () => {
    const { store, prefix } = fresh();
    await store.put(`${prefix}/a`, bytes('one'), { ifAbsent: true });
    await assert.rejects(store.put(`${prefix}/a`, bytes('two'), { ifAbsent: true }), refused);
    await assert.rejects(store.put(`${prefix}/a`, bytes('one'), { ifAbsent: true }), refused);
    assert.equal(text((await store.get(`${prefix}/a`))!.body), 'one');
  });

  test(`${name}: ifMatch writes over the etag it names and over nothing else`, async () => {
    const { store, prefix } = fresh();
    const first = await store.put(`${prefix}/a`, bytes('one'));
    const second = await store.put(`${prefix}/a`, bytes('two'), { ifMatch: first.etag });
    assert.notEqual(first.etag, second.etag);
    await assert.rejects(store.put(`${prefix}/a`, bytes('three'), { ifMatch: first.etag }), refused);
    await assert.rejects(store.put(`${prefix}/none`, bytes('x'), { ifMatch: first.etag }), refused);
    assert.equal(text((await store.get(`${prefix}/a`))!.body), 'two');
    assert.equal(await store.get(`${prefix}/none`), undefined);
  });

  test(`${name}: of 64 writers that race with ifAbsent exactly one wins, and its bytes stay`, async () => {
    const { store, prefix } = fresh();
    const won = await race((i) => store.put(`${prefix}/claim`, bytes(`writer ${i}`), { ifAbsent: true }));
    assert.equal(won.length, 1);
    assert.equal(text((await store.get(`${prefix}/claim`))!.body), `writer ${won[0]}`);
  });

  test(`${name}: of 64 writers that race with ifMatch exactly one wins, and its bytes stay`, async () => {
    const { store, prefix } = fresh();
    const { etag } = await store.put(`${prefix}/pointer`, bytes('start'));
    const won = await race((i) => store.put(`${prefix}/pointer`, bytes(`writer ${i}`), { ifMatch: etag }));
    assert.equal(won.length, 1);
    assert.equal(text((await store.get(`${prefix}/pointer`))!.body), `writer ${won[0]}`);
  });

  test(`${name}: eight writers that add one by compare-and-swap lose no step`, async () => {
    const { store, prefix } = fresh();
    await store.put(`${prefix}/counter`, bytes('0'));
    const steps = 5;
    await Promise.all(Array.from({ length: 8 }, () => addOneTimes(store, `${prefix}/counter`, steps)));
    assert.equal(text((await store.get(`${prefix}/counter`))!.body), String(8 * steps));
  });

  test(`${name}: a listing has every key under the prefix in byte order, through all pages`, async () => {
    const { store, prefix } = fresh();
    const names = Array.from({ length: 45 }, (_, i) => `v/${String(i).padStart(8, '0')}/part.bin`);
    names.push('v-2/x', 'v/00000003/a.bin', 'v/00000003/a-b.bin', 'v/with space/é.bin', 'w/deep/er/still');
    await Promise.all(names.map((key) => store.put(`${prefix}/${key}`, bytes(key))));
    const sorted = names
      .map((key) => `${prefix}/${key}`)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const all = await store.list(`${prefix}/`);
    assert.deepEqual(
      all.map((o) => o.key),
      sorted,
    );
    assert.equal(all.find((o) => o.key.endsWith('v-2/x'))!.size, 5);
    assert.equal(all[7]!.etag, (await store.get(all[7]!.key))!.etag);
    assert.deepEqual(
      (await store.list(`${prefix}/`, { after: sorted[20]!, limit: 7 })).map((o) => o.key),
      sorted.slice(21, 28),
    );
    assert.deepEqual((await store.list(`${prefix}/v/0000001`)).length, 10);
    assert.deepEqual(await store.list(`${prefix}/nothing`), []);
  });

  test(`${name}: a body of several parts comes back whole, and obeys its condition`, async () => {
    const { store, prefix } = fresh();
    const body = patterned(11 * 1024 * 1024 + 17, 1);
    await store.put(`${prefix}/big`, body, { ifAbsent: true });
    const found = await store.get(`${prefix}/big`);
    assert.equal(Buffer.compare(found!.body, body), 0);
    const middle = await store.get(`${prefix}/big`, { from: 5_242_870, to: 5_242_890 });
    assert.deepEqual(Buffer.from(middle!.body), Buffer.from(body.subarray(5_242_870, 5_242_890)));
    const other = patterned(11 * 1024 * 1024, 2);
    await assert.rejects(store.put(`${prefix}/big`, other, { ifAbsent: true }), refused);
    await assert.rejects(store.put(`${prefix}/big`, other, { ifMatch: '"0123456789abcdef"' }), refused);
    const replaced = await store.put(`${prefix}/big`, other, { ifMatch: found!.etag });
    assert.equal((await store.get(`${prefix}/big`))!.etag, replaced.etag);
  });

  test(`${name}: of four writers that race with large bodies exactly one wins, every time`, async () => {
    const { store, prefix } = fresh();
    const bodies = Array.from({ length: 4 }, (_, i) => patterned(5 * 1024 * 1024 + 100, i + 1));
    for (let round = 0; round < 5; round += 1) {
      const key = `${prefix}/big-${round}`;
      const won = await race((i) => store.put(key, bodies[i]!, { ifAbsent: true }), 4);
      assert.equal(won.length, 1);
      assert.equal(Buffer.compare((await store.get(key))!.body, bodies[won[0]!]!), 0);
    }
  });
}

/** Runs writers at once and returns the numbers of those that won; any failure but a refusal is thrown. */
export async function race(write: (writer: number) => Promise<unknown>, writers = 64): Promise<number[]> {
  const results = await Promise.allSettled(Array.from({ length: writers }, (_, i) => write(i)));
  const won: number[] = [];
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') won.push(i);
    else if (!refused(result.reason)) throw result.reason;
  }
  return won;
}

async function addOneTimes(store: ObjectStore, key: string, steps: number): Promise<void> {
  let done = 0;
  while (done < steps) {
    const found = await store.get(key);
    try {
      await store.put(key, bytes(String(Number(text(found!.body)) + 1)), { ifMatch: found!.etag });
      done += 1;
    } catch (error) {
      if (!refused(error)) throw error;
    }
  }
}

function patterned(length: number, seed: number): Uint8Array {
  const body = new Uint8Array(length);
  for (let i = 0; i < length; i += 1) body[i] = (i * 31 + seed * 17 + (i >> 8)) & 255;
  return body;
}
