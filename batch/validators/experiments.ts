import { readExperiments } from '../../domain/experiments/experiment.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { partOf, type Validator } from './validator.ts';

/** Refuses a policy that declares an experiment which would not run. */
export function createExperimentsRule(duckdb: DuckDb, part: string): Validator {
  return {
    rule: 'experiments',
    async validate(candidate) {
      const sql = `SELECT row_id, setting, "text", "number" IS NULL AS is_text, coalesce("number", 0) AS "number"
        FROM ${partOf(candidate, part)} WHERE starts_with(row_id, 'experiment:') ORDER BY ALL`;
      const { rowCount, columns } = await duckdb.use((connection) => connection.query(sql));
      const at = (name: string, row: number): unknown => columns[name]?.values[row];
      const { running, faults } = readExperiments(
        Array.from({ length: rowCount }, (_, row) => ({
          rowId: String(at('row_id', row)),
          setting: String(at('setting', row)),
          value: Number(at('is_text', row)) === 1 ? String(at('text', row)) : Number(at('number', row)),
        })),
      );
      return {
        rule: 'experiments',
        passed: faults.length === 0,
        reason: faults[0] ?? `${running.length} experiments are declared without a fault`,
        metrics: { experiments: running.length, experiment_faults: faults.length },
      };
    },
  };
}
