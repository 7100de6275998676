import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { measure, shardsOf, type ValidatedVersion, type Validator, type Verdict } from './validator.ts';

const RULE = 'lost-rows';

export interface RowsOfPart {
  /** A part, or what the names of its shards begin with. */
  readonly part: string;
  /** By what share there may be fewer rows than in the previous version, 0 to 1. */
  readonly limit: number;
}

/** Refuses a version with far fewer rows than the one before: a shard that is lost, or an input that broke off, not news. */
export function createLostRows(duckdb: DuckDb, { part, limit }: RowsOfPart): Validator {
  async function count(version: ValidatedVersion): Promise<number> {
    return (await measure(duckdb, `SELECT count(*) AS rows FROM ${shardsOf(version, part)}`))['rows'] ?? 0;
  }

  return {
    rule: RULE,
    async validate(candidate, previous): Promise<Verdict> {
      const known =
        previous !== null && Object.keys(previous.partPaths).some((name) => name.startsWith(part));
      if (!known) return { rule: RULE, passed: true, reason: 'there is no previous version', metrics: {} };
      const [rows, before] = [await count(candidate), await count(previous)];
      const passed = rows >= before * (1 - limit);
      const told = `part ${part} has ${rows} rows, before ${before}`;
      return {
        rule: RULE,
        passed,
        reason: passed ? told : `${told}: at most ${(limit * 100).toFixed(0)} % may be gone`,
        metrics: { [`${part}_rows`]: rows, [`${part}_rows_before`]: before },
      };
    },
  };
}
