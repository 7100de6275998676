import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { aggregatesSql } from '../../../batch/popularity/aggregates.ts';
import { writePart, type LocalPart } from '../../../batch/parts.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-aggregates-'));
after(() => rmSync(scratch, { recursive: true }));

/** The first hour of a day. */
const NOW = 28 * 24 * 744;
const DAY = NOW / 24;
/** What was appended on the day of the version waits for the next. */
const TODAY = [`('a', 'DE', 168, 500, 500)`];

/** Rows of (title, country, hours before now, plays, impressions) as parts by hour hold them. */
async function aggregatesOf(
  older: string[],
  newer: string[],
  today: string[],
  name: 'expected' | 'freshness',
): Promise<string[]> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  try {
    return await duckdb.use(async (connection) => {
      const write = (part: string, rows: string[]): Promise<LocalPart> =>
        writePart(
          connection,
          scratch,
          part,
          `SELECT title_id, country, CAST(${NOW} - before AS INTEGER) AS hour, plays::BIGINT AS plays,
            impressions::BIGINT AS impressions, plays::BIGINT AS capped_plays, impressions::BIGINT AS capped_impressions
            FROM (VALUES ${rows.join(', ')}) AS t(title_id, country, before, plays, impressions)`,
        );
      const parts = [
        await write(`hours-s${DAY / 28 - 1}`, older),
        await write(`hours-d${DAY - 1}`, newer),
        await write(`hours-d${DAY}`, today),
      ];
      const { columns } = await connection.query(
        `SELECT concat_ws('|', *COLUMNS(*)) AS line FROM (${aggregatesSql(NOW * HOUR_MS + 5 * HOUR_MS, parts)[name]})`,
      );
      return [...(columns['line']?.values as string[])];
    });
  } finally {
    await duckdb.close();
  }
}

test('plays by hour of the week are those of four whole weeks, told by the hour where there are enough', async () => {
  const settled = [
    `('a', 'DE', 504, 100, 0)`,
    `('a', 'DE', 503, 5, 0)`,
    // Before the four weeks, and the hour under way: neither counts.
    `('a', 'DE', 673, 1000, 0)`,
    `('b', 'DE', 400, 3, 0)`,
  ];
  const recent = [`('a', 'DE', 168, 70, 9)`, `('a', 'US', 10, 1, 0)`, `('a', 'DE', 0, 1000, 0)`];
  const hour = NOW % 168;
  assert.deepEqual(await aggregatesOf(settled, recent, TODAY, 'expected'), [
    'a|DE|-1|175|504',
    ...[`a|DE|${hour}|170|3`, `a|DE|${(hour + 1) % 168}|5|3`].sort(),
    'a|US|-1|1|504',
    'b|DE|-1|3|400',
  ]);
});

test('freshness tells of titles that were first seen within four weeks what their first day and week brought', async () => {
  const settled = [`('new', 'DE', 300, 0, 7)`, `('new', 'DE', 290, 2, 5)`, `('old', 'DE', 800, 1, 1)`];
  const recent = [`('new', 'US', 200, 4, 8)`, `('new', 'DE', 20, 16, 0)`, `('old', 'DE', 5, 9, 9)`];
  assert.deepEqual(await aggregatesOf(settled, recent, TODAY, 'freshness'), [
    `new|${NOW - 300}|2|12|6|20|22|20`,
  ]);
});
