/** Parts of a view without the rows of a profile. */
import { mkdir } from 'node:fs/promises';
import type { ProfileId } from '../../domain/ids.ts';
import { quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { columnsOf, describePart, partSql, writePart, type LocalPart } from '../parts.ts';

const PROFILE = 'profile_id';

/** How many rows of the parts name the profile. */
export async function countProfileRows(
  connection: DuckDbConnection,
  paths: readonly string[],
  profileId: ProfileId,
): Promise<number> {
  let rows = 0;
  for (const path of paths) {
    if (!(await namesProfiles(connection, path))) continue;
    const counted = await connection.query(
      `SELECT CAST(count(*) AS DOUBLE) AS rows FROM ${partSql(path)} WHERE ${PROFILE} = ${quoteText(profileId)}`,
    );
    rows += Number(counted.columns['rows']!.values[0]);
  }
  return rows;
}

/** The other rows in the order that they had. Parts that name nobody are taken as they are. */
export async function withoutProfile(
  duckdb: DuckDb,
  partPaths: Readonly<Record<string, string>>,
  profileId: ProfileId,
  outDir: string,
): Promise<LocalPart[]> {
  await mkdir(outDir, { recursive: true });
  return duckdb.use(async (connection) => {
    const parts: LocalPart[] = [];
    for (const [name, path] of Object.entries(partPaths)) {
      const part = (await namesProfiles(connection, path))
        ? await writePart(
            connection,
            outDir,
            name,
            `SELECT * FROM ${partSql(path)} WHERE ${PROFILE} IS DISTINCT FROM ${quoteText(profileId)}`,
          )
        : await describePart(connection, name, path);
      parts.push(part);
    }
    return parts;
  });
}

const namesProfiles = async (connection: DuckDbConnection, path: string): Promise<boolean> =>
  (await columnsOf(connection, path)).some(({ name }) => name === PROFILE);
