import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ParityRun } from '../../../batch/parity/job.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { afterRun, excluding } from '../../../domain/parity/state.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { arbitraryImpressions, arbitraryPlays } from '../../support/clean-rows.ts';
import {
  BLOCK,
  createParityWorld,
  LIMITS,
  type Faults,
  type Logs,
  type ParityWorld,
} from '../../support/parity-world.ts';

const AS_OF = '2026-09-24T12:00:00.000Z';
const MB = 128;

async function withDuckDb<T>(work: (duckdb: DuckDb) => Promise<T>): Promise<T> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: MB });
  try {
    return await work(duckdb);
  } finally {
    await duckdb.close();
  }
}

const run = ({ job, state, manifest }: ParityWorld): Promise<ParityRun> =>
  job.run(state, manifest, { asOf: AS_OF });

const arbitraryLogs: fc.Arbitrary<Logs> = fc.record({
  plays: fc.tuple(arbitraryPlays({ maxLength: 60 }), arbitraryPlays({ maxLength: 60 })),
  impressions: fc.tuple(arbitraryImpressions({ maxLength: 40 }), arbitraryImpressions({ maxLength: 40 })),
});

/** One long log for tests of faults: the same on every run. */
function sampleLogs(seed: number): Logs {
  const sample = <T>(arbitrary: fc.Arbitrary<T>): T => fc.sample(arbitrary, { numRuns: 1, seed })[0]!;
  const length = { minLength: 64, maxLength: 64 };
  return {
    plays: [sample(arbitraryPlays(length)), sample(arbitraryPlays({ minLength: 40, maxLength: 40 }))],
    impressions: [sample(arbitraryImpressions(length)), []],
  };
}

test('lanes over the same events agree in every block, whatever the events', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryLogs, (logs) =>
      withDuckDb(async (duckdb) => {
        const world = await createParityWorld(duckdb, logs);
        const { report, open, compared } = await run(world);
        assert.deepEqual(report.differing, []);
        assert.deepEqual(open, []);
        assert.deepEqual([report.compared, report.equal, report.passedOver], [world.blocks, world.blocks, 0]);
        for (const topic of ['plays', 'impressions'] as const)
          logs[topic].forEach((records, p) =>
            assert.equal(compared[topic][p] ?? 0, Math.floor(records.length / BLOCK)),
          );
      }),
    ),
    { numRuns: 25, endOnFailure: true },
  );
});

/** Offset of the first record that a predicate takes, from a block on that is not the first. */
const firstOf = (records: readonly CleanRecord[], is: (kind: string) => boolean, from = BLOCK): number => {
  const found = records.findIndex(({ event }, offset) => offset >= from && is(event.kind));
  assert.ok(found >= 0 && found < Math.floor(records.length / BLOCK) * BLOCK);
  return found;
};

const logs = sampleLogs(11);
const startAtOffset = firstOf(logs.plays[0]!, (kind) => kind === 'play_start');
const started = logs.plays[0]![startAtOffset]!.event as unknown as { titleId: string };
const shownAtOffset = logs.impressions[0]!.findIndex(
  ({ event }, offset) => offset >= BLOCK && (event as { origin?: string }).origin !== 'synthetic',
);
const shown = logs.impressions[0]![shownAtOffset]!.event as unknown as { titleId: string };

interface Injected {
  readonly what: string;
  readonly faults: Faults;
  readonly block: string;
  readonly title: string;
}

const blockOfPlay = `plays.g1/0/${Math.floor(startAtOffset / BLOCK)}`;
const SPEED_FAULTS: readonly Injected[] = [
  {
    what: 'loses a play',
    faults: {
      speed: (record, offset, topic) =>
        topic === 'plays' && offset === startAtOffset && record.titleId === started.titleId
          ? { ...record, kind: 'rate' as never }
          : record,
    },
    block: blockOfPlay,
    title: started.titleId,
  },
  {
    what: 'counts a play in another country',
    faults: {
      speed: (record, offset, topic) =>
        topic === 'plays' && offset === startAtOffset ? { ...record, country: 'FR' as never } : record,
    },
    block: blockOfPlay,
    title: started.titleId,
  },
  {
    what: 'counts a play in another five minutes',
    faults: {
      speed: (record, offset, topic) =>
        topic === 'plays' && offset === startAtOffset
          ? { ...record, eventTime: record.eventTime - 400_000 }
          : record,
    },
    block: blockOfPlay,
    title: started.titleId,
  },
  {
    what: 'counts an impression for another row',
    faults: {
      speed: (record, offset, topic) =>
        topic === 'impressions' && offset === shownAtOffset ? { ...record, row: 'nowhere' } : record,
    },
    block: `impressions.g1/0/${Math.floor(shownAtOffset / BLOCK)}`,
    title: shown.titleId,
  },
];

for (const { what, faults, block, title } of SPEED_FAULTS) {
  test(`a speed lane that ${what} is found, naming block, title and lane`, () =>
    withDuckDb(async (duckdb) => {
      const { report } = await run(await createParityWorld(duckdb, logs, faults));
      const found = report.differing.find(({ name }) => name === block);
      assert.ok(found, `${block} is not among ${report.differing.map(({ name }) => name).join(', ')}`);
      assert.equal(found.lane, 'speed');
      const named = found.titles.find((one) => one.title === title);
      assert.equal(named?.lane, 'speed');
      for (const { batch, speed, log } of named.cells) {
        assert.notEqual(batch, speed);
        assert.equal(batch, log);
      }
    }));
}

test('a speed lane with another cap is found in every block where that matters', () =>
  withDuckDb(async (duckdb) => {
    const { report } = await run(
      await createParityWorld(duckdb, logs, { speedLimits: { ...LIMITS, capCount: 1 } }),
    );
    assert.ok(report.differing.length > 3);
    for (const { lane, titles } of report.differing) {
      assert.equal(lane, 'speed');
      for (const { cells } of titles) for (const { measure } of cells) assert.match(measure, /^capped/);
    }
  }));

const BATCH_FAULTS: readonly { readonly what: string; readonly sql: (table: string) => string }[] = [
  {
    what: 'lost a row',
    sql: (table) => `DELETE FROM ${table} WHERE "partition" = 0 AND "offset" = ${startAtOffset}`,
  },
  {
    what: 'holds a row under another title',
    sql: (table) =>
      `UPDATE ${table} SET title_id = 'other' WHERE "partition" = 0 AND "offset" = ${startAtOffset}`,
  },
  {
    what: 'holds a row twice',
    sql: (table) =>
      `INSERT INTO ${table} SELECT * FROM ${table} WHERE "partition" = 0 AND "offset" = ${startAtOffset}`,
  },
];

for (const { what, sql } of BATCH_FAULTS) {
  test(`a lake that ${what} is found, naming block, title and lane`, () =>
    withDuckDb(async (duckdb) => {
      const world = await createParityWorld(duckdb, logs);
      await world.lake.read((connection) => connection.run(sql(world.lake.reference('plays'))));
      const { report, open } = await run(world);
      const found = report.differing.find(({ name }) => name === blockOfPlay);
      assert.equal(found?.lane, 'batch');
      assert.ok(found.titles.some(({ title, lane }) => title === started.titleId && lane === 'batch'));
      assert.equal(open.length, report.differing.length);
    }));
}

test('where the log has forgotten the block both values are told and no lane is blamed', () =>
  withDuckDb(async (duckdb) => {
    const { faults } = SPEED_FAULTS[0]!;
    const { report } = await run(await createParityWorld(duckdb, logs, { ...faults, isLogGone: true }));
    const found = report.differing.find(({ name }) => name === blockOfPlay);
    assert.deepEqual([found?.lane, found?.log], ['unknown', null]);
    const [cell] = found!.titles.find(({ title }) => title === started.titleId)!.cells;
    assert.equal(cell?.log, null);
    assert.notEqual(cell?.batch, cell?.speed);
  }));

test('a block that a correction touched is listed by name and not compared, and its open difference settles', () =>
  withDuckDb(async (duckdb) => {
    const world = await createParityWorld(duckdb, logs);
    const table = world.lake.reference('plays');
    await world.lake.read((connection) =>
      connection.run(`DELETE FROM ${table} WHERE "partition" = 0 AND "offset" = ${startAtOffset}`),
    );
    const first = await run(world);
    assert.ok(first.report.differing.some(({ name }) => name === blockOfPlay));
    const { eventTime } = logs.plays[0]![startAtOffset]!.event;
    const hour = Math.floor(eventTime / HOUR_MS) * HOUR_MS;
    const touched =
      logs.plays[0]![startAtOffset]!.timeStatus === 'ok'
        ? { fromMs: hour, toMs: hour + HOUR_MS }
        : ({
            topic: 'plays',
            generation: 'g1',
            partition: 0,
            from: startAtOffset,
            to: startAtOffset + 1,
          } as const);
    const fix = { name: 'fix', kind: 'backfill', touched } as const;
    const anew = await run({ ...world, state: excluding(world.state, fix) });
    assert.ok(anew.report.excluded.some(({ name, by }) => name === blockOfPlay && by === 'fix'));
    assert.ok(anew.report.differing.every(({ name }) => name !== blockOfPlay));
    const again = await run({ ...world, state: excluding(afterRun(world.state, first, 10), fix) });
    assert.ok(again.report.settled.includes(blockOfPlay));
    assert.ok(again.open.every(({ name }) => name !== blockOfPlay));
  }));

test('an open difference is looked at again and settles once the lake is put right', () =>
  withDuckDb(async (duckdb) => {
    const world = await createParityWorld(duckdb, logs);
    const table = world.lake.reference('plays');
    const at = `"partition" = 0 AND "offset" = ${startAtOffset}`;
    const change = (sql: string): Promise<void> => world.lake.read((connection) => connection.run(sql));
    await change(`UPDATE ${table} SET title_id = 'other' WHERE ${at}`);
    const first = await run(world);
    assert.ok(first.open.length > 0);
    const state = afterRun(world.state, first, 10);
    const again = await run({ ...world, state });
    assert.deepEqual([again.report.compared, again.report.differing.length], [0, 0]);
    assert.deepEqual(again.open, first.open);
    await change(`UPDATE ${table} SET title_id = '${started.titleId}' WHERE ${at}`);
    const last = await run({ ...world, state: afterRun(state, again, 10) });
    assert.deepEqual(last.open, []);
    assert.deepEqual(new Set(last.report.settled), new Set(first.report.differing.map(({ name }) => name)));
  }));

test('a run compares at most so many blocks, and runs one after the other compare each once', () =>
  withDuckDb(async (duckdb) => {
    const world = await createParityWorld(duckdb, logs, {}, { blocks: 4, drilled: 2 });
    let { state } = world;
    let compared = 0;
    for (let waiting = 1; waiting > 0;) {
      const one = await run({ ...world, state });
      assert.ok(one.report.compared <= 4);
      compared += one.report.compared;
      waiting = one.report.waiting;
      state = afterRun(state, one, 3);
    }
    assert.equal(compared, world.blocks);
    assert.equal(state.reports.length, 3);
    assert.equal((await run({ ...world, state })).report.compared, 0);
  }));
