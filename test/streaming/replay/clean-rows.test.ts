import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { EVENT_KINDS, kindSpec } from '../../../domain/events/contract.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { cleanSelection, readCleanRows } from '../../../streaming/replay/clean-rows.ts';
import { arbitraryRecord } from '../../support/arbitrary-events.ts';
import { createTableLake } from '../../support/table-lake.ts';

let duckdb: DuckDb;
let lake: DuckDbLake;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  lake = await createTableLake(duckdb);
});
after(() => duckdb.close());

let partition = 0;

for (const kind of EVENT_KINDS) {
  test(`records of kind ${kind} come back from the lake as they went in, and as the same bytes`, async () => {
    const { topic } = kindSpec(kind);
    const codec = createCleanCodec();
    const log = fc.array(arbitraryRecord(kind), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(log, async (records) => {
        const placed = records.map((record, i): CleanRecord => ({
          ...record,
          rawOffset: 3 * i + 1,
          appendTime: record.appendTime + i,
        }));
        const buffer = createRowBuffer(topic);
        placed.forEach((record, offset) => buffer.push({ offset, record, schemaFingerprint: 'f', bytes: 0 }));
        partition += 1;
        const rows = { generation: 'g1', partition, follows: -1, rowCount: placed.length };
        await lake.appendExactlyOnce(topic, [{ ...rows, columns: buffer.columns() }]);
        const found = await lake.read((connection) =>
          connection.query(
            `SELECT ${cleanSelection(topic)} FROM ${lake.reference(topic)}
              WHERE "partition" = $partition ORDER BY "offset"`,
            { partition },
          ),
        );
        const read = readCleanRows(topic, found);
        assert.deepEqual(
          read,
          placed.map((record, offset) => ({ offset, record })),
        );
        for (const [i, { record }] of read.entries()) {
          assert.deepEqual(codec.encodeClean(topic, record), codec.encodeClean(topic, placed[i]!));
        }
      }),
      { numRuns: 15 },
    );
  });
}
