import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { createPopularityJob } from '../../../batch/popularity/job.ts';
import { piecesOf } from '../../../batch/popularity/pieces.ts';
import { SPAN_DAYS, spanOf } from '../../../batch/popularity/spans.ts';
import { generation } from '../../../domain/ids.ts';
import { DAY_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import {
  arbitraryImpressions,
  arbitraryPlays,
  faster,
  LOG_START,
  partitionRows,
} from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-pieces-'));
after(() => rmSync(scratch, { recursive: true }));

const ROWS = { minLength: 400, maxLength: 400 };
const log = { generation: generation('g1'), partitions: 2, blockSize: 16 };

test('a log that is counted in pieces gives the bytes of one that is counted in one', async () => {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  try {
    const lake = await createTableLake(duckdb);
    const draw = (records: typeof plays, seed: number) => fc.sample(records, { numRuns: 1, seed })[0]!;
    const plays = arbitraryPlays(ROWS);
    for (const partition of [0, 1]) {
      // Sessions go over the ends of days, so proofs of one piece look at the log of the piece before.
      const records = faster(draw(plays, 3 + partition), 1);
      await lake.appendExactlyOnce('plays', [partitionRows('plays', partition, records)]);
    }
    const seen = draw(arbitraryImpressions(ROWS), 9);
    await lake.appendExactlyOnce('impressions', [partitionRows('impressions', 0, seen)]);
    const job = createPopularityJob({ lake, log });
    const plan = await job.plan();
    for (const [name, asOf] of [
      ['soon', LOG_START + 3 * DAY_MS],
      ['when four weeks are over', LOG_START + 2 * SPAN_DAYS * DAY_MS],
    ] as const) {
      const outDir = join(scratch, name.replaceAll(' ', '-'));
      const whole = await job.compute(plan, { outDir, asOf });
      const pieces = await job.pieces(plan, asOf, { eventsPerPiece: 1, maxPieces: 50 });
      const counted = [];
      for (const [nth, piece] of pieces.entries())
        counted.push(await job.countPiece(plan, piece, { outDir: join(outDir, `piece-${nth}`), asOf }));
      const joined = await job.join(counted, { outDir: join(outDir, 'joined'), asOf });
      const identity = ({ parts, metrics, rowCounts, schema }: typeof whole) => ({
        parts: parts.map(({ name: part, rows, sha256 }) => `${part} ${rows} ${sha256}`),
        ...{ metrics, rowCounts, schema },
      });
      assert.deepEqual(identity(joined), identity(whole), name);
      const inTurns = createPopularityJob({ lake, log, eventsAtOnce: 100 });
      for (const [nth, piece] of pieces.entries()) {
        const out = join(outDir, `piece-${nth}-by-days`);
        const files = (parts: typeof whole.parts) => parts.map((part) => `${part.name} ${part.sha256}`);
        const byDays = await inTurns.countPiece(plan, piece, { outDir: out, asOf });
        assert.deepEqual(files(byDays), files(counted[nth]!), `${name}, piece ${nth} by days`);
      }
      for (const besideFrom of [0, Infinity]) {
        const turning = createPopularityJob({ lake, log, eventsAtOnce: 100, besideFrom });
        const turned = await turning.compute(plan, { outDir: join(outDir, `in-turns-${besideFrom}`), asOf });
        assert.deepEqual(identity(turned), identity(whole), `${name}, read in turns, ${besideFrom}`);
      }
      if (name === 'soon') assert.ok(pieces.length > 1, `${pieces.length} pieces`);
    }
    assert.deepEqual(await job.pieces(plan, LOG_START, { eventsPerPiece: 10_000, maxPieces: 50 }), []);
    const later = createPopularityJob({ lake, log: { ...log, generation: generation('g2') } });
    const young = await later.plan();
    assert.deepEqual(Object.values(young.cut).flat(), [0, 0, 0, 0]);
    const limits = { eventsPerPiece: 100, maxPieces: 50 };
    const ofBoth = await later.pieces(young, LOG_START, limits);
    assert.ok(ofBoth.length > 1, 'what an earlier generation left is as long as it is');
  } finally {
    await duckdb.close();
  }
});

test('pieces are whole spans in order, as many as are wanted at most', () => {
  const first = Math.floor(LOG_START / DAY_MS);
  const asOf = (first + 90) * DAY_MS;
  const days = fc.uniqueArray(fc.tuple(fc.nat(80), fc.integer({ min: 1, max: 100 })), {
    selector: ([day]) => day,
    minLength: 1,
  });
  fc.assert(
    fc.property(
      days,
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 6 }),
      (drawn, size, most) => {
        const events = new Map(drawn.map(([day, count]) => [first + day, count]));
        const pieces = piecesOf(events, asOf, { eventsPerPiece: size, maxPieces: most });
        assert.ok(pieces.length <= most);
        for (const [nth, { fromDay, toDay }] of pieces.entries()) {
          assert.ok(fromDay < toDay);
          assert.ok(nth === 0 || pieces[nth - 1]!.toDay <= fromDay);
        }
        for (const day of events.keys()) {
          const span = spanOf(day, asOf);
          const holding = pieces.filter(
            ({ fromDay, toDay }) => fromDay <= span.fromDay && span.toDay <= toDay,
          );
          assert.equal(holding.length, 1);
        }
      },
    ),
  );
});
