import { quoteText } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { EVALUATION_PART, type Role } from '../evaluation/report.ts';
import { partOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'offline-score';

/** What a candidate may not be worse than, unless it is told otherwise. */
const RIVALS: readonly Role[] = ['current', 'popularity'];
/** The metric that decides. */
const METRIC = 'ndcg_at_10';

/**
 * Refuses a model that ranks what profiles went on to watch worse than a rival, the current one or popularity, does: worse
 * beyond its interval, so that a draw is no reason. Reads the part `evaluation` of the candidate, and refuses without it.
 */
export function createOfflineScore(duckdb: DuckDb, rivals: readonly Role[] = RIVALS): Validator {
  return {
    rule: RULE,
    async validate(candidate): Promise<Verdict> {
      const refused = (reason: string, metrics = {}): Verdict => ({
        rule: RULE,
        passed: false,
        reason,
        metrics,
      });
      if (candidate.partPaths[EVALUATION_PART] === undefined)
        return refused(`there is no part ${EVALUATION_PART}: nobody knows how good it is`);
      const rows = await rivalRows(duckdb, partOf(candidate, EVALUATION_PART), rivals);
      if (rivals.includes('popularity') && !rows.some(({ role }) => role === 'popularity'))
        return refused('it was not held against popularity');
      const metrics = Object.fromEntries(
        rows.map(({ split, role, ratio }) => [`${split.replaceAll('-', '_')}_ratio_vs_${role}`, ratio]),
      );
      // Not a number is worse as well.
      const worse = rows.filter(({ high }) => !(high >= 0));
      if (worse.length === 0) return { rule: RULE, passed: true, reason: 'it is not worse', metrics };
      return refused(worse.map(sentenceOf).join('; '), metrics);
    },
  };
}

interface RivalRow {
  readonly split: string;
  readonly role: string;
  readonly own: number;
  readonly theirs: number;
  /** Upper end of what the candidate is above the rival. */
  readonly high: number;
  /** Finite. */
  readonly ratio: number;
}

async function rivalRows(duckdb: DuckDb, part: string, rivals: readonly Role[]): Promise<RivalRow[]> {
  const roles = rivals.map(quoteText).join(', ');
  const { rowCount, columns } = await duckdb.use((connection) =>
    connection.query(
      `SELECT split, role, value + difference AS own, value AS theirs, difference_high AS high,
         CASE WHEN isfinite(ratio) THEN ratio ELSE 0 END AS ratio
       FROM ${part} WHERE metric = ${quoteText(METRIC)} AND role IN (${roles}) ORDER BY split, role`,
    ),
  );
  const number = (name: string, row: number): number => Number(columns[name]?.values[row]);
  return Array.from({ length: rowCount }, (_, row) => ({
    split: String(columns['split']?.values[row]),
    role: String(columns['role']?.values[row]),
    own: number('own', row),
    theirs: number('theirs', row),
    high: number('high', row),
    ratio: number('ratio', row),
  }));
}

const sentenceOf = ({ split, role, own, theirs }: RivalRow): string =>
  `NDCG@10 is ${own.toFixed(4)} where ${role === 'current' ? 'the current model' : role} has ${theirs.toFixed(4)} (${split})`;
