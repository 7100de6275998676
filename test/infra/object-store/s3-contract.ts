import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../../../domain/errors.ts';
import {
  createS3ObjectStore,
  type S3ObjectStore,
  type S3ObjectStoreOptions,
} from '../../../infra/object-store/s3.ts';
import { startReplyProxy, type ReplyFault, type ReplyProxy } from '../../support/object-store-proxy.ts';
import { objectStoreContract, race } from './contract.ts';
import { freePort } from '../../support/free-port.ts';

/** Where an S3 server under test listens and the key it accepts. */
export type S3Server = { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };

const MiB = 1024 * 1024;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const refused = (error: unknown): boolean => isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED');
const unavailable = (error: unknown): boolean => isMarqueeError(error, 'OBJECT_STORE_UNAVAILABLE');

/** The port's contract on a real S3 server, and what only a network can do to it. */
export function s3Contract(name: string, start: () => Promise<S3Server>, stop: () => Promise<void>): void {
  const open: S3ObjectStore[] = [];
  let options: S3ObjectStoreOptions;
  let proxy: ReplyProxy;
  let direct: S3ObjectStore;

  const openStore = (changes: Partial<S3ObjectStoreOptions> = {}): S3ObjectStore => {
    const store = createS3ObjectStore({ ...options, ...changes });
    open.push(store);
    return store;
  };
  const openProxied = (requestTimeoutMs = 3000): S3ObjectStore =>
    openStore({ endpoint: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs });

  before(async () => {
    const server = await start();
    options = {
      ...server,
      bucket: `contract-${randomUUID().slice(0, 8)}`,
      requestTimeoutMs: 3000,
      multipartBytes: 5 * MiB,
      partBytes: 5 * MiB,
      listPageKeys: 7,
    };
    const address = new URL(server.endpoint);
    proxy = await startReplyProxy({ host: address.hostname, port: Number(address.port) });
    direct = openStore();
    await direct.ensureBucket();
    await direct.ensureBucket();
  });
  after(async () => {
    for (const store of open) store.close();
    await proxy.close();
    await stop();
  });

  objectStoreContract(name, () => direct);

  for (const fault of ['drop', 'stall', 'late', 'twice'] satisfies ReplyFault[]) {
    test(`${name}: with a reply lost (${fault}) a put that was done is reported as done`, async () => {
      const store = openProxied(1500);
      const key = `lost/${randomUUID()}`;
      const before = proxy.harmed();
      proxy.harm('PUT', fault);
      const first = await store.put(key, bytes('one'), { ifAbsent: true });
      proxy.harm('PUT', fault);
      const second = await store.put(key, bytes('two'), { ifMatch: first.etag });
      proxy.harm('PUT', fault);
      const third = await store.put(key, bytes('three'));
      assert.equal(proxy.harmed() - before, 3);
      assert.notEqual(second.etag, third.etag);
      // What arrives late has arrived by now.
      if (fault === 'late') await sleep(400);
      const found = await direct.get(key);
      assert.deepEqual([Buffer.from(found!.body).toString(), found!.etag], ['three', third.etag]);
    });

    test(`${name}: with a reply lost (${fault}) a put that lost is reported as lost`, async () => {
      const store = openProxied(1500);
      const key = `lost/${randomUUID()}`;
      await direct.put(key, bytes('theirs'));
      proxy.harm('PUT', fault);
      await assert.rejects(store.put(key, bytes('mine'), { ifAbsent: true }), refused);
      proxy.harm('PUT', fault);
      await assert.rejects(store.put(key, bytes('mine'), { ifMatch: '"0123"' }), refused);
      assert.equal(Buffer.from((await direct.get(key))!.body).toString(), 'theirs');
    });
  }

  test(`${name}: lost replies among racing writers still leave exactly one winner`, async () => {
    const store = openProxied();
    for (let round = 0; round < 5; round += 1) {
      const key = `lost/${randomUUID()}`;
      proxy.harm('PUT', 'drop', 6, key);
      const won = await race((i) => store.put(key, bytes(`writer ${i}`), { ifAbsent: true }), 16);
      assert.equal(won.length, 1);
      assert.equal(Buffer.from((await direct.get(key))!.body).toString(), `writer ${won[0]}`);
    }
  });

  test(`${name}: a lost reply to any step of an upload in parts does not change its outcome`, async () => {
    const store = openProxied();
    for (const [method, part] of [
      ['POST', 'uploads'],
      ['PUT', 'partNumber=2'],
      ['POST', 'uploadId='],
    ] as const) {
      const key = `lost/${randomUUID()}`;
      const body = new Uint8Array(11 * MiB).fill(7);
      const before = proxy.harmed();
      proxy.harm(method, 'drop', 1, part);
      const { etag } = await store.put(key, body);
      assert.equal(proxy.harmed() - before, 1, `${method} ${part}`);
      assert.equal((await direct.get(key))!.etag, etag);
      assert.equal((await direct.list(key)).length, 1);
    }
  });

  test(`${name}: a reading whose reply is lost is repeated`, async () => {
    const store = openProxied();
    const key = `lost/${randomUUID()}`;
    await direct.put(key, bytes('here'));
    proxy.harm('GET', 'drop');
    assert.equal(Buffer.from((await store.get(key))!.body).toString(), 'here');
    proxy.harm('GET', 'drop');
    assert.equal((await store.list(key)).length, 1);
    proxy.harm('DELETE', 'drop');
    await store.delete(key);
    assert.equal(await direct.get(key), undefined);
  });

  test(`${name}: a wrong secret is denied, on every verb and at once`, async () => {
    const store = openStore({ secretAccessKey: 'wrong-secret-of-some-length' });
    const isDenied = (error: unknown): boolean => isMarqueeError(error, 'OBJECT_STORE_DENIED');
    const startedAt = performance.now();
    await assert.rejects(store.put('denied', bytes('x')), isDenied);
    await assert.rejects(store.put('denied', bytes('x'), { ifAbsent: true }), isDenied);
    await assert.rejects(store.get('denied'), isDenied);
    await assert.rejects(store.get('denied', { from: 0, to: 0 }), isDenied);
    await assert.rejects(store.list('denied'), isDenied);
    await assert.rejects(store.delete('denied'), isDenied);
    await assert.rejects(store.put('denied', new Uint8Array(6 * MiB)), isDenied);
    assert.ok(performance.now() - startedAt < 5000);
    assert.equal(await direct.get('denied'), undefined);
  });

  test(`${name}: a server that is gone is unavailable within the request timeout`, async () => {
    const port = await freePort();
    const store = openStore({ endpoint: `http://127.0.0.1:${port}`, requestTimeoutMs: 2000 });
    const verbs = [
      () => store.get('a'),
      () => store.put('a', bytes('x'), { ifAbsent: true }),
      () => store.list('a'),
    ];
    for (const verb of verbs) {
      const startedAt = performance.now();
      await assert.rejects(verb(), unavailable);
      assert.ok(performance.now() - startedAt < 2000);
    }
  });

  test(`${name}: a server that never answers is unavailable within four request timeouts`, async () => {
    const store = openProxied(400);
    for (const verb of [
      () => store.get('silent/a'),
      () => store.put('silent/a', bytes('x'), { ifAbsent: true }),
    ]) {
      for (const method of ['GET', 'HEAD', 'PUT']) proxy.harm(method, 'stall', 10, 'silent/');
      const startedAt = performance.now();
      await assert.rejects(verb(), unavailable);
      assert.ok(performance.now() - startedAt < 4 * 400 + 600);
    }
  });
}
