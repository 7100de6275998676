/** The rules of the views that come from a source, in the order in which they are asked. */
import { CATALOGUE_PART } from '../../domain/catalogue.ts';
import { PAGES_PART } from '../../domain/pages.ts';
import { RANKING_POLICY_PART } from '../../domain/ranking-policy.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createExperimentsRule } from './experiments.ts';
import { createKeys } from './keys.ts';
import { createMinimumRows } from './minimum-rows.ts';
import { createOrphans } from './orphans.ts';
import { createChangedRows, createRemovedRows } from './row-shares.ts';
import type { Validator } from './validator.ts';

export interface SideInputLimits {
  readonly minRows: number;
  /** Shares of the previous version's rows, 0 to 1. */
  readonly maxRemovedShare: number;
  readonly maxChangedShare: number;
}

const CATALOGUE_COLUMNS = [
  ...['kind', 'name', 'genres', 'year', 'runtime_seconds', 'launch_time'],
  ...['parent_id', 'root_title_id', 'availability'],
];
const PAGE_COLUMNS = ['page_kind', 'row_kind', 'row_index', 'row_length'];

export function createCatalogueValidators(duckdb: DuckDb, limits: SideInputLimits): Validator[] {
  const key = ['title_id'];
  return [
    ...rulesOf(duckdb, CATALOGUE_PART, key, limits, CATALOGUE_COLUMNS),
    // After the keys: a title that comes twice would be two parents.
    createOrphans(duckdb),
  ];
}

export function createPagesValidators(duckdb: DuckDb, limits: SideInputLimits): Validator[] {
  return rulesOf(duckdb, PAGES_PART, ['page_id', 'row_id'], limits, PAGE_COLUMNS);
}

/** A policy may change as a whole; an empty one, or a setting said twice, is a slip. */
export function createRankingPolicyValidators(
  duckdb: DuckDb,
  { minRows }: Pick<SideInputLimits, 'minRows'>,
): Validator[] {
  return [
    createMinimumRows(duckdb, { [RANKING_POLICY_PART]: minRows }),
    createKeys(duckdb, { [RANKING_POLICY_PART]: { keys: ['row_id', 'setting'], values: [] } }),
    createExperimentsRule(duckdb, RANKING_POLICY_PART),
  ];
}

function rulesOf(
  duckdb: DuckDb,
  part: string,
  key: readonly string[],
  { minRows, maxRemovedShare, maxChangedShare }: SideInputLimits,
  columns: readonly string[],
): Validator[] {
  return [
    createMinimumRows(duckdb, { [part]: minRows }),
    createKeys(duckdb, { [part]: { keys: key, values: [] } }),
    createRemovedRows(duckdb, { part, key, limit: maxRemovedShare }),
    createChangedRows(duckdb, { part, key, limit: maxChangedShare, columns }),
  ];
}
