import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { squaredLength } from './factor-columns.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'emptied-titles';

export interface EmptiedTitlesOf {
  /** Has a column title_id and a FLOAT column for each factor. */
  readonly part: string;
  /** The largest share of the titles that said something before and say nothing now, 0 to 1. */
  readonly limit: number;
}

/** Refuses factors in which too many titles are still there and say nothing: all zeros, where the version before had values. */
export function createEmptiedTitles(duckdb: DuckDb, { part, limit }: EmptiedTitlesOf): Validator {
  return {
    rule: RULE,
    async validate(candidate, previous): Promise<Verdict> {
      const passed = (reason: string): Verdict => ({ rule: RULE, passed: true, reason, metrics: {} });
      if (previous?.partPaths[part] === undefined) return passed('there is no previous version');
      const [after, before] = [partOf(candidate, part), partOf(previous, part)];
      const [ofAfter, ofBefore] = [await squaredLength(duckdb, after), await squaredLength(duckdb, before)];
      if (ofAfter === undefined || ofBefore === undefined) return passed('there are no factors');
      const { titles = 0, emptied = 0 } = await measure(
        duckdb,
        `WITH before AS (SELECT title_id FROM ${before} WHERE ${ofBefore} > 0),
           after AS (SELECT title_id, ${ofAfter} AS length FROM ${after})
         SELECT count(*) AS titles, count(*) FILTER (length = 0) AS emptied FROM before LEFT JOIN after USING (title_id)`,
      );
      const share = titles === 0 ? 0 : emptied / titles;
      const told = `${emptied} of the ${titles} titles before (${percent(share)}) say nothing any more in part ${part}`;
      return {
        rule: RULE,
        passed: share <= limit,
        reason: share <= limit ? told : `${told}, at most ${percent(limit)} may`,
        metrics: { [`${part}_emptied_titles_share`]: share },
      };
    },
  };
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
