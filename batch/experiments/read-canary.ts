/** What the lake holds of a canary: what was served to its arms, joined with what was seen and played of it. */
import { CANARY_ARMS, type CanaryArm } from '../../domain/canary/arms.ts';
import type { Traffic } from '../../domain/canary/settings.ts';
import type { CanaryReading } from '../../domain/canary/verdict.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';
import { loadSql } from '../sql.ts';

export interface CanaryReader {
  /** Sums by arm over what was logged since then. LAKE_UNAVAILABLE. */
  read(canary: string, since: EpochMs): Promise<CanaryReading>;
  /** How many profiles were given answers that are kept, and how many plays quote one, since then. LAKE_UNAVAILABLE. */
  trafficSince(since: EpochMs): Promise<Traffic>;
}

const TABLES: readonly LakeTable[] = ['served_rows', 'impressions', 'plays'];

export function createCanaryReader(lake: DuckDbLake): CanaryReader {
  return {
    read: (canary, since) =>
      lake.read(async (connection) => {
        for (const table of TABLES)
          await connection.run(
            `CREATE OR REPLACE TEMP VIEW ${table}_input AS SELECT * FROM ${lake.reference(table)}`,
          );
        const values = { canary, from_ms: since };
        const { rowCount, columns } = await connection.query(loadSql('canary-arms'), values);
        for (const table of TABLES) await connection.run(`DROP VIEW ${table}_input`);
        const number = (name: string, row: number): number => Number(columns[name]?.values[row]);
        const arms = Array.from({ length: rowCount }, (_, row) => [
          String(columns['arm']?.values[row]),
          {
            profiles: number('profiles', row),
            answers: number('answers', row),
            impressions: number('impressions', row),
            plays: number('plays', row),
            answersSquared: number('answers_squared', row),
            impressionsSquared: number('impressions_squared', row),
            playsSquared: number('plays_squared', row),
            answersByPlays: number('answers_by_plays', row),
            impressionsByPlays: number('impressions_by_plays', row),
          },
        ]);
        const isArm = (arm: unknown): arm is CanaryArm => CANARY_ARMS.includes(arm as CanaryArm);
        return Object.fromEntries(arms.filter(([arm]) => isArm(arm))) as CanaryReading;
      }),
    trafficSince: (since) =>
      lake.read(async (connection) => {
        const { columns } = await connection.query(
          `SELECT (
             SELECT count(DISTINCT profile_id) FROM ${lake.reference('served_rows')}
             WHERE profile_id IS NOT NULL AND append_time >= epoch_ms($from_ms)
           ) AS profiles, (
             SELECT count(DISTINCT coalesce(play_id, event_id)) FROM ${lake.reference('plays')}
             WHERE kind = 'play_start' AND recommendation_id IS NOT NULL AND append_time >= epoch_ms($from_ms)
           ) AS plays`,
          { from_ms: since },
        );
        return {
          profiles: Number(columns['profiles']?.values[0] ?? 0),
          plays: Number(columns['plays']?.values[0] ?? 0),
        };
      }),
  };
}
