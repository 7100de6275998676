import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { NumberTable } from '../../../infra/duckdb/number-chunks.ts';

let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 2, memoryLimitMb: 128 });
});
after(() => duckdb.close());

/** Rows as DuckDB reads them, in their order. */
async function read(table: NumberTable): Promise<unknown[][]> {
  const { rowCount, columns } = await duckdb.use((connection) =>
    connection.lend(table, (source) =>
      connection.query(`SELECT * REPLACE (CAST(name AS VARCHAR) AS name) FROM ${source}`),
    ),
  );
  return Array.from({ length: rowCount }, (_, row) =>
    Object.values(columns).map(({ values }) =>
      typeof values[row] === 'bigint' ? Number(values[row]) : values[row],
    ),
  );
}

for (const [names, what] of [
  [3, 'a byte'],
  [300, 'two bytes'],
  [70_000, 'four bytes'],
] as const)
  test(`numbers and names come as they were lent, over several chunks, where ${what} tell the names apart`, async () => {
    const rows = 5000;
    const nameOf = (code: number): string => `${'a long name of a title, '.repeat(code % 2)}${code}`;
    const big = (row: number): number => [0, 1, 2 ** 31, 2 ** 32 + 7, 2 ** 53 - 1, -1, -(2 ** 40)][row % 7]!;
    const codeOf = (row: number): number => (row % 11 === 0 ? -1 : (row * 7919) % names);
    const table: NumberTable = {
      rows,
      numbers: [
        {
          ...{ name: 'name', type: 'NAME' },
          names: Array.from({ length: names }, (_, code) => nameOf(code)),
          codes: Int32Array.from({ length: rows }, (_, row) => codeOf(row)),
        },
        { name: 'small', type: 'INTEGER', values: Int32Array.from({ length: rows }, (_, row) => row - 9) },
        { name: 'big', type: 'BIGINT', values: Float64Array.from({ length: rows }, (_, row) => big(row)) },
      ],
    };
    const expected = Array.from({ length: rows }, (_, row) => [
      codeOf(row) < 0 ? null : nameOf(codeOf(row)),
      row - 9,
      big(row),
    ]);
    assert.deepEqual(await read(table), expected);
  });

test('a table without rows or names is read as one without rows', async () => {
  const none = { names: [], codes: new Int32Array(0) };
  assert.deepEqual(await read({ rows: 0, numbers: [{ name: 'name', type: 'NAME', ...none }] }), []);
});
