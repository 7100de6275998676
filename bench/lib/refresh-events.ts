/**
 * Events of four weeks for the refresh benchmark, made by DuckDB where they are inserted: four impressions to each event
 * of a play, in sessions of twenty-five events, with titles, countries and profiles as in demand.ts and a daily rhythm.
 * One session in a thousand is of a profile that hammers three titles. Event i is the same in every run.
 */
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { COUNTRIES, PROFILES, TITLES } from './demand.ts';

export const PARTITIONS = 4;
export const GENERATION = 'g1';
/** Noon: a refresh adds to half a day's parts, as one of any time does on the average. */
const START_MS = Date.UTC(2026, 9, 19, 12);
export const SPAN_DAYS = 28;
const SPAN_MS = SPAN_DAYS * 86_400_000;
/** Rows of one commit. */
export const COMMIT_ROWS = 500_000;

/** When `share` of the events has been appended, milliseconds; more than 1 for those after them. */
export const endOfEvents = (share: number): number => START_MS + Math.ceil(SPAN_MS * share);

/** How event i of `total` comes about; `total` events take four weeks, those after it go on at the same rate. */
const eventsSql = (from: number, to: number, total: number): string => `
  WITH drawn AS (
    SELECT i, i // 25 AS session,
      CASE WHEN hash(i // 25, 'hammer') % 1000 = 0 THEN (hash(i // 25, 'who') % 40)::BIGINT
        ELSE (hash(i // 25, 'who') % ${PROFILES})::BIGINT END AS profile,
      hash(i // 25, 'hammer') % 1000 = 0 AS hammers,
      hash(i, 'title') / 18446744073709551616.0 AS u, hash(i, 'late') % 100 AS late
    FROM range(${from}, ${to}) r(i)
  ),
  told AS (
    SELECT i, session, profile, i % 5 = 0 AS is_play, (i // 5) % 3 AS step,
      CASE WHEN hammers THEN i % 3 ELSE least(${TITLES} - 1, floor(pow(pow(127, -0.4)
        - (CASE WHEN i % 5 = 0 THEN hash(session, 'title') / 18446744073709551616.0 ELSE u END)
        * (pow(127, -0.4) - pow(${TITLES} + 127, -0.4)), -2.5)) - 127)::BIGINT END AS title,
      floor(pow(51, hash(profile, 'country') / 18446744073709551616.0))::BIGINT AS country_rank,
      (${START_MS} + floor(${SPAN_MS / SPAN_DAYS} * (i * 28.0 / ${total} + 0.08 * sin(2 * pi() * i * 28.0 / ${total}))))::BIGINT
        AS append_ms, late
    FROM drawn
  )
  SELECT i, is_play, '${GENERATION}' AS generation, (hash(profile, 'partition') % ${PARTITIONS})::INTEGER AS "partition",
    2 * i AS raw_offset, epoch_ms(append_ms) AS append_time,
    epoch_ms(append_ms - CASE WHEN late = 0 THEN (hash(i, 'lag') % 200000000)::BIGINT ELSE (hash(i, 'lag') % 60000)::BIGINT END)
      AS event_time,
    CASE WHEN is_play THEN ['play_start', 'play_pause', 'play_stop'][step + 1] ELSE 'impression' END AS kind,
    '01J9ZQ4T8M-' || lpad(i::VARCHAR, 12, '0') AS event_id, 'profile-' || lpad(profile::VARCHAR, 7, '0') AS profile_id,
    [${COUNTRIES.map((country) => `'${country}'`).join(',')}][least(country_rank, 50)] AS country,
    'title-' || lpad(title::VARCHAR, 5, '0') AS title_id, (hash(profile, 'profile') >> 12)::BIGINT AS profile_hash,
    CASE WHEN is_play THEN 'play-' || session END AS play_id,
    CASE WHEN is_play AND step > 0 THEN (hash(i, 'viewed') % 5400)::DOUBLE END AS viewed_seconds,
    CASE WHEN NOT is_play THEN ['trending', 'top-picks', 'popular', 'new-releases', 'continue'][1 + i % 5] END AS "row",
    CASE WHEN NOT is_play THEN (i % 25)::BIGINT END AS "rank"
  FROM told`;

const COMMON = [
  ...['generation', 'partition', 'offset', 'raw_offset', 'append_time', 'event_time', 'time_status', 'kind'],
  ...['event_id', 'profile_id', 'country', 'title_id', 'profile_hash', 'runtime_seconds'],
];
const OWN = { plays: ['play_id', 'viewed_seconds'], impressions: ['row', 'rank'] } as const;

/** Offset of the next event of each partition, by table. */
type Ends = Record<'plays' | 'impressions', number[]>;

/** Appends events to the lake, in commits of half a million; each call goes on where the one before ended. */
export function createEventAppender(
  lake: DuckDbLake,
  { region, total }: { readonly region: string; readonly total: number },
  onProgress: (events: number) => void,
): { appendTo(end: number): Promise<void> } {
  const ends: Ends = {
    plays: new Array<number>(PARTITIONS).fill(0),
    impressions: new Array<number>(PARTITIONS).fill(0),
  };
  let at = 0;
  return {
    async appendTo(end) {
      while (at < end) {
        const to = Math.min(end, at + COMMIT_ROWS);
        await lake.read(async (connection) => {
          await connection.run(`CREATE OR REPLACE TEMP TABLE made AS ${eventsSql(at, to, total)}`);
          for (const table of ['plays', 'impressions'] as const)
            await appendTable(lake, connection, region, table, ends[table]);
          await connection.run('DROP TABLE made');
        });
        at = to;
        onProgress(at);
      }
    },
  };
}

async function appendTable(
  lake: DuckDbLake,
  connection: DuckDbConnection,
  region: string,
  table: 'plays' | 'impressions',
  ends: number[],
): Promise<void> {
  const names = [...COMMON, ...OWN[table]].map((name) => `"${name}"`);
  const values = names.map((name) => {
    if (name === '"offset"')
      return `[${ends.join(', ')}]["partition" + 1] + row_number() OVER (PARTITION BY "partition" ORDER BY i) - 1`;
    return name === '"time_status"' ? `'ok'` : name === '"runtime_seconds"' ? '6120' : name;
  });
  const own = `FROM made WHERE ${table === 'plays' ? 'is_play' : 'NOT is_play'}`;
  await connection.run(`
    INSERT INTO ${lake.reference(table)} (region, ${names.join(', ')})
    SELECT '${region}', ${values.join(', ')} ${own} ORDER BY append_time, "partition"`);
  const { rowCount, columns } = await connection.query(
    `SELECT "partition", count(*) AS events ${own} GROUP BY ALL`,
  );
  for (let row = 0; row < rowCount; row++)
    ends[Number(columns['partition']!.values[row])]! += Number(columns['events']!.values[row]);
}
