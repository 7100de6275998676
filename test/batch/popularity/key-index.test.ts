import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nameInOrder } from '../../../batch/popularity/codes.ts';
import { createKeyIndex } from '../../../batch/popularity/key-index.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';

const HIGH = 1n << 32n;

test('a key is found where it stands in the list, and one that is not there is refused', () => {
  // Keys that fall into one slot and differ in either half alone are told apart.
  const key = fc.tuple(fc.bigInt(0n, 3n), fc.bigInt(0n, 40n)).map(([high, low]) => high * HIGH + low);
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 60 }), (keys) => {
      const index = createKeyIndex(BigUint64Array.from(keys))!;
      const asked = [...keys, ...keys.toReversed()];
      assert.deepEqual(
        [...index.placesOf(BigUint64Array.from(asked))],
        asked.map((one) => keys.indexOf(one)),
      );
      assert.throws(() => index.placesOf(BigUint64Array.of(4n * HIGH)), /not in the list/);
    }),
  );
  assert.equal(createKeyIndex(BigUint64Array.of(7n, HIGH, 7n)), undefined);
});

test('names are numbered in their order, by another hash where the first cannot tell two apart', async () => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  try {
    await duckdb.use(async (connection) => {
      const source = `SELECT unnest(['b', 'ä', NULL, 'aa', 'b']) AS title_id`;
      const byLength = (name: string): string => `coalesce(length(${name}), 0)::UBIGINT`;
      for (const hashes of [undefined, [byLength, (name: string) => `hash(${name})`]]) {
        const codes = await nameInOrder(connection, [source], hashes);
        assert.deepEqual(codes.names, {
          title_id: [null, 'aa', 'b', 'ä'],
          country: [null],
          row: [null],
        });
        const { columns } = await connection.query(
          `SELECT ${codes.keySql('title_id')} AS key FROM (${source})`,
        );
        const keys = columns['key']!.values as BigUint64Array;
        assert.deepEqual([...codes.codesOf('title_id', keys)], [2, 3, 0, 1, 2]);
      }
      await assert.rejects(nameInOrder(connection, [source], [byLength]), /told apart/);
    });
  } finally {
    await duckdb.close();
  }
});
