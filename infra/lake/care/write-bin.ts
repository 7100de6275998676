/** Writes the rows of some files of an hour into one new file, and proves that it has them. */
import { MarqueeError } from '../../../domain/errors.ts';
import type { DuckDbConnection } from '../../duckdb/connection.ts';
import type { DataFile } from '../catalog/manifests.ts';
import { copyToFile, describeFile, digestOf, fileRowsSql, newFilePath, type FilePlace } from './data-file.ts';
import { sourceRows, type SourceFiles } from './source-rows.ts';

export type BinSource = FilePlace & SourceFiles;

/** Null where every row of the files was deleted. Throws INTERNAL when the new file does not say what the old ones did. */
export async function writeBin(connection: DuckDbConnection, source: BinSource): Promise<DataFile | null> {
  const { schema } = source;
  const rows = await sourceRows(connection, source);
  const before = await digestOf(connection, rows);
  if (before.rows === 0n) return null;
  const path = newFilePath(source, 'compacted');
  await copyToFile(connection, path, `SELECT * FROM ${rows}`, schema);
  const after = await digestOf(connection, fileRowsSql(path, schema));
  if (after.rows !== before.rows || after.digest !== before.digest) {
    const reason = `${path} has ${after.rows} rows of digest ${after.digest}, expected ${before.rows} of ${before.digest}`;
    throw new MarqueeError('INTERNAL', { reason });
  }
  return describeFile(connection, path, source, schema, after.rows);
}
