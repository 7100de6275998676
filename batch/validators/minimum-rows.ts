import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'minimum-rows';

/** Refuses a version with fewer rows in a part than `minimum` says for it: nothing to serve is never an update. */
export function createMinimumRows(
  duckdb: DuckDb,
  minimum: Readonly<Record<string, number>>,
  /** SQL of a part; `shardsOf` for parts in shards. */
  rowsOf: typeof partOf = partOf,
): Validator {
  return {
    rule: RULE,
    async validate(candidate): Promise<Verdict> {
      const metrics: Record<string, number> = {};
      const short: string[] = [];
      for (const [name, least] of Object.entries(minimum)) {
        const { rows = 0 } = await measure(duckdb, `SELECT count(*) AS rows FROM ${rowsOf(candidate, name)}`);
        metrics[`${name}_rows`] = rows;
        if (rows < least) short.push(`part ${name} has ${rows} rows, expected at least ${least}`);
      }
      return {
        rule: RULE,
        passed: short.length === 0,
        reason: short.length === 0 ? 'every part has enough rows' : short.join('; '),
        metrics,
      };
    },
  };
}
