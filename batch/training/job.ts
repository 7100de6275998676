import { mkdir } from 'node:fs/promises';
import type { TableInput } from '../../domain/manifest.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { snakeCase } from '../../infra/lake/tables.ts';
import { emptySource } from '../empty-source.ts';
import { newestAppend } from '../newest-append.ts';
import { partSql, writePart, type LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';
import { TRAINING_RULES, type TrainingRules } from './rules.ts';

/** The tables that training reads. */
const TRAINING_TABLES = ['plays', 'impressions', 'interactions', 'attributed_plays', 'served_rows'] as const;
export type TrainingTable = (typeof TRAINING_TABLES)[number];

/** What a training set is made from: the same inputs, rules and `asOf` give the same bytes. */
export interface TrainingPlan {
  /** Tables that had rows, with the snapshot to read. */
  readonly inputs: readonly TableInput[];
  /** Just after the newest row of theirs was logged, milliseconds since the epoch; null without rows. */
  readonly until: EpochMs | null;
}

export interface TrainingSetOptions {
  /** Folder for the part files; made when it is not there. */
  readonly outDir: string;
  /** Events from here on are left out, and ages are told from here. */
  readonly asOf: EpochMs;
  /** The part of a published catalogue, for what is known of titles, watched or not; none without. */
  readonly catalogue?: string | undefined;
  readonly onProgress?: (step: string) => void;
}

/**
 * A training set in four Parquet parts. `profiles` (profile_id) and `titles` (title_id, genres, year, launch_time) number
 * their rows from 0 in the byte order of their ids; `entries` and `passed_over` (profile, title: those numbers; weight;
 * time in milliseconds) are ordered by both. Titles without an entry are there when the catalogue knows them.
 */
export const TRAINING_PARTS = ['profiles', 'titles', 'entries', 'passed_over'] as const;

export interface TrainingJob {
  /** Names the newest snapshots; retryable, the result is plain data. */
  plan(): Promise<TrainingPlan>;
  /** Writes the parts of a training set. */
  compute(plan: Pick<TrainingPlan, 'inputs'>, options: TrainingSetOptions): Promise<readonly LocalPart[]>;
}

export function createTrainingJob(
  { lake }: { readonly lake: DuckDbLake },
  rules: TrainingRules = TRAINING_RULES,
): TrainingJob {
  return {
    async plan() {
      const inputs: TableInput[] = [];
      for (const table of TRAINING_TABLES) {
        const snapshotId = await lake.snapshot(table);
        if (snapshotId !== undefined) inputs.push({ table, snapshotId });
      }
      const newest = await newestAppend(lake, inputs);
      return { inputs, until: newest === null ? null : newest + 1 };
    },

    async compute({ inputs }, options) {
      await mkdir(options.outDir, { recursive: true });
      return lake.read(async (connection) => {
        for (const table of TRAINING_TABLES) {
          const input = inputs.find((one) => one.table === table);
          const source =
            input === undefined
              ? emptySource(table)
              : `SELECT * FROM ${lake.reference(table, input.snapshotId)}`;
          await connection.run(`CREATE OR REPLACE TEMP VIEW ${table}_input AS ${source}`);
        }
        await gather(connection, options, rules);
        const parts = await writeParts(connection, options);
        await dropAll(connection);
        return parts;
      });
    },
  };
}

/** The temporary tables on the way from events to pairs, each by a file of SQL. */
const STEPS = ['training-plays', 'training-passed-over', 'training-entries', 'training-pairs'] as const;
const tableOf = (step: string): string => step.replaceAll('-', '_');

async function gather(
  connection: DuckDbConnection,
  { asOf, catalogue, onProgress }: TrainingSetOptions,
  rules: TrainingRules,
): Promise<void> {
  const { reachMs, ...named } = rules;
  const params = { ...inSnakeCase(named), from_ms: asOf - reachMs, to_ms: asOf };
  for (const step of STEPS) {
    onProgress?.(step);
    const sql = loadSql(step);
    const used = Object.entries(params).filter(([name]) => new RegExp(`\\$${name}\\b`).test(sql));
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${tableOf(step)} AS ${sql}`, Object.fromEntries(used));
  }
  const known =
    catalogue === undefined ? 'SELECT NULL AS title_id WHERE false' : `SELECT * FROM ${partSql(catalogue)}`;
  await connection.run(`CREATE OR REPLACE TEMP VIEW catalogue_input AS ${known}`);
}

const inSnakeCase = (rules: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(rules).map(([name, value]) => [snakeCase(name), value]));

async function writeParts(
  connection: DuckDbConnection,
  { outDir, catalogue }: TrainingSetOptions,
): Promise<LocalPart[]> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE training_profiles AS
    SELECT profile_id, CAST(row_number() OVER (ORDER BY profile_id) - 1 AS INTEGER) AS profile
    FROM (SELECT DISTINCT profile_id FROM training_pairs)`);
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE training_titles AS ${titlesSql(catalogue !== undefined)}`,
  );
  const queries: Readonly<Record<(typeof TRAINING_PARTS)[number], string>> = {
    profiles: 'SELECT profile_id FROM training_profiles ORDER BY profile',
    titles: 'SELECT title_id, genres, year, launch_time FROM training_titles ORDER BY title',
    entries: pairsSql('weight', 'weight > 0'),
    passed_over: pairsSql('-weight', 'weight < 0'),
  };
  const parts: LocalPart[] = [];
  for (const name of TRAINING_PARTS) parts.push(await writePart(connection, outDir, name, queries[name]));
  return parts;
}

const pairsSql = (weight: string, which: string): string =>
  `SELECT profile, title, CAST(${weight} AS FLOAT) AS weight, CAST(time AS BIGINT) AS time
   FROM training_pairs JOIN training_profiles USING (profile_id) JOIN training_titles USING (title_id)
   WHERE ${which} ORDER BY profile, title`;

/** Every title with a pair, and every topmost one of the catalogue. */
function titlesSql(hasCatalogue: boolean): string {
  const details = hasCatalogue
    ? 'genres, year, launch_time FROM found LEFT JOIN catalogue_input USING (title_id)'
    : `CAST('' AS VARCHAR) AS genres, CAST(NULL AS INTEGER) AS year, CAST(NULL AS BIGINT) AS launch_time FROM found`;
  return `WITH found AS (
      SELECT title_id FROM training_pairs
      ${hasCatalogue ? 'UNION SELECT title_id FROM catalogue_input WHERE parent_id IS NULL' : 'GROUP BY title_id'}
    )
    SELECT title_id, CAST(row_number() OVER (ORDER BY title_id) - 1 AS INTEGER) AS title, ${details}`;
}

async function dropAll(connection: DuckDbConnection): Promise<void> {
  for (const table of TRAINING_TABLES) await connection.run(`DROP VIEW IF EXISTS ${table}_input`);
  await connection.run('DROP VIEW IF EXISTS catalogue_input');
  for (const table of [...STEPS.map(tableOf), 'training_profiles', 'training_titles'])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
}
