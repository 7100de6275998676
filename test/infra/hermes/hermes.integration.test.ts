import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { viewName } from '../../../domain/views.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { createSubscriber, localPartPath } from '../../../infra/hermes/subscriber.ts';
import { silentLog } from '../../../infra/log.ts';
import { createS3ObjectStore, type S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { startReplyProxy, type ReplyProxy } from '../../support/object-store-proxy.ts';
import { bodyOf, exampleManifest, publish } from '../../support/object-store-views.ts';
import { testConfig } from '../../support/stack.ts';

const config = testConfig();
const home = region(config.region);
let proxy: ReplyProxy;
let direct: S3ObjectStore;
let proxied: S3ObjectStore;
let dir: string;

before(async () => {
  const address = new URL(config.s3.endpoint);
  proxy = await startReplyProxy({ host: address.hostname, port: Number(address.port) });
  const options = { ...config.s3, requestTimeoutMs: 3000 };
  direct = createS3ObjectStore(options);
  proxied = createS3ObjectStore({ ...options, endpoint: `http://127.0.0.1:${proxy.port}` });
  await direct.ensureBucket();
  dir = await mkdtemp(join(tmpdir(), 'marquee-hermes-'));
});
after(async () => {
  direct.close();
  proxied.close();
  await proxy.close();
  await rm(dir, { recursive: true });
});

test('every put of a publication may lose its reply, and the version is announced once', async () => {
  const view = viewName('lossy');
  const repository = createViewRepository({ store: proxied, region: home });
  for (const run of ['run-1', 'run-2', 'run-3']) {
    for (const key of ['claim.json', 'parts/part-0', 'manifest.json', 'status.json', 'lossy/pointer.json']) {
      proxy.harm('PUT', 'drop', 1, key);
    }
    await publish(repository, view, run, { 'part-0': run, 'part-1': 'same' }, home);
  }
  assert.ok(proxy.harmed() >= 15);
  const history = await createViewRepository({ store: direct, region: home }).listVersions(view);
  assert.deepEqual(
    history.map(({ version, state, runId }) => [version, state, runId]),
    [
      [3, 'announced', 'run-3'],
      [2, 'backup', 'run-2'],
      [1, 'backup', 'run-1'],
    ],
  );
});

test('of eight workers that announce over the same parent at once exactly one wins, the others lose cleanly', async () => {
  const view = viewName('raced');
  const repository = createViewRepository({ store: direct, region: home });
  const parent = await publish(repository, view, 'run-0', { 'part-0': 'zero' }, home);
  const runs = Array.from({ length: 8 }, (_, i) => `run-${i + 1}`);
  const staged = await Promise.all(
    runs.map(async (runId) => {
      const version = await repository.claimVersion(view, runId);
      await repository.putPart(view, version, 'part-0', bodyOf(runId));
      await repository.putManifest(exampleManifest(view, version, { 'part-0': runId }, parent, home));
      await repository.verify(view, version);
      return { version, runId };
    }),
  );
  assert.equal(new Set(staged.map(({ version }) => version)).size, 8);
  const results = await Promise.allSettled(
    staged.map(({ version, runId }) => repository.announce(view, version, { parent, runId })),
  );
  const won = results.flatMap((result, i) => (result.status === 'fulfilled' ? [staged[i]!.version] : []));
  const lost = results.filter(
    (r) => r.status === 'rejected' && isMarqueeError(r.reason, 'VIEW_PARENT_MOVED'),
  );
  assert.deepEqual([won.length, lost.length], [1, 7]);
  const history = await repository.listVersions(view);
  assert.deepEqual(
    history.filter(({ state }) => state === 'announced').map(({ version }) => version),
    won,
  );
  assert.equal(await repository.readState(view, parent), 'backup');
});

test('a subscriber loads from the store, refuses a corrupt part, and starts from disk when the store is gone', async (t) => {
  const view = viewName('followed');
  const repository = createViewRepository({ store: direct, region: home });
  const lossy = await startReplyProxy({
    host: new URL(config.s3.endpoint).hostname,
    port: Number(new URL(config.s3.endpoint).port),
  });
  const store = createS3ObjectStore({
    ...config.s3,
    endpoint: `http://127.0.0.1:${lossy.port}`,
    requestTimeoutMs: 2000,
  });
  t.after(async () => {
    store.close();
    await lossy.close().catch(() => undefined);
  });
  const subscriber = createSubscriber({
    repository: createViewRepository({ store, region: home }),
    dir,
    log: silentLog(),
    pollIntervalMs: 60_000,
  });
  const load = (versionDir: string, { parts }: { parts: readonly { name: string }[] }) =>
    readFile(localPartPath(versionDir, parts[0]!), 'utf8');
  await publish(repository, view, 'run-1', { 'part-0': 'one' }, home);
  const first = await subscriber.subscribe(view, { load });
  assert.equal(first.current()!.value, 'one');
  const bad = await publish(repository, view, 'run-2', { 'part-0': 'two' }, home);
  const key = `${home}/views/${view}/versions/${String(bad).padStart(8, '0')}/parts/part-0.parquet`;
  await direct.put(key, bodyOf('tw0'));
  await first.nudge();
  assert.deepEqual([first.current()!.value, first.status().lastError!.code], ['one', 'VIEW_CORRUPT']);
  await first.close();
  await lossy.close();
  const startedAt = performance.now();
  const second = await subscriber.subscribe(view, { load });
  assert.deepEqual([second.current()!.value, second.status().source], ['one', 'disk']);
  assert.ok(performance.now() - startedAt < 5000);
  await second.close();
});
