import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { parseBound, rangesOf, type Span } from '../../../streaming/replay/ranges.ts';
import { createTableLake } from '../../support/table-lake.ts';

const START = 1_790_000_000_000;
let duckdb: DuckDb;
let lake: DuckDbLake;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  lake = await createTableLake(duckdb);
  for (const partition of [0, 1]) {
    const buffer = createRowBuffer('raw_events');
    // The broker's clock steps back at offset 6.
    for (let offset = 0; offset < 10; offset++) {
      const appendTime = START + (offset < 6 ? offset : offset - 3) * 1000;
      buffer.push({ offset, appendTime, key: null, value: null });
    }
    const rows = { generation: 'g1', partition, follows: -1, rowCount: 10, columns: buffer.columns() };
    await lake.appendExactlyOnce('raw_events', [rows]);
  }
});
after(() => duckdb.close());

const rangesFor = async (span: Span, generation = 'g1') =>
  (await rangesOf(lake, 'raw_events', lake.reference('raw_events'), generation, span)).map(
    ({ partition, from, to }) => [partition, from, to],
  );
const instant = (second: number) => parseBound(new Date(START + second * 1000).toISOString());

test('without bounds the whole log is covered, of this generation alone', async () => {
  assert.deepEqual(await rangesFor({}), [
    [0, 0, 10],
    [1, 0, 10],
  ]);
  assert.deepEqual(await rangesFor({}, 'g2'), []);
});

test('instants cover every record of their time, also where the clock stepped back', async () => {
  assert.deepEqual(await rangesFor({ from: instant(2) }), [
    [0, 2, 10],
    [1, 2, 10],
  ]);
  assert.deepEqual(await rangesFor({ to: instant(4) }), [
    [0, 0, 7],
    [1, 0, 7],
  ]);
  assert.deepEqual(await rangesFor({ from: instant(100) }), []);
});

test('raw offsets bound the partitions that they name', async () => {
  const span = { from: parseBound('1:4'), to: parseBound('0:3,1:8') };
  assert.deepEqual(await rangesFor(span), [
    [0, 0, 3],
    [1, 4, 8],
  ]);
});

test('what is no bound is refused', () => {
  for (const text of ['', 'soon', '0:', '0:1,', '-1:5', '0:1;1:2']) {
    assert.throws(
      () => parseBound(text),
      (error) => isMarqueeError(error, 'REPLAY_INVALID'),
      text,
    );
  }
});
