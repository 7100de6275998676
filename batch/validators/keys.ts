import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { MEASURE_COLUMNS } from '../popularity/measure-columns.ts';
import { measure, partOf, shardsOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'keys';

/** The columns that name one row of a part, and those that hold numbers. */
export interface PartShape {
  readonly keys: readonly string[];
  readonly values: readonly string[];
  /** The part is written in shards whose names begin with its own: a key comes once in all of them, or once in each. */
  readonly shards?: 'apart' | 'overlapping';
}

const MEASURED = Object.values(MEASURE_COLUMNS);

/** Of each part of the view `popularity`; what was appended in a span of days is a shard. */
const POPULARITY_SHAPES: Readonly<Record<string, PartShape>> = {
  totals: { keys: ['title_id', 'country'], values: MEASURED },
  recent: { keys: ['title_id', 'country', 'bucket'], values: MEASURED, shards: 'overlapping' },
  hours: { keys: ['title_id', 'country', 'hour'], values: MEASURED, shards: 'overlapping' },
  rows: {
    keys: ['title_id', '"row"', 'hour'],
    values: ['impressions', 'capped_impressions'],
    shards: 'overlapping',
  },
  distinct: { keys: ['title_id', 'hour', 'register'], values: ['register', 'rank'], shards: 'overlapping' },
};

/** Refuses keys, by part, that are null or come twice, and measures that are null or below zero. */
export function createKeys(
  duckdb: DuckDb,
  shapes: Readonly<Record<string, PartShape>> = POPULARITY_SHAPES,
): Validator {
  return {
    rule: RULE,
    async validate(candidate): Promise<Verdict> {
      const metrics: Record<string, number> = {};
      const faults: string[] = [];
      for (const [name, { keys: columns, values, shards }] of Object.entries(shapes)) {
        const found = await measure(
          duckdb,
          `SELECT count(*) - count(DISTINCT (${[...columns, ...(shards === 'overlapping' ? ['filename'] : [])].join(', ')})) AS duplicate_keys,
             count(*) FILTER (${columns.map((column) => `${column} IS NULL`).join(' OR ')}) AS null_keys,
             count(*) FILTER (${values.map((value) => `${value} IS NULL OR ${value} < 0`).join(' OR ') || 'false'}) AS bad_measures
           FROM ${shards === undefined ? partOf(candidate, name) : shardsOf(candidate, name)}`,
        );
        for (const [fault, count] of Object.entries(found)) {
          metrics[`${name}_${fault}`] = count;
          if (count > 0) faults.push(`part ${name} has ${count} ${fault.replace('_', ' ')}`);
        }
      }
      return {
        rule: RULE,
        passed: faults.length === 0,
        reason: faults.length === 0 ? 'every key is whole and comes once' : faults.join('; '),
        metrics,
      };
    },
  };
}
