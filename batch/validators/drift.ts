import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { squaredLength } from './factor-columns.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'drift';

export interface DriftOf {
  /** Has a FLOAT column for each factor. */
  readonly part: string;
  /** How many times as long, or as short, factors may be on average as those before; above 1. */
  readonly limit: number;
}

/**
 * Refuses factors of another scale than the version before: scores are blended with others by weights that were chosen for that
 * scale, and fold-in uses the strength that belongs to it. Signs and order of factors may change with every training.
 */
export function createDrift(duckdb: DuckDb, { part, limit }: DriftOf): Validator {
  async function meanLength(rows: string): Promise<number> {
    const squared = await squaredLength(duckdb, rows);
    if (squared === undefined) return 0;
    const { mean = 0 } = await measure(
      duckdb,
      `SELECT coalesce(avg(sqrt(${squared})) FILTER (${squared} > 0), 0) AS mean FROM ${rows}`,
    );
    return mean;
  }

  return {
    rule: RULE,
    async validate(candidate, previous): Promise<Verdict> {
      const passed = (reason: string): Verdict => ({ rule: RULE, passed: true, reason, metrics: {} });
      if (previous?.partPaths[part] === undefined) return passed('there is no previous version');
      const [now, before] = [
        await meanLength(partOf(candidate, part)),
        await meanLength(partOf(previous, part)),
      ];
      if (before === 0) return passed('there are no factors to be held against');
      const ratio = now / before;
      const isWithin = ratio <= limit && ratio >= 1 / limit;
      const told = `factors of part ${part} are ${ratio.toFixed(2)} times as long as before`;
      return {
        rule: RULE,
        passed: isWithin,
        reason: isWithin ? told : `${told}, expected ${(1 / limit).toFixed(2)} to ${limit.toFixed(2)}`,
        metrics: { [`${part}_length_ratio`]: ratio },
      };
    },
  };
}
