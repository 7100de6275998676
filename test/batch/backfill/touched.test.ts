import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createEventsJob, type EventsJob } from '../../../batch/backfill/events-job.ts';
import { DERIVED_RULES } from '../../../domain/backfills/leaves.ts';
import type { EventsOrder } from '../../../domain/backfills/order.ts';
import { generation } from '../../../domain/ids.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { LOG_START } from '../../support/clean-rows.ts';
import { BACKFILL, MINUTE, orderOf, plays, rowsOf } from '../../support/minute-plays.ts';
import { createTableLake } from '../../support/table-lake.ts';

let duckdb: DuckDb;
let lake: DuckDbLake;
let job: EventsJob;

/** Keys of the raw events 0 to 9: the one of 7 is no text, and 8 has none. */
const KEYS = [...Array.from({ length: 7 }, (_, n) => Buffer.from(`p${n}`)), Buffer.from([0xff, 0xfe]), null];
/** What became no play, or is one no more. */
const REMOVED = [3, 7, 8];

beforeEach(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  lake = await createTableLake(duckdb);
  job = createEventsJob({ lake, settings: BACKFILL });
  const offset = KEYS.map((_, n) => n);
  const columns = {
    ...{ offset, append_time: offset.map((n) => LOG_START + n * MINUTE) },
    ...{ key: KEYS, value: offset.map(() => Buffer.from('{}')) },
  };
  const raw = { generation: 'g1', partition: 0, follows: -1, rowCount: KEYS.length, columns };
  await lake.appendExactlyOnce('raw_events', [raw]);
  const clean = plays.slice(0, KEYS.length).filter(({ rawOffset }) => !REMOVED.includes(rawOffset));
  await lake.appendExactlyOnce('plays', [rowsOf(clean, 0)]);
});
afterEach(() => duckdb.close());

/** Of a shadow that is no more, and was folded from raw events in two shards. */
const touched = (rule: string, reason: EventsOrder['reason'] = 'correct', from = 1) => {
  const shard = { partition: 0, rows: 1, bytes: 1 };
  const order = { ...orderOf(), reason };
  const plan = { generation: generation('g1'), inputs: [] };
  const folded = [
    { ...shard, from, to: 4 },
    { ...shard, from: 4, to: 9 },
  ];
  const one = DERIVED_RULES.find((other) => other.rule === rule)!;
  return job.touched({ order, plan, files: {}, asOf: 0, folded }, one);
};

test('whoever has an event where the shadow was folded from is touched, and whose row was removed by the raw event’s key', async () => {
  assert.deepEqual(await touched('attribution'), ['p1', 'p2', 'p3', 'p4', 'p5', 'p6']);
  assert.deepEqual(await touched('attribution', 'correct', 4), ['p4', 'p5', 'p6']);
});

test('a rule over other topics is of those alone whose rows are gone', async () => {
  assert.deepEqual(await touched('search-signals'), ['p3']);
});

test('a bootstrap removes nothing', async () => {
  assert.deepEqual(await touched('attribution', 'bootstrap'), ['p1', 'p2', 'p4', 'p5', 'p6']);
});
