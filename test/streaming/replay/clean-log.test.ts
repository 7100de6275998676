import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { MINUTE_MS } from '../../../domain/time.ts';
import type { CleanTopic } from '../../../domain/topics.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import {
  mergeClean,
  RUN_RECORDS,
  type CleanRun,
  type CleanSource,
} from '../../../streaming/replay/clean-log.ts';
import { createTableLake } from '../../support/table-lake.ts';

const START = 1_790_000_000_000;
const TOPICS = ['impressions', 'plays'] as const;
let duckdb: DuckDb;
let lake: DuckDbLake;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  lake = await createTableLake(duckdb);
});
after(() => duckdb.close());

let partition = 0;
/** A log of each topic whose records come so many milliseconds after one another. */
async function fill(
  gaps: Readonly<Record<(typeof TOPICS)[number], readonly number[]>>,
): Promise<CleanSource[]> {
  partition += 1;
  const sources: CleanSource[] = [];
  for (const topic of TOPICS) {
    const buffer = createRowBuffer(topic);
    let appendTime = START;
    gaps[topic].forEach((gap, offset) => {
      appendTime += gap;
      const event = { kind: topic === 'plays' ? 'play_start' : 'impression', eventId: `${offset}` };
      const record = { rawOffset: offset, appendTime, timeStatus: 'ok', event };
      buffer.push({ offset, record: record as never, schemaFingerprint: 'f', bytes: 0 });
    });
    const to = gaps[topic].length;
    const rows = { generation: 'g1', partition, follows: -1, rowCount: to, columns: buffer.columns() };
    await lake.appendExactlyOnce(topic, [rows]);
    const range = { generation: 'g1', partition, from: 0, to };
    sources.push({ topic, reference: lake.reference(topic), range });
  }
  return sources;
}

async function runsOf(sources: readonly CleanSource[]): Promise<CleanRun[]> {
  const runs: CleanRun[] = [];
  for await (const run of mergeClean(lake, sources)) runs.push(run);
  return runs;
}

test('two logs are merged whole and in order, neither more than a minute ahead of what the other has next', async () => {
  const log = fc.array(fc.constantFrom(0, 1, 5000, 3 * MINUTE_MS), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(log, log, async (impressions, plays) => {
      const sources = await fill({ impressions, plays });
      const runs = await runsOf(sources);
      const taken: Record<string, number> = { impressions: 0, plays: 0 };
      const times: Record<string, number[]> = {};
      for (const { topic } of sources) {
        times[topic] = runs.flatMap((run) => (run.topic === topic ? run.records.map(timeOf) : []));
      }
      for (const { topic, records, isLast } of runs) {
        const other: CleanTopic = topic === 'plays' ? 'impressions' : 'plays';
        const waits = times[other]![taken[other]!] ?? Infinity;
        for (const one of records) {
          assert.equal(one.offset, taken[topic]);
          assert.ok(timeOf(one) <= waits + MINUTE_MS);
          taken[topic]! += 1;
        }
        assert.equal(isLast, taken[topic] === times[topic]!.length);
      }
      assert.deepEqual(taken, { impressions: impressions.length, plays: plays.length });
      assert.deepEqual(await runsOf(sources), runs, 'the same log gives the same runs');
    }),
    { numRuns: 20 },
  );
});

const timeOf = ({ record }: CleanRun['records'][number]): number => record.appendTime;

test('a run is bounded, however long one log is alone', async () => {
  const sources = await fill({
    impressions: Array.from({ length: 2 * RUN_RECORDS + 5 }, () => 1),
    plays: [],
  });
  const runs = await runsOf(sources);
  assert.ok(runs.every(({ records }) => records.length <= RUN_RECORDS));
  assert.equal(
    runs.reduce((sum, { records }) => sum + records.length, 0),
    2 * RUN_RECORDS + 5,
  );
});
