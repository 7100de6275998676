import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { ColumnSet } from '../../../infra/duckdb/columns.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { PackedRows, PackedType } from '../../../infra/duckdb/packed-chunks.ts';
import {
  clearPacked,
  dropLast,
  packedBytes,
  packedNumbers,
  packedValue,
  putBytes,
  putNumber,
  putText,
  type PackedColumn,
  type PackedValue,
} from '../../../infra/duckdb/packed-columns.ts';

let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256, connections: 1 });
});
after(() => duckdb.close());

interface Values {
  readonly integer: number | null;
  readonly small: number | null;
  readonly double: number | null;
  readonly text: string | null;
  readonly blob: Uint8Array | null;
}
const NAMES = ['integer', 'small', 'double', 'text', 'blob'] as const;
const TYPES: readonly (readonly [string, PackedType])[] = [
  ['integer', 'BIGINT'],
  ['small', 'INTEGER'],
  ['double', 'DOUBLE'],
  ['text', 'VARCHAR'],
  ['blob', 'BLOB'],
];

const nullable = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values, { nil: null });
const row: fc.Arbitrary<Values> = fc.record({
  integer: nullable(fc.maxSafeInteger()),
  small: nullable(fc.integer()),
  double: nullable(fc.double({ noNaN: true })),
  text: nullable(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40, size: 'max' }),
      fc.string({ minLength: 10, maxLength: 15 }),
      fc.string({ maxLength: 15 }).map((text) => `\ufeff${text}`),
    ),
  ),
  blob: nullable(fc.uint8Array({ maxLength: 60, size: 'max' })),
});

function pack(rows: readonly Values[]): PackedColumn[] {
  const columns = [
    packedNumbers(),
    packedNumbers(),
    packedNumbers(),
    packedBytes('text'),
    packedBytes('blob'),
  ];
  rows.forEach((values, at) => {
    for (const [i, name] of NAMES.entries()) put(columns[i]!, at, values[name]);
  });
  return columns;
}

function put(column: PackedColumn, at: number, value: PackedValue): void {
  if (value === null) return;
  if (column.kind === 'number') putNumber(column, at, value as number);
  else if (typeof value === 'string') putText(column, at, value);
  else putBytes(column, at, value as Uint8Array, 0, (value as Uint8Array).length);
}

const scanned = (columns: typeof TYPES, parts: readonly PackedRows[]): Promise<ColumnSet> =>
  duckdb.use((connection) =>
    connection.lend({ columns, parts }, (source) => connection.query(`SELECT * FROM ${source}`)),
  );

function read({ rowCount, columns }: ColumnSet): Values[] {
  return Array.from({ length: rowCount }, (_, at) =>
    Object.fromEntries(
      NAMES.map((name) => {
        const column = columns[name]!;
        const isNull = column.kind === 'numeric' && column.nulls?.[at] === 1;
        const value = isNull ? null : column.values[at];
        return [name, typeof value === 'bigint' ? Number(value) : value];
      }),
    ),
  ) as unknown as Values[];
}

/** What a text is once it has been bytes: half of a surrogate pair is not a character. */
const asStored = (values: Values): Values => ({ ...values, text: values.text?.toWellFormed() ?? null });

test('what is packed comes back from DuckDB the same, whatever rows are taken', async () => {
  const taken = fc.array(fc.tuple(row, fc.boolean()), { minLength: 1, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.array(taken, { minLength: 1, maxLength: 3 }), async (partitions) => {
      const parts = partitions.map((rows) => ({
        columns: pack(rows.map(([values]) => values)),
        take: rows.flatMap(([, isTaken], at) => (isTaken ? [at] : [])),
      }));
      const expected = partitions.flatMap((rows) =>
        rows.flatMap(([values, isTaken]) => (isTaken ? [values] : [])),
      );
      assert.deepEqual(read(await scanned(TYPES, parts)), expected.map(asStored));
    }),
    { numRuns: 200 },
  );
});

test('chunks follow each other, with long and short texts and nulls that come and go', async () => {
  const rows = Array.from({ length: 10_000 }, (_, i): Values => ({
    integer: i < 3000 ? i : null,
    small: i % 3 === 0 ? null : -i,
    double: i / 7,
    text: i % 11 === 0 ? null : `${i}`.repeat(1 + (i % 5)),
    blob: i > 5000 ? Uint8Array.of(i & 255) : null,
  }));
  const part = { columns: pack(rows), take: rows.map((_, at) => at) };
  assert.deepEqual(read(await scanned(TYPES, [part])), rows);
});

test('a constant is the same in every row', async () => {
  const long = packedBytes('text');
  putText(long, 0, 'more than twelve bytes');
  const number = packedNumbers();
  putNumber(number, 0, 7);
  const part = {
    columns: [{ constant: long }, { constant: number }],
    take: Array.from({ length: 3000 }, (_, at) => at),
  };
  const types = [['text', 'VARCHAR'] as const, ['n', 'INTEGER'] as const];
  const { columns } = await scanned(types, [part]);
  assert.deepEqual(new Set(columns['text']?.values as string[]), new Set(['more than twelve bytes']));
  assert.deepEqual(new Set(columns['n']?.values as Int32Array), new Set([7]));
});

test('bytes that are no UTF-8 become U+FFFD, also where two texts together would be a character', async () => {
  const texts = packedBytes('text');
  const parts = [Uint8Array.of(0x41, 0xc3), Uint8Array.of(0xbc, 0x42), Uint8Array.of(0xff), Buffer.from('ü')];
  parts.forEach((bytes, at) => putBytes(texts, at, bytes, 0, bytes.length));
  const { columns } = await scanned([['text', 'VARCHAR']], [{ columns: [texts], take: [0, 1, 2, 3] }]);
  const expected = ['A\ufffd', '\ufffdB', '\ufffd', 'ü'];
  assert.deepEqual(columns['text']?.values, expected);
  assert.deepEqual(
    parts.map((_, at) => packedValue(texts, at)),
    expected,
  );
});

test('rows are read as often as a statement likes, also into a table, and not once they are taken back', async () => {
  const part = { columns: [packedNumbers()], take: Array.from({ length: 5000 }, (_, at) => at) };
  part.take.forEach((at) => putNumber(part.columns[0]!, at, at));
  await duckdb.use(async (connection) => {
    const source = await connection.lend({ columns: [['n', 'BIGINT']], parts: [part] }, async (sql) => {
      await connection.run(`CREATE TABLE twice AS SELECT a.n FROM ${sql} a JOIN ${sql} b USING (n)`);
      return sql;
    });
    const { columns } = await connection.query(
      'SELECT count(*)::INTEGER AS rows, sum(n)::BIGINT AS sum FROM twice',
    );
    assert.equal(columns['rows']?.values[0], 5000);
    assert.equal(columns['sum']?.values[0], BigInt((4999 * 5000) / 2));
    await assert.rejects(connection.query(`SELECT * FROM ${source}`), /not lent any more/);
  });
});

test('cleared columns hold nothing of what they held', async () => {
  const few = fc.array(row, { minLength: 1, maxLength: 80, size: 'max' });
  await fc.assert(
    fc.asyncProperty(few, few, async (first, second) => {
      const columns = pack(first);
      for (const column of columns) clearPacked(column, first.length);
      second.forEach((values, at) => {
        for (const [i, name] of NAMES.entries()) put(columns[i]!, at, values[name]);
      });
      const part = { columns, take: second.map((_, at) => at) };
      assert.deepEqual(read(await scanned(TYPES, [part])), second.map(asStored));
    }),
  );
});

test('a value that was taken back leaves nothing', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 100, size: 'max' }), row, row, (first, dropped, last) => {
      const columns = pack(first);
      for (const [i, name] of NAMES.entries()) {
        put(columns[i]!, first.length, dropped[name]);
        dropLast(columns[i]!, first.length);
        put(columns[i]!, first.length, last[name]);
      }
      const rows = [...first, last].map(asStored);
      for (const [i, name] of NAMES.entries()) {
        for (const [at, values] of rows.entries())
          assert.deepEqual(packedValue(columns[i]!, at), values[name]);
        assert.equal(columns[i]!.count, rows.filter((values) => values[name] !== null).length);
      }
    }),
  );
});
