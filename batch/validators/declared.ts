import { DECLARED_PART, type DeclaredView } from '../../domain/declared-view.ts';
import { quoteName } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { createKeys } from './keys.ts';
import { createMinimumRows } from './minimum-rows.ts';
import { createRemovedRows } from './row-shares.ts';
import type { Validator } from './validator.ts';

/** The rules of a view that a file declares, in the order in which they are asked. */
export function createDeclaredValidators(
  duckdb: DuckDb,
  { key: named, minimumRows, maxRemovedShare }: Pick<DeclaredView, 'key' | 'minimumRows' | 'maxRemovedShare'>,
): Validator[] {
  const key = named.map(quoteName);
  return [
    createMinimumRows(duckdb, { [DECLARED_PART]: minimumRows }),
    createKeys(duckdb, { [DECLARED_PART]: { keys: key, values: [] } }),
    createRemovedRows(duckdb, { part: DECLARED_PART, key, limit: maxRemovedShare }),
  ];
}
