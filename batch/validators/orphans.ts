import { CATALOGUE_PART, PARENT_KINDS } from '../../domain/catalogue.ts';
import { LINE_RULES } from '../../domain/line-faults.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

const RULE = LINE_RULES.orphans;

/** The kind that the parent of each kind has, for a join. */
const ABOVE = Object.entries(PARENT_KINDS)
  .map(([kind, above]) => `(${quoteText(kind)}, ${above === null ? 'NULL' : quoteText(above)})`)
  .join(', ');

/** Refuses a catalogue with entries whose parent is missing, is not of the kind above theirs, or is one too many. */
export function createOrphans(duckdb: DuckDb): Validator {
  return {
    rule: RULE,
    async validate(candidate): Promise<Verdict> {
      const entries = partOf(candidate, CATALOGUE_PART);
      const metrics = await measure(
        duckdb,
        `SELECT count(*) AS orphans
         FROM ${entries} AS entry
         LEFT JOIN (VALUES ${ABOVE}) AS kinds(kind, above) ON kinds.kind = entry.kind
         LEFT JOIN ${entries} AS parent ON parent.title_id = entry.parent_id
         WHERE kinds.kind IS NULL
           OR (entry.parent_id IS NULL) <> (kinds.above IS NULL)
           OR parent.kind IS DISTINCT FROM kinds.above`,
      );
      const { orphans = 0 } = metrics;
      return {
        rule: RULE,
        passed: orphans === 0,
        reason:
          orphans === 0 ? 'every parent is there' : `${orphans} entries have no parent of the right kind`,
        metrics,
      };
    },
  };
}
