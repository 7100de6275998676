/** What rules of the live lane are folded anew from, on local disk: rows of some profiles as they will be, and the words there are about them. */
import { join } from 'node:path';
import type { DerivedRule } from '../../domain/backfills/leaves.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import { quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { dropShadow, overlaid, stageShadow, type Shadow } from './overlay.ts';
import { snapshotOf, touchedSql } from './touched.ts';

/** Parquet files with the columns of their tables; tables without rows are left out. */
export interface DerivedRows {
  /** With the last row of each partition, of whomever it is: log time has come so far. */
  readonly clean: Readonly<Partial<Record<CleanTopic, string>>>;
  /** The newest word under each key. */
  readonly words: string | undefined;
  /** By partition: append time of the least of those last rows. */
  readonly until: ReadonlyMap<number, EpochMs>;
}

/** Profiles whose events of a rule's topics change, in order. */
export function touchedProfiles(
  lake: DuckDbLake,
  shadow: Shadow,
  { from }: DerivedRule,
): Promise<ProfileId[]> {
  return lake.read(async (connection) => {
    await stageShadow(connection, lake.reference, shadow);
    const touched = await touchedSql(lake, shadow, from);
    const empty = 'SELECT NULL AS profile_id LIMIT 0';
    const { rowCount, columns } = await connection.query(`FROM (${touched ?? empty}) ORDER BY ALL`);
    await dropShadow(connection);
    return Array.from(
      { length: rowCount },
      (_, row) => String(columns['profile_id']!.values[row]) as ProfileId,
    );
  });
}

/**
 * Whether there is anything of the profiles in another generation that the rule reads or says: a live lane of a later one begins
 * with the state of the one before, so that rows of one generation do not tell what it comes to.
 */
export function inOtherGenerations(
  lake: DuckDbLake,
  shadow: Shadow,
  { what, from }: DerivedRule,
): Promise<boolean> {
  return lake.read(async (connection) => {
    await stageShadow(connection, lake.reference, shadow);
    const touched = await touchedSql(lake, shadow, from);
    let isFound = false;
    for (const table of [...from, what]) {
      const rows = await snapshotOf(lake, table);
      if (touched === undefined || rows === undefined || isFound) continue;
      const { rowCount } = await connection.query(`SELECT 1 AS found FROM ${rows}
        WHERE generation <> ${quoteText(shadow.plan.generation)} AND profile_id IN (${touched}) LIMIT 1`);
      isFound = rowCount > 0;
    }
    await dropShadow(connection);
    return isFound;
  });
}

/** Before the shadow was laid over the lake and after it: the rows are the same. */
export function writeDerivedRows(
  lake: DuckDbLake,
  shadow: Shadow,
  { what, from }: DerivedRule,
  profiles: readonly ProfileId[],
  dir: string,
): Promise<DerivedRows> {
  return lake.read(async (connection) => {
    await stageShadow(connection, lake.reference, shadow);
    await connection.stage('touched', { profile_id: { kind: 'text', values: profiles } }, profiles.length);
    const generation = `generation = ${quoteText(shadow.plan.generation)}`;
    const inGeneration = (relation: string): string => `(SELECT * FROM ${relation} WHERE ${generation})`;
    // Words first: what the clean tables hold by then of what led to them can only be more.
    const said = await snapshotOf(lake, what);
    const clean: Partial<Record<CleanTopic, string>> = {};
    const lasts: string[] = [];
    for (const topic of from) {
      const snapshot = await lake.snapshot(topic);
      if (snapshot === undefined) continue;
      const standing = inGeneration(lake.reference(topic, snapshot));
      const last = `last_${topic}`;
      await connection.run(`CREATE OR REPLACE TEMP TABLE ${last} AS
        SELECT "partition", max("offset") AS "offset", max(append_time) AS until FROM ${standing} GROUP BY ALL`);
      lasts.push(last);
      const rows = inGeneration(overlaid(lake.reference, shadow.files)(topic, snapshot));
      const path = join(dir, `${topic}.parquet`);
      await connection.run(`COPY (SELECT * FROM ${rows} WHERE profile_id IN (FROM touched)
        OR ("partition", "offset") IN (SELECT ("partition", "offset") FROM ${last}) ORDER BY "partition", "offset")
        TO ${quoteText(path)} (FORMAT parquet)`);
      clean[topic] = path;
    }
    const words = said && (await copyWords(connection, inGeneration(said), join(dir, 'words.parquet')));
    const until = await endsOf(connection, lasts);
    for (const table of ['touched', ...lasts]) await connection.run(`DROP TABLE IF EXISTS ${table}`);
    await dropShadow(connection);
    return { clean, words, until };
  });
}

async function copyWords(connection: DuckDbConnection, said: string, path: string): Promise<string> {
  await connection.run(`COPY (SELECT * FROM ${said} WHERE profile_id IN (FROM touched)
    QUALIFY row_number() OVER (PARTITION BY upsert_key ORDER BY version DESC, "offset" DESC) = 1
    ORDER BY "partition", upsert_key) TO ${quoteText(path)} (FORMAT parquet)`);
  return path;
}

async function endsOf(connection: DuckDbConnection, lasts: readonly string[]): Promise<Map<number, EpochMs>> {
  if (lasts.length === 0) return new Map();
  const each = lasts.map((last) => `SELECT "partition", until FROM ${last}`).join(' UNION ALL ');
  const { rowCount, columns } = await connection.query(
    `SELECT "partition", CAST(epoch_ms(min(until)) AS DOUBLE) AS until FROM (${each}) GROUP BY ALL`,
  );
  const at = (name: string, row: number): number => Number(columns[name]!.values[row]);
  return new Map(Array.from({ length: rowCount }, (_, row) => [at('partition', row), at('until', row)]));
}
