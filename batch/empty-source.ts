import { TABLE_COLUMNS, type LakeTable } from '../infra/lake/tables.ts';

/** SQL of a table without rows, where the lake has none yet. */
export function emptySource(table: LakeTable): string {
  const columns = TABLE_COLUMNS[table].map(({ name, type }) => `CAST(NULL AS ${type}) AS "${name}"`);
  return `SELECT ${columns.join(', ')} WHERE false`;
}
