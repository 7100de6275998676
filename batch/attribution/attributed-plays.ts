import type { AttributionLimits } from '../../domain/attribution.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { loadSql } from '../sql.ts';

export type AttributionRules = Pick<AttributionLimits, 'latenessMs' | 'windowMs' | 'discoveryDays'>;

/**
 * Fills the temporary table `attributed` with the final source and discovery of every play, worked out from the whole
 * log. `plays` and `impressions` are what the SQL names the clean tables.
 */
export async function buildAttributedPlays(
  connection: DuckDbConnection,
  tables: { readonly plays: string; readonly impressions: string },
  rules: AttributionRules,
): Promise<void> {
  for (const [name, reference] of Object.entries(tables)) {
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${name}_input AS SELECT * FROM ${reference}`);
  }
  await connection.run(loadSql('attributed-plays'), {
    lateness_ms: rules.latenessMs,
    window_ms: rules.windowMs,
    discovery_days: rules.discoveryDays,
  });
}

/** How what was published compares with `attributed`. */
export interface AttributionDifferences {
  /** Plays of the log. */
  readonly plays: number;
  /** Published as final and the same in every column. */
  readonly equal: number;
  /** Published, but not yet as final. */
  readonly waiting: number;
  /** Published as final with another answer. */
  readonly different: number;
  /** Not published. */
  readonly missing: number;
  /** Published without a play in the log. */
  readonly extra: number;
}

/** Compares the newest upsert of every play with `attributed`; `published` is what the SQL names `attributed_plays`. */
export async function compareAttributedPlays(
  connection: DuckDbConnection,
  published: string,
): Promise<AttributionDifferences> {
  await connection.run(`CREATE OR REPLACE TEMP VIEW attributed_plays_input AS SELECT * FROM ${published}`);
  const { columns } = await connection.query(loadSql('attributed-plays-differences'));
  const count = (name: string): number => Number(columns[name]!.values[0]);
  return {
    plays: count('plays'),
    equal: count('equal'),
    waiting: count('waiting'),
    different: count('different'),
    missing: count('missing'),
    extra: count('extra'),
  };
}
