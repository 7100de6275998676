import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { measure, partOf, type Validator, type Verdict } from './validator.ts';

const RULE = 'changed-share';

export interface ChangedShareLimits {
  /** Most of the previous version's titles that may be missing, 0 to 1. */
  readonly vanishedTitles: number;
  /** Most of the previous version's plays that may be missing, 0 to 1; the same for impressions. */
  readonly lostCounts: number;
}

/**
 * Refuses a version that has lost too much against the previous one. Totals over all time only grow but for erasures
 * and corrections, so a large loss means a broken input. Passes when there is no previous version.
 */
export function createChangedShare(duckdb: DuckDb, limits: ChangedShareLimits): Validator {
  return {
    rule: RULE,
    async validate(candidate, previous): Promise<Verdict> {
      if (previous === null) {
        return { rule: RULE, passed: true, reason: 'there is no previous version', metrics: {} };
      }
      const sums = `coalesce(sum(plays), 0)::BIGINT AS plays, coalesce(sum(impressions), 0)::BIGINT AS impressions`;
      const before = await measure(
        duckdb,
        `SELECT count(DISTINCT title_id) AS titles, ${sums},
           count(DISTINCT title_id) FILTER (title_id NOT IN (SELECT title_id FROM ${partOf(candidate, 'totals')})) AS vanished
         FROM ${partOf(previous, 'totals')}`,
      );
      const after = await measure(duckdb, `SELECT ${sums} FROM ${partOf(candidate, 'totals')}`);
      const metrics = {
        vanished_titles_share: share(before['vanished'], before['titles']),
        lost_plays_share: lost(before['plays'], after['plays']),
        lost_impressions_share: lost(before['impressions'], after['impressions']),
      };
      const faults = [
        over('titles', metrics.vanished_titles_share, limits.vanishedTitles),
        over('plays', metrics.lost_plays_share, limits.lostCounts),
        over('impressions', metrics.lost_impressions_share, limits.lostCounts),
      ].filter((fault) => fault !== undefined);
      return {
        rule: RULE,
        passed: faults.length === 0,
        reason: faults.length === 0 ? 'little of the previous version is gone' : faults.join('; '),
        metrics,
      };
    },
  };
}

const share = (part = 0, whole = 0): number => (whole === 0 ? 0 : part / whole);
const lost = (before = 0, after = 0): number => share(Math.max(0, before - after), before);
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;

function over(what: string, found: number, limit: number): string | undefined {
  if (found <= limit) return undefined;
  return `${percent(found)} of the previous ${what} are gone, at most ${percent(limit)} may be`;
}
