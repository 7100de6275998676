/** How much of the version before a new one leaves as it was: two rules over one part and its key. */
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

export interface RowShare {
  readonly part: string;
  /** The columns that name a row. */
  readonly key: readonly string[];
  /** The largest share of the previous version's rows, 0 to 1. */
  readonly limit: number;
}

/** Refuses a version that drops more of the previous one's rows than `limit`: what is gone is mostly a broken source. */
export function createRemovedRows(duckdb: DuckDb, { part, key, limit }: RowShare): Validator {
  return createShare(duckdb, { rule: 'removed-rows', what: 'gone', part, limit }, (before, after) => {
    const columns = key.join(', ');
    return `SELECT count(*) AS rows, count(*) FILTER ((${columns}) NOT IN (SELECT (${columns}) FROM ${after})) AS hits
      FROM ${before}`;
  });
}

/** Refuses a version in which more of the previous one's rows than `limit` say something else in one of `columns`. */
export function createChangedRows(
  duckdb: DuckDb,
  { part, key, limit, columns }: RowShare & { readonly columns: readonly string[] },
): Validator {
  return createShare(duckdb, { rule: 'changed-rows', what: 'changed', part, limit }, (before, after) => {
    const differs = columns.map((name) => `old.${name} IS DISTINCT FROM new.${name}`).join(' OR ');
    return `SELECT (SELECT count(*) FROM ${before}) AS rows, count(*) AS hits
      FROM ${before} AS old JOIN ${after} AS new USING (${key.join(', ')}) WHERE ${differs}`;
  });
}

interface Share {
  readonly rule: string;
  /** What the rows counted are. */
  readonly what: string;
  readonly part: string;
  readonly limit: number;
}

function createShare(
  duckdb: DuckDb,
  { rule, what, part, limit }: Share,
  sql: (before: string, after: string) => string,
): Validator {
  return {
    rule,
    async validate(candidate, previous): Promise<Verdict> {
      if (previous === null)
        return { rule, passed: true, reason: 'there is no previous version', metrics: {} };
      const found = await measure(duckdb, sql(partOf(previous, part), partOf(candidate, part)));
      const { rows = 0, hits = 0 } = found;
      const share = rows === 0 ? 0 : hits / rows;
      const passed = share <= limit;
      const told = `${hits} of ${rows} rows of part ${part} (${percent(share)}) are ${what}`;
      return {
        rule,
        passed,
        reason: passed ? told : `${told}, at most ${percent(limit)} may be`,
        metrics: { [`${part}_${what}_share`]: share },
      };
    },
  };
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
