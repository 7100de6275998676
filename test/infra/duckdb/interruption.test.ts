import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { interruptible } from '../../../infra/duckdb/interruption.ts';

/** Hours of work. Statements have their ten minutes, and the tests one: only the signal can end it in time. */
const ENDLESS = 'SELECT sum(hash(a.i, b.i)) AS sum FROM range(1000000000) a(i), range(1000000) b(i)';
const IN_TIME = { timeout: 60_000 };
const CALLED_OFF = /called off/;
let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128, connections: 2 });
});
after(() => duckdb.close());

/** One connection's answer to a small question. */
const one = (): Promise<unknown> =>
  duckdb.use(async (c) => Number((await c.query('SELECT 1 AS one')).columns['one']?.values[0]));

test(
  'a statement under way is interrupted when its work is told to end, and the next caller gets an answer',
  IN_TIME,
  async () => {
    const controller = new AbortController();
    const work = interruptible(controller.signal, () =>
      duckdb.use((c) => {
        const answer = c.query(ENDLESS);
        setImmediate(() => controller.abort(new Error('called off')));
        return answer;
      }),
    );
    await assert.rejects(work, /interrupt/i);
    assert.deepEqual(await Promise.all([one(), one(), one()]), [1, 1, 1]);
  },
);

test('no statement begins once the work was told to end', IN_TIME, async () => {
  const controller = new AbortController();
  await assert.rejects(
    interruptible(controller.signal, () =>
      duckdb.use(async (c) => {
        await c.run('SELECT 1');
        controller.abort(new Error('called off'));
        await c.run(ENDLESS);
      }),
    ),
    CALLED_OFF,
  );
});

test('other work beside the one that ends goes on', IN_TIME, async () => {
  const controller = new AbortController();
  const held = Promise.withResolvers<void>();
  const beside = interruptible(new AbortController().signal, () =>
    duckdb.use(async (c) => {
      await c.run('CREATE OR REPLACE TEMP TABLE kept AS SELECT 7 AS value');
      await held.promise;
      return (await c.query('SELECT value FROM kept')).columns['value']?.values[0];
    }),
  );
  const ended = interruptible(controller.signal, () =>
    duckdb.use((c) => {
      setImmediate(() => controller.abort());
      return c.query(ENDLESS);
    }),
  );
  await assert.rejects(ended, /interrupt/i);
  held.resolve();
  assert.equal(await beside, 7);
});

test('a transaction that is interrupted leaves nothing', IN_TIME, async () => {
  await duckdb.use((c) => c.run('CREATE TABLE kept_in_transaction (value INTEGER)'));
  const controller = new AbortController();
  const work = interruptible(controller.signal, () =>
    duckdb.use((c) =>
      c.transaction(async () => {
        await c.run('INSERT INTO kept_in_transaction VALUES (1)');
        setImmediate(() => controller.abort());
        await c.run(ENDLESS);
      }),
    ),
  );
  await assert.rejects(work, /interrupt/i);
  const { columns } = await duckdb.use((c) => c.query('SELECT count(*) AS n FROM kept_in_transaction'));
  assert.equal(columns['n']?.values[0], 0n);
});
