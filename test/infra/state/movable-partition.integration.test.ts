/** Moves between machines over a real object store, which loses replies and goes away. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createRandom } from '../../../domain/random.ts';
import { createS3ObjectStore, type S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { covered, fold, goOn } from '../../support/folded-log.ts';
import { createMachines, entriesOf, positionsAt, stateOf } from '../../support/machines.ts';
import { startReplyProxy, type ReplyProxy } from '../../support/object-store-proxy.ts';
import { testConfig } from '../../support/stack.ts';
import { harm, manifestIn, NEWEST } from '../../support/torn-checkpoints.ts';

const config = testConfig();
const machines = createMachines();
const { hostname, port } = new URL(config.s3.endpoint);
const open: S3ObjectStore[] = [];
let proxy: ReplyProxy;
let direct: S3ObjectStore;

before(async () => {
  proxy = await startReplyProxy({ host: hostname, port: Number(port) });
  direct = connect(config.s3.endpoint);
  await direct.ensureBucket();
});
after(async () => {
  await machines.close();
  for (const store of open) store.close();
  await proxy.close();
});

function connect(endpoint: string): S3ObjectStore {
  const store = createS3ObjectStore({ ...config.s3, endpoint, requestTimeoutMs: 1500 });
  open.push(store);
  return store;
}

const proxied = (): S3ObjectStore => connect(`http://127.0.0.1:${proxy.port}`);

test('replies lost at any request of a move cost time, never a change', async () => {
  const random = createRandom(9);
  const store = proxied();
  const place = { prefix: `${config.region}/lost` };
  const truth = new Map<string, number>();
  let restores = 0;
  for (let move = 0; move < 12; move += 1) {
    const machine = machines.start(`lost-${move % 2}`, store, place);
    for (const method of ['PUT', 'GET']) {
      if (random.chance(0.7)) proxy.harm(method, random.chance(0.5) ? 'drop' : 'late', 1, 'lost');
    }
    const { epoch, positions } = await machine.partition.open();
    assert.deepEqual(positions, move === 0 ? {} : positionsAt(move));
    for (const [key, seen] of truth) assert.deepEqual(machine.partition.get(key)?.state, stateOf(seen));
    const changed = Object.fromEntries(
      Array.from({ length: 10 }, () => [`p${random.below(50)}`, [move] as const]),
    );
    await machine.partition.commit({ epoch, positions: positionsAt(move + 1), entries: entriesOf(changed) });
    for (const key of Object.keys(changed)) truth.set(key, move);
    await machine.partition.checkpoint().catch(() => undefined);
    await machine.partition.checkpoint();
    await machine.partition.release();
    restores += machine.restored.length;
    await machine.close();
  }
  assert.ok(proxy.harmed() > 5, `${proxy.harmed()} replies were lost`);
  assert.equal(restores, 11);
});

test('while the object store is gone folding goes on, and checkpoints hold it once it is back', async () => {
  const place = { prefix: `${config.region}/gone` };
  let isGone = false;
  const lost = connect('http://127.0.0.1:1');
  const pick = (): S3ObjectStore => (isGone ? lost : direct);
  const store = {
    get: (...args: Parameters<S3ObjectStore['get']>) => pick().get(...args),
    put: (...args: Parameters<S3ObjectStore['put']>) => pick().put(...args),
    list: (...args: Parameters<S3ObjectStore['list']>) => pick().list(...args),
    delete: (...args: Parameters<S3ObjectStore['delete']>) => pick().delete(...args),
  };
  const a = machines.start('gone-a', store, place);
  const { epoch } = await a.partition.open();
  await a.partition.commit({ epoch, positions: positionsAt(1), entries: entriesOf({ p: [1], q: [1] }) });
  await a.partition.checkpoint();
  await a.partition.checkpoint();
  isGone = true;
  for (let next = 2; next <= 4; next += 1) {
    await a.partition.commit({ epoch, positions: positionsAt(next), entries: entriesOf({ p: [next] }) });
    await assert.rejects(a.partition.checkpoint(), { code: 'OBJECT_STORE_UNAVAILABLE' });
  }
  const b = machines.start('gone-b', store, place);
  await assert.rejects(b.partition.open(), (error) => isMarqueeError(error) && error.retryable);
  isGone = false;
  await a.partition.commit({ epoch, positions: positionsAt(5), entries: entriesOf({ q: [5] }) });
  await a.partition.checkpoint();
  assert.deepEqual(
    a.written.map(({ isBase, rows }) => [isBase, rows]),
    [
      [true, 2],
      [true, 2],
      [false, 2],
    ],
  );
  assert.deepEqual((await b.partition.open()).positions, positionsAt(5));
  assert.deepEqual(b.partition.get('p')?.state, stateOf(4));
  assert.deepEqual(b.partition.get('q')?.state, stateOf(5));
});

test('a part torn in the store, with the log trimmed behind both checkpoints, makes no state less', async () => {
  const prefix = `${config.region}/torn`;
  let from = 0;
  const a = machines.start('torn-a', direct, { prefix });
  const { epoch } = await a.partition.open();
  for (const to of [10, 14, 19]) {
    await fold(a, epoch, from, to);
    await a.partition.checkpoint();
    from = to;
  }
  for (const [at, how] of (['torn', 'missing'] as const).entries()) {
    const { parts } = (await manifestIn(direct, prefix, NEWEST))!;
    await harm(direct, parts[0]!.key, how);
    const b = machines.start(`torn-b${at}`, direct, { prefix });
    await goOn(b, await covered(direct, prefix), 25 + at);
    assert.deepEqual(b.discarded, ['before']);
    for (let i = 0; i < 2; i += 1) await b.partition.checkpoint();
  }
  const whole = machines.start('torn-c', direct, { prefix });
  assert.equal((await goOn(whole, 10, 26)).from, 26);
  assert.deepEqual(whole.discarded, []);
});

test('ten machines that take a partition at once leave one that can store', async () => {
  const place = { prefix: `${config.region}/race` };
  const crowd = Array.from({ length: 10 }, (_, i) => machines.start(`race-${i}`, direct, place));
  const stored = await Promise.allSettled(
    crowd.map(async (one, i) => {
      const { epoch } = await one.partition.open();
      await one.partition.commit({ epoch, positions: positionsAt(1), entries: entriesOf({ p: [i] }) });
      await one.partition.checkpoint();
      return { i, epoch };
    }),
  );
  const kept = stored.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const one of stored) {
    if (one.status === 'rejected')
      assert.ok(isMarqueeError(one.reason) && one.reason.retryable, String(one.reason));
  }
  const newest = kept.toSorted((x, y) => y.epoch - x.epoch)[0]!;
  const next = machines.start('race-next', direct, place);
  assert.deepEqual((await next.partition.open()).positions, positionsAt(1));
  assert.deepEqual(next.partition.get('p')?.state, stateOf(newest.i));
});
