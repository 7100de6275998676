import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEventsJob } from '../../../batch/backfill/events-job.ts';
import type { ShadowFiles } from '../../../batch/backfill/overlay.ts';
import { generation } from '../../../domain/ids.ts';
import type { CleanTopic } from '../../../domain/topics.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { LOG_START } from '../../support/clean-rows.ts';
import { BACKFILL, MINUTE, orderOf, play, plays, rowsOf, textsOf } from '../../support/minute-plays.ts';
import { createTableLake } from '../../support/table-lake.ts';

test('a corrected row keeps the offset of the one that it replaces, wherever its raw event stands', async (t) => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  const dir = mkdtempSync(join(tmpdir(), 'marquee-shadow-'));
  t.after(async () => {
    await duckdb.close();
    rmSync(dir, { recursive: true });
  });
  const lake = await createTableLake(duckdb);
  const job = createEventsJob({ lake, settings: BACKFILL });
  // Every other raw event became a play: offsets of the clean log are half of those of the raw one.
  const right = plays.filter(({ rawOffset }) => rawOffset % 2 === 0);
  const stood = right.map((one) => (one.rawOffset % 10 === 4 ? play(one.rawOffset, { country: 'SE' }) : one));
  await lake.appendExactlyOnce('plays', [rowsOf(stood, 0)]);
  const offset = plays.map(({ rawOffset }) => rawOffset);
  const columns = { offset, append_time: offset.map((n) => LOG_START + n * MINUTE) };
  const key = offset.map((n) => Buffer.from(`p${n}`));
  await lake.appendExactlyOnce('raw_events', [
    {
      ...{ generation: 'g1', partition: 0, follows: -1, rowCount: offset.length },
      columns: { ...columns, key, value: key },
    },
  ]);
  const [order, asOf] = [orderOf(), LOG_START + 1000 * MINUTE];
  const cut = { plays: [right.length] };
  const plan = await job.plan({ order, generation: generation('g1'), ceiling: cut, asOf, lookups: {} });
  const files: Partial<Record<CleanTopic, string[]>> = {};
  for (const shard of plan.shards) {
    const made = right.filter(({ rawOffset }) => rawOffset >= shard.from && rawOffset < shard.to);
    const rows = new Map([['plays', [rowsOf(made, 'raw')]] as const]);
    const folded = { raw: shard.rows, rows };
    const input = { order, plan, shard, folded, region: 'test', dir: mkdtempSync(join(dir, 'shard-')) };
    for (const { topic, path } of (await job.shadow(input)).parts) (files[topic] ??= []).push(path);
  }
  const shadow = { order, plan, files: files as ShadowFiles, asOf };
  assert.deepEqual(await job.swap(shadow), { replaced: 4, removed: 0, added: 0 });
  const { rowCount, columns: found } = await lake.read((connection) =>
    connection.query(`SELECT concat_ws(' ', "offset", raw_offset, title_id, country) AS row
      FROM ${lake.reference('plays')} ORDER BY "offset"`),
  );
  const rows = Array.from({ length: rowCount }, (_, row) => String(found['row']?.values[row]));
  assert.deepEqual(rows, textsOf(right));
});
