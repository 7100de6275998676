import { describeColumns } from '../../infra/duckdb/described.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { quoteName } from '../../infra/duckdb/connection.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'finite-values';

/** Refuses a version with NaN, infinity or null in a FLOAT or DOUBLE column of any part but those of `except`. */
export function createFiniteValues(duckdb: DuckDb, except: readonly string[] = []): Validator {
  return {
    rule: RULE,
    async validate(candidate): Promise<Verdict> {
      const metrics: Record<string, number> = {};
      const faults: string[] = [];
      for (const part of Object.keys(candidate.partPaths)) {
        if (except.includes(part)) continue;
        const rows = partOf(candidate, part);
        const columns = await floatColumns(duckdb, rows);
        if (columns.length === 0) continue;
        const bad = columns.map((name) => `count(*) FILTER (isfinite(${quoteName(name)}) IS NOT TRUE)`);
        const found = await measure(
          duckdb,
          `SELECT ${bad.map((count, i) => `${count} AS c${i}`).join(', ')} FROM ${rows}`,
        );
        const faulty = columns.filter((_, i) => found[`c${i}`] !== 0);
        metrics[`${part}_bad_values`] = columns.reduce((sum, _, i) => sum + (found[`c${i}`] ?? 0), 0);
        if (faulty.length > 0)
          faults.push(
            `part ${part} has ${metrics[`${part}_bad_values`]} values that are no numbers, in ${faulty.slice(0, 3).join(', ')}`,
          );
      }
      return {
        rule: RULE,
        passed: faults.length === 0,
        reason: faults.length === 0 ? 'every value is a finite number' : faults.join('; '),
        metrics,
      };
    },
  };
}

async function floatColumns(duckdb: DuckDb, rows: string): Promise<string[]> {
  const columns = await duckdb.use((connection) => describeColumns(connection, rows));
  return columns.filter(({ type }) => type === 'FLOAT' || type === 'DOUBLE').map(({ name }) => name);
}
