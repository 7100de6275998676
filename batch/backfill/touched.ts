/** Whose events a backfill changes: by its shadow, or by the raw events that it was folded from once the shadow is no more. */
import type { DerivedRule } from '../../domain/backfills/leaves.ts';
import type { RawShard } from '../../domain/backfills/run.ts';
import { CLEAN_TOPICS } from '../../domain/topics.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { RAW_TABLE, type LakeTable } from '../../infra/lake/tables.ts';
import { rangesByPartition } from './events-plan.ts';
import { shadowTable, shadowTopics, type Shadow } from './overlay.ts';

/** Relation of `profile_id`, each once, on the connection that the shadow was staged on; undefined where there can be none. */
export async function touchedSql(
  lake: DuckDbLake,
  shadow: Shadow,
  from: DerivedRule['from'],
): Promise<string | undefined> {
  const { files, folded } = shadow;
  const each =
    folded === undefined
      ? shadowTopics(files)
          .filter((topic) => from.includes(topic))
          .map((topic) => `SELECT profile_id FROM ${shadowTable(topic)}`)
      : await foldedFrom(lake, shadow, folded, from);
  return each.length === 0 ? undefined : `SELECT DISTINCT profile_id FROM (${each.join(' UNION ALL ')})`;
}

/**
 * More than changed: everybody with an event there. Rows that were removed are known by their raw events alone, whose key is
 * the profile.
 */
async function foldedFrom(
  lake: DuckDbLake,
  { order, plan }: Shadow,
  shards: readonly RawShard[],
  from: DerivedRule['from'],
): Promise<string[]> {
  const ranges = rangesByPartition(shards);
  if (ranges.length === 0) return [];
  const places = (offset: string): string =>
    `generation = ${quoteText(plan.generation)} AND (${ranges
      .map((one) => `("partition" = ${one.partition} AND ${offset} >= ${one.from} AND ${offset} < ${one.to})`)
      .join(' OR ')})`;
  const found: string[] = [];
  const clean: string[] = [];
  for (const topic of CLEAN_TOPICS) {
    const rows = await snapshotOf(lake, topic);
    if (rows === undefined) continue;
    const there = `FROM ${rows} WHERE ${places('raw_offset')}`;
    if (from.includes(topic)) found.push(`SELECT profile_id ${there}`);
    clean.push(`SELECT "partition", raw_offset AS "offset" ${there}`);
  }
  const raw = order.reason === 'correct' ? await snapshotOf(lake, RAW_TABLE) : undefined;
  if (raw !== undefined) {
    const without =
      clean.length === 0 ? '' : `ANTI JOIN (${clean.join(' UNION ALL ')}) USING ("partition", "offset")`;
    found.push(`SELECT profile_id FROM (SELECT TRY(decode(key)) AS profile_id
      FROM (SELECT "partition", "offset", key FROM ${raw} WHERE ${places('"offset"')}) ${without})
      WHERE profile_id IS NOT NULL`);
  }
  return found;
}

/** The table as it is now; undefined where it has no rows yet. */
export async function snapshotOf(lake: DuckDbLake, table: LakeTable): Promise<string | undefined> {
  const snapshot = await lake.snapshot(table);
  return snapshot === undefined ? undefined : lake.reference(table, snapshot);
}
