import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ColumnSet } from '../../../infra/duckdb/columns.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { isMarqueeError } from '../../../domain/errors.ts';

describe('DuckDB', () => {
  let duckdb: DuckDb;
  before(async () => {
    duckdb = await createDuckDb({
      threads: 1,
      memoryLimitMb: 128,
      connections: 2,
      maxWaiting: 1,
      statementTimeoutMs: 2000,
    });
  });
  after(() => duckdb.close());

  test('hands out a long result by the batch, in order, and tells each time how many rows there are', async () => {
    const batches: ColumnSet[] = [];
    const read = (rows: number) =>
      duckdb.use((c) =>
        c.queryByBatch(
          `SELECT i::DOUBLE AS i, 't' || i AS text FROM range($rows) t(i)`,
          (batch, rowCount) => {
            assert.equal(rowCount, rows);
            batches.push(batch);
          },
          { rows },
        ),
      );
    await read(150_000);
    assert.ok(batches.length > 1);
    for (const { rowCount, columns } of batches)
      for (const { values } of Object.values(columns)) assert.equal(values.length, rowCount);
    const all = batches.flatMap(({ columns }) => Array.from(columns['i']!.values as Float64Array));
    assert.deepEqual(
      all,
      Array.from({ length: 150_000 }, (_, i) => i),
    );
    assert.equal(batches.at(-1)?.columns['text']?.values.at(-1), 't149999');
    batches.length = 0;
    await read(0);
    assert.deepEqual(
      batches.map(({ rowCount, columns }) => [rowCount, Object.keys(columns)]),
      [[0, ['i', 'text']]],
    );
  });

  test('reads each type into the array of its width, with nulls apart', async () => {
    const { rowCount, columns } = await duckdb.use((c) =>
      c.query(`SELECT i::BIGINT AS big, i::INTEGER AS int, (i % 2 = 0) AS flag, i / 2 AS double, 't' || i AS text,
        CASE WHEN i = 2500 THEN NULL ELSE i::INTEGER END AS hole, epoch_ms(i) AS time, ('b' || i)::BLOB AS blob
        FROM range(3000) t(i)`),
    );
    assert.equal(rowCount, 3000);
    assert.ok(columns['big']?.values instanceof BigInt64Array);
    assert.ok(columns['int']?.values instanceof Int32Array);
    assert.ok(columns['double']?.values instanceof Float64Array);
    assert.equal(columns['big'].values[2999], 2999n);
    assert.equal(columns['time']?.values[2999], 2_999_000n);
    assert.equal(columns['flag']?.values[2998], 1);
    assert.equal(columns['flag'].values[2999], 0);
    assert.equal(columns['text']?.values[2999], 't2999');
    assert.deepEqual(columns['blob']?.values[2999], new TextEncoder().encode('b2999'));
    const hole = columns['hole'];
    assert.ok(hole?.kind === 'numeric' && hole.nulls !== undefined);
    assert.equal(
      hole.nulls.reduce((sum, bit) => sum + bit, 0),
      1,
    );
    assert.equal(hole.nulls[2500], 1);
  });

  test('a text keeps the U+FEFF that it begins with, however long it is', async () => {
    const mark = '\ufeff';
    const texts = [
      ...['', mark, mark + mark, `${mark}a`, `a${mark}`, `${mark}a${mark}`, 'ï', '\uff00', null],
      ...[8, 9, 10, 12, 13, 5000].map((length) => mark + 'a'.repeat(length)),
    ];
    const back = await duckdb.use(async (c) => {
      await c.stage('s', { text: { kind: 'text', values: texts } }, texts.length);
      return c.query('SELECT text FROM s');
    });
    assert.deepEqual(back.columns['text']?.values, texts);
  });

  test('what is staged from columns comes back the same, across chunk borders', async () => {
    const rows = 5000;
    const number = Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? null : 2 ** 53 - i));
    const text = Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? null : `ünï ${i}`));
    const blob = Array.from({ length: rows }, (_, i) =>
      i % 3 === 0 ? null : Uint8Array.of(0, 255, i % 256),
    );
    const back = await duckdb.use(async (c) => {
      await c.stage(
        's',
        {
          number: { kind: 'number', values: number },
          text: { kind: 'text', values: text },
          blob: { kind: 'blob', values: blob },
        },
        rows,
      );
      return c.query('SELECT number::BIGINT AS number, text, blob FROM s');
    });
    const read = back.columns['number'];
    assert.ok(read?.kind === 'numeric');
    const found = Array.from(read.values as BigInt64Array, (value, i) =>
      read.nulls?.[i] === 1 ? null : Number(value),
    );
    assert.deepEqual(found, number);
    assert.deepEqual(back.columns['text']?.values, text);
    assert.deepEqual(back.columns['blob']?.values, blob);
  });

  test('columns of different lengths are refused', async () => {
    const work = duckdb.use((c) => c.stage('s', { a: { kind: 'number', values: [1, 2] } }, 3));
    await assert.rejects(work, RangeError);
  });

  test('a transaction that throws leaves nothing, and the connection is clean for the next caller', async () => {
    await duckdb.use((c) => c.run('CREATE TABLE t (v INTEGER)'));
    const failing = duckdb.use((c) =>
      c.transaction(async () => {
        await c.run('INSERT INTO t VALUES ($v)', { v: 1 });
        throw new Error('on purpose');
      }),
    );
    await assert.rejects(failing, /on purpose/);
    const { columns } = await duckdb.use((c) => c.query('SELECT count(*) AS n FROM t'));
    assert.equal(columns['n']?.values[0], 0n);
  });

  test('a statement past its deadline is interrupted', async () => {
    const slow = duckdb.use((c) =>
      c.query('SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(1000000) b(i)'),
    );
    await assert.rejects(slow, /Interrupt/i);
  });

  test('more callers than the pool may hold are refused at once', async () => {
    let open: (() => void) | undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const busy = [duckdb.use(() => gate), duckdb.use(() => gate), duckdb.use(() => Promise.resolve())];
    await assert.rejects(
      duckdb.use(() => Promise.resolve()),
      (error) => isMarqueeError(error, 'INTERNAL'),
    );
    open?.();
    await Promise.all(busy);
  });

  test('what is larger than memory is spilled, also into a folder whose parents are not there', async (t) => {
    const root = await mkdtemp(join(tmpdir(), 'marquee-spill-'));
    t.after(() => rm(root, { recursive: true, force: true }));
    const small = await createDuckDb({ threads: 1, memoryLimitMb: 32, tempDir: join(root, 'spill', '1') });
    t.after(() => small.close());
    const { columns } = await small.use(async (c) => {
      await c.run('CREATE TEMP TABLE large AS SELECT hash(range) AS value FROM range(8000000)');
      return c.query('SELECT count(DISTINCT value) AS n FROM (SELECT value FROM large LIMIT 1000)');
    });
    assert.deepEqual(columns['n']?.values, BigInt64Array.of(1000n));
  });

  test('an extension that is nowhere is named with a remedy', async () => {
    const opening = createDuckDb({
      threads: 1,
      memoryLimitMb: 64,
      extensions: ['no_such_thing'],
      extensionDir: '/nonexistent',
    });
    await assert.rejects(
      opening,
      (error) => isMarqueeError(error, 'SERVER_MISSING') && error.message.includes('no_such_thing'),
    );
  });
});
