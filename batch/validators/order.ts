import { quoteText } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { measure, type Validator, type Verdict } from './validator.ts';

const RULE = 'order';

/** The columns that the rows of a part ascend by; of a part that is written in shards, each shard for itself. */
export interface PartOrder {
  readonly columns: readonly string[];
  /** The name is what the names of the shards begin with. */
  readonly isSharded?: boolean;
}

/** Of each part of the view `popularity`. */
export const POPULARITY_ORDER: Readonly<Record<string, PartOrder>> = {
  totals: { columns: ['title_id', 'country'] },
  recent: { columns: ['title_id', 'country', 'bucket'], isSharded: true },
  hours: { columns: ['title_id', 'country', 'hour'], isSharded: true },
  rows: { columns: ['title_id', '"row"', 'hour'], isSharded: true },
  distinct: { columns: ['title_id', 'hour', 'register'], isSharded: true },
};

/**
 * Refuses rows out of order: equal content would no longer be equal bytes, and whoever reads a key's rows as neighbours would
 * miss some. Parts that the version does not have are left to other rules.
 */
export function createOrder(duckdb: DuckDb, orders: Readonly<Record<string, PartOrder>>): Validator {
  return {
    rule: RULE,
    async validate({ partPaths }): Promise<Verdict> {
      const metrics: Record<string, number> = {};
      const faults: string[] = [];
      for (const [name, { columns, isSharded = false }] of Object.entries(orders)) {
        const paths = Object.entries(partPaths).filter(([part]) =>
          isSharded ? part.startsWith(name) : part === name,
        );
        let count = 0;
        for (const [part, path] of paths) {
          const { descents = 0 } = await measure(duckdb, descentsSql(path, columns));
          count += descents;
          if (descents > 0) faults.push(`part ${part} has ${descents} rows out of order`);
        }
        metrics[`${name}_descents`] = count;
      }
      const isOrdered = faults.length === 0;
      return {
        rule: RULE,
        passed: isOrdered,
        reason: isOrdered ? 'rows are in the order of their keys' : faults.join('; '),
        metrics,
      };
    },
  };
}

/** A window without partition and order streams over the rows as they are stored. */
const descentsSql = (path: string, columns: readonly string[]): string => `
  SELECT count(*) FILTER (key < before) AS descents
  FROM (SELECT key, lag(key) OVER () AS before FROM (SELECT row(${columns.join(', ')}) AS key FROM read_parquet(${quoteText(path)})))`;
