import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'missing-titles';

export interface TitlesOfPart {
  /** Has a column title_id; several rows of a title are one. */
  readonly part: string;
  /** The largest share of the previous version's titles that may be missing, 0 to 1. */
  readonly limit: number;
}

/** Refuses a version that does not know too many of the titles that the one before knew: a broken catalogue, not news. */
export function createMissingTitles(duckdb: DuckDb, { part, limit }: TitlesOfPart): Validator {
  return {
    rule: RULE,
    async validate(candidate, previous): Promise<Verdict> {
      // A model that is published in another shape from now on has nothing to be held against.
      if (previous?.partPaths[part] === undefined)
        return { rule: RULE, passed: true, reason: 'there is no previous version', metrics: {} };
      const { titles = 0, missing = 0 } = await measure(
        duckdb,
        `WITH before AS (SELECT DISTINCT title_id FROM ${partOf(previous, part)})
         SELECT count(*) AS titles, count(*) FILTER (NOT known) AS missing
         FROM (SELECT EXISTS (FROM ${partOf(candidate, part)} AS after WHERE after.title_id = before.title_id) AS known
               FROM before)`,
      );
      const share = titles === 0 ? 0 : missing / titles;
      const passed = share <= limit;
      const told = `${missing} of the ${titles} titles before (${percent(share)}) are missing in part ${part}`;
      return {
        rule: RULE,
        passed,
        reason: passed ? told : `${told}, at most ${percent(limit)} may be`,
        metrics: { [`${part}_missing_titles_share`]: share },
      };
    },
  };
}

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
