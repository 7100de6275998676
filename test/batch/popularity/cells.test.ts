import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { createPopularityJob } from '../../../batch/popularity/job.ts';
import { buildCells, hourlySql } from '../../../batch/popularity/cells.ts';
import { MEASURE_COLUMNS } from '../../../batch/popularity/measure-columns.ts';
import type { ComputePlan } from '../../../domain/publishing.ts';
import type { HourRange } from '../../../domain/backfill.ts';
import { eachRegister } from '../../../domain/distinct.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { generation } from '../../../domain/ids.ts';
import { neededSince } from '../../../domain/measure-memory.ts';
import { countedRecord, MEASURE_COUNT, type MeasureLimits } from '../../../domain/measures.ts';
import { ROW_MEASURE_COUNT } from '../../../domain/row-counts.ts';
import { columnsOf } from '../../../domain/counted-columns.ts';
import { textAt } from '../../../domain/text-column.ts';
import { SEAM_RULES } from '../../../domain/seam.ts';
import { createSpeedFold, startAt } from '../../../domain/speed-fold.ts';
import type { FamilyPart } from '../../../domain/speed-view.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { CountedTopic } from '../../../domain/topics.ts';
import { createWarmUp, warmFromLog } from '../../../domain/warm-up.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { arbitraryImpressions, arbitraryPlays, LOG_START, partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

let duckdb: DuckDb;
before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
});
after(() => duckdb.close());

const BLOCK = 8;

/** Windows of hours, so that three days of log have many, with plays near their edges. */
const LIMITS: MeasureLimits = { capCount: 2, capWindowMs: 6 * HOUR_MS, qualifyWindowMs: 20 * HOUR_MS };

/** Everything that the blocks of a partition hold, as text, by the speed layer's own fold. */
interface Counted {
  readonly cells: Map<string, number[]>;
  readonly rows: Map<string, number[]>;
  readonly registers: Map<string, number>;
}

const nothing = (): Counted => ({ cells: new Map(), rows: new Map(), registers: new Map() });

function add(into: Map<string, number[]>, key: string, values: ArrayLike<number>): void {
  const sums = into.get(key) ?? Array.from({ length: values.length }, () => 0);
  into.set(
    key,
    sums.map((sum, m) => sum + values[m]!),
  );
}

function addPart(into: Counted, part: FamilyPart): void {
  const { titles } = part.columns;
  if (part.family === 'cells') {
    const { countries, buckets, measures } = part.columns;
    buckets.forEach((bucket, i) => {
      const key = [textAt(titles, i), textAt(countries, i), bucket].join('|');
      add(into.cells, key, measures.subarray(i * MEASURE_COUNT, (i + 1) * MEASURE_COUNT));
    });
  } else if (part.family === 'rows') {
    const { rows, measures } = part.columns;
    titles.indices.forEach((_, i) => {
      const base = i * ROW_MEASURE_COUNT;
      add(
        into.rows,
        `${textAt(titles, i)}|${textAt(rows, i)}`,
        measures.subarray(base, base + ROW_MEASURE_COUNT),
      );
    });
  } else {
    const { hours } = part.columns;
    eachRegister(part.columns, (i, register, rank) => {
      const key = [textAt(titles, i), hours[i], register].join('|');
      into.registers.set(key, Math.max(into.registers.get(key) ?? 0, rank));
    });
  }
}

/** Folds whole blocks. At the start of those in `restarts` all state is lost, and built again from the log. */
function foldBlocks(
  into: Counted,
  topic: CountedTopic,
  records: readonly CleanRecord[],
  restarts: readonly number[],
): void {
  const shape = { topic, partition: 0, blockSize: BLOCK, slots: 3 };
  const inputs = records.map((record, offset) => countedRecord({ ...record, rawOffset: 2 * offset }));
  let fold = createSpeedFold(shape, startAt(0, -1), SEAM_RULES, LIMITS);
  for (let offset = 0; offset + BLOCK <= inputs.length; offset += BLOCK) {
    if (offset > 0) fold.advance();
    if (restarts.includes(offset / BLOCK)) {
      const taken = fold.checkpoint().before;
      const needed = neededSince(taken.logTime, LIMITS);
      const from = inputs.findIndex(({ appendTime }) => appendTime >= needed);
      const warming = createWarmUp(warmFromLog(from, needed, true), SEAM_RULES, LIMITS);
      warming.take(columnsOf(inputs.slice(from, offset).map((record, i) => ({ offset: from + i, record }))));
      const known = warming.finish(taken.logTime);
      const start = startAt(offset, taken.rawHigh, offset === 0 ? undefined : known, { limits: LIMITS });
      assert.ok(start.isBlockExact);
      fold = createSpeedFold(shape, start, SEAM_RULES, LIMITS);
    }
    for (let i = offset; i < offset + BLOCK; i++) {
      // A checkpoint goes on as if nothing had happened.
      if (i % 5 === 3) fold = createSpeedFold(shape, fold.checkpoint(), SEAM_RULES, LIMITS);
      fold.step(i, inputs[i]);
    }
    for (const { value } of fold.flush(1, true)) if (value?.type === 'chunk') addPart(into, value);
  }
}

async function countedBySql(
  lake: DuckDbLake,
  plan: ComputePlan,
  range?: HourRange,
): Promise<{ cells: string[]; rows: string[]; registers: string[] }> {
  return lake.read(async (connection) => {
    await buildCells(connection, plan, lake.reference, range, LIMITS);
    const lines = async (sql: string): Promise<string[]> => {
      const { columns } = await connection.query(`SELECT concat_ws('|', *COLUMNS(*)) AS line FROM (${sql})`);
      return [...(columns['line']?.values as string[])].sort();
    };
    const columns = Object.values(MEASURE_COLUMNS).join(', ');
    return {
      cells: await lines(`SELECT title_id, country, bucket, ${columns} FROM cells`),
      rows: await lines(
        `SELECT title_id, "row", sum(impressions)::BIGINT, sum(capped_impressions)::BIGINT
         FROM (${hourlySql('row_hours')}) GROUP BY ALL`,
      ),
      registers: await lines(`FROM (${hourlySql('registers')})`),
    };
  });
}

const sortedLines = (of: Map<string, number[] | number>): string[] =>
  Array.from(of, ([key, values]) => [key, values].flat().join('|')).sort();

test('SQL counts below the cut exactly what the speed fold counts, whatever the events and whatever state was lost', async () => {
  const plays = fc.tuple(arbitraryPlays({ maxLength: 60 }), arbitraryPlays({ maxLength: 60 }));
  await fc.assert(
    fc.asyncProperty(
      plays,
      arbitraryImpressions({ maxLength: 60 }),
      fc.array(fc.nat(8)),
      async (played, seen, restarts) => {
        const fresh = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
        try {
          const lake = await createTableLake(fresh);
          await lake.appendExactlyOnce(
            'plays',
            played.map((records, p) => partitionRows('plays', p, records)),
          );
          await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 1, seen)]);
          const log = { generation: generation('g1'), partitions: 2, blockSize: BLOCK };
          const plan = await createPopularityJob({ lake, log }).plan();
          const expected = nothing();
          for (const records of played) foldBlocks(expected, 'plays', records, restarts);
          foldBlocks(expected, 'impressions', seen, restarts);
          const found = await countedBySql(lake, plan);
          assert.deepEqual(found.cells, sortedLines(expected.cells));
          assert.deepEqual(found.rows, sortedLines(expected.rows));
          assert.deepEqual(found.registers, sortedLines(expected.registers));
        } finally {
          await fresh.close();
        }
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
});

test('a range counts what the whole counts in its hours: caps and proofs look at the log before it', async () => {
  const [records] = fc.sample(arbitraryPlays({ minLength: 800, maxLength: 800 }), { numRuns: 1, seed: 3 });
  assert.ok(records !== undefined);
  const fresh = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  after(() => fresh.close());
  const lake = await createTableLake(fresh);
  await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, records)]);
  const log = { generation: generation('g1'), partitions: 1, blockSize: BLOCK };
  const plan = await createPopularityJob({ lake, log }).plan();
  const fromHour = Math.floor(LOG_START / HOUR_MS) + 26;
  const range = { fromMs: fromHour * HOUR_MS, toMs: (fromHour + 20) * HOUR_MS };
  const whole = await countedBySql(lake, plan);
  const ranged = await countedBySql(lake, plan, range);
  const isInRange = (line: string): boolean => {
    const hour = Math.floor(Number(line.split('|')[2]) / 12);
    return hour >= fromHour && hour < fromHour + 20;
  };
  assert.deepEqual(ranged.cells, whole.cells.filter(isInRange));
  assert.ok(ranged.cells.length > 20);
});

test('rows of an earlier, closed generation count whole, of a later one not at all', async () => {
  const lake = await createTableLake(duckdb);
  const [records] = fc.sample(arbitraryPlays({ minLength: 24, maxLength: 40 }), { numRuns: 1, seed: 7 });
  assert.ok(records !== undefined);
  const starts = records.map(
    (record) => ({ ...record, event: { ...record.event, kind: 'play_start' } }) as CleanRecord,
  );
  for (const name of ['g1', 'g2', 'g10']) {
    await lake.appendExactlyOnce('plays', [partitionRows('plays', 0, starts, { generation: name })]);
  }
  const plan: ComputePlan = {
    inputs: [{ table: 'plays', snapshotId: '1' }],
    cut: { plays: [16], impressions: [0] },
    blockSize: BLOCK,
    generation: generation('g2'),
  };
  const { columns } = await lake.read(async (connection) => {
    await buildCells(connection, plan, lake.reference);
    return connection.query('SELECT CAST(sum(plays) AS BIGINT) AS plays FROM cells');
  });
  assert.equal(Number(columns['plays']?.values[0]), starts.length + 16);
});
