/** What is to be seen after a version was published, beside the version. */
import { isOver } from '../../../../domain/canary/candidate.ts';
import { PROFILE_ROWS_VIEW } from '../../../../batch/models/precompute.ts';
import type { ViewName } from '../../../../domain/views.ts';
import { createCassandra } from '../../../../infra/cassandra/client.ts';
import { createCassandraReader } from '../../../../infra/cassandra/view-versions.ts';
import { createCanaries } from '../../../../infra/hermes/canaries.ts';
import { HOUR_MS } from '../../../../domain/time.ts';
import type { KillRegion } from '../region.ts';

/** So many that a version is tried out on them. */
const SERVED_PROFILES = 100;

/**
 * Profiles to whom something was served an hour from now, whenever it is asked, and who played it: the planning of a trial counts
 * those. The plays are from before the log, where no other row is.
 */
export async function serveProfiles({ lake }: KillRegion): Promise<void> {
  const at = new Date(Date.now() + HOUR_MS).toISOString().slice(0, 19).replace('T', ' ');
  await lake.read(async (connection) => {
    await connection.run(`INSERT INTO ${lake.reference('served_rows')} BY NAME
      SELECT 'g1' AS generation, 0 AS "partition", i AS "offset", TIMESTAMP '${at}' AS append_time,
        'p' || i AS profile_id FROM range(${SERVED_PROFILES}) r(i)`);
    await connection.run(`INSERT INTO ${lake.reference('plays')} BY NAME
      SELECT 'g1' AS generation, 0 AS "partition", -1 - i AS "offset", TIMESTAMP '${at}' AS append_time, TIMESTAMP '${at}' AS event_time,
        'served-' || i AS event_id, 'play_start' AS kind, 'p' || i % 24 AS profile_id, 't' || i % 12 AS title_id, 'DE' AS country,
        'answer-' || i AS recommendation_id FROM range(${SERVED_PROFILES}) r(i)`);
  });
}

/** The trial came to one verdict, and nobody serves its version as a candidate any more. */
export const triedOut =
  (view: ViewName) =>
  async ({ store, config, views }: KillRegion): Promise<string[]> => {
    const canaries = createCanaries({ store, region: config.region });
    const { version } = (await views.readPointer(view))!;
    const [candidate, record] = [await canaries.find(view), await canaries.recordOf(view, version)];
    const differences: string[] = [];
    if (candidate !== undefined && !isOver(candidate, Date.now()))
      differences.push(`version ${candidate.version} is still tried out`);
    if (record?.outcome !== 'undecided')
      differences.push(`its trial came to ${record?.outcome ?? 'nothing'}`);
    return differences;
  };

/** Every row of the current version is in Cassandra under its key, and so are the versions before it alone. */
export async function rowsAreKept({ config, views, duckdb, store }: KillRegion): Promise<string[]> {
  const cassandra = createCassandra(config.cassandra);
  try {
    const { keyspace } = config.cassandra;
    const reader = createCassandraReader({ cassandra, keyspace, region: config.region });
    const published = await views.listVersions(PROFILE_ROWS_VIEW);
    const good = published.filter(({ state }) => state === 'announced' || state === 'backup');
    const kept = await reader.versions(PROFILE_ROWS_VIEW);
    const differences: string[] = [];
    if (kept.join() !== good.map(({ version }) => version).join())
      differences.push(`versions ${kept.join(', ')} are in Cassandra`);
    const { version } = (await views.readPointer(PROFILE_ROWS_VIEW))!;
    const opened = await reader.open(PROFILE_ROWS_VIEW, version);
    const keys = (await store.list(`${config.region}/views/${PROFILE_ROWS_VIEW}/versions/`)).filter(
      ({ key }) => key.includes(`/${String(version).padStart(8, '0')}/parts/`),
    );
    const paths = keys.map(({ key }) => `'s3://${config.s3.bucket}/${key}'`);
    const { columns } = await duckdb.use((connection) =>
      connection.query(
        `SELECT profile_id, count(*)::INTEGER AS n FROM read_parquet([${paths.join(', ')}]) GROUP BY ALL ORDER BY ALL`,
      ),
    );
    const profiles = Array.from(columns['profile_id']?.values ?? [], String);
    for (const [at, profile] of profiles.entries()) {
      const [expected, found] = [Number(columns['n']!.values[at]), (await opened.find(profile)).length];
      if (found !== expected) differences.push(`${found} of ${expected} rows of ${profile} are in Cassandra`);
    }
    if (profiles.length === 0) differences.push('no rows were published');
    return differences;
  } finally {
    await cassandra.close();
  }
}
