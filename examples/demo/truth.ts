/**
 * The demo's judge: what every title's plays and impressions must be, by plain SQL over the event file. It shares no
 * code with Marquee's own validation and folds; the rules of the event contract are written out again below.
 */
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';

export interface TitleTruth {
  readonly titleId: string;
  readonly plays: number;
  readonly impressions: number;
}

/** More lines than any file has. */
const EVERYTHING = 1_000_000_000_000;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** The fields that decide; one parse of a line gives them all, as text and by JSON type. */
const FIELDS = [
  'kind',
  'titleId',
  'eventId',
  'profileId',
  'eventTime',
  'country',
  'sessionId',
  'device',
  'region',
  'appVersion',
  'producer',
  'pageId',
  'recommendationId',
  'producerSeq',
  'playId',
  'positionSeconds',
  'durationSeconds',
  'row',
  'rank',
  'viewportMs',
] as const;
type Field = (typeof FIELDS)[number];

const PATHS = `[${FIELDS.map((field) => `'$.${field}'`).join(', ')}]`;
const valueOf = (field: Field): string => `texts[${FIELDS.indexOf(field) + 1}]`;
const typeOf = (field: Field): string => `types[${FIELDS.indexOf(field) + 1}]`;

const isId = (field: Field): string =>
  `${typeOf(field)} = 'VARCHAR' AND length(${valueOf(field)}) BETWEEN 1 AND 128`;
const isWhole = (field: Field, max: number): string =>
  `${typeOf(field)} IN ('UBIGINT', 'BIGINT') AND try_cast(${valueOf(field)} AS DOUBLE) BETWEEN 0 AND ${max}`;
const isSeconds = (field: Field): string =>
  `${typeOf(field)} IN ('UBIGINT', 'BIGINT', 'DOUBLE') AND try_cast(${valueOf(field)} AS DOUBLE) BETWEEN 0 AND 1000000`;
const orAbsent = (field: Field, rule: string): string =>
  `coalesce(${typeOf(field)}, 'NULL') = 'NULL' OR (${rule})`;
const OPTIONAL_IDS = [
  'sessionId',
  'device',
  'region',
  'appVersion',
  'producer',
  'pageId',
  'recommendationId',
] as const;

const ENVELOPE = [
  isId('eventId'),
  isId('profileId'),
  isWhole('eventTime', 8_640_000_000_000_000),
  `${typeOf('country')} = 'VARCHAR' AND regexp_full_match(${valueOf('country')}, '[A-Z]{2}')`,
  ...OPTIONAL_IDS.map((field) => orAbsent(field, isId(field))),
  orAbsent('producerSeq', isWhole('producerSeq', Number.MAX_SAFE_INTEGER)),
  isId('titleId'),
];
const PLAY_START = [
  orAbsent('playId', isId('playId')),
  orAbsent('positionSeconds', isSeconds('positionSeconds')),
  orAbsent('durationSeconds', isSeconds('durationSeconds')),
  orAbsent('row', isId('row')),
  orAbsent('rank', isWhole('rank', 10_000)),
];
const IMPRESSION = [
  isId('row'),
  isWhole('rank', 10_000),
  orAbsent('viewportMs', isWhole('viewportMs', 86_400_000)),
];

const all = (rules: readonly string[]): string => rules.map((rule) => `(${rule})`).join('\n      AND ');

/**
 * The statement. A line is one event or nothing; an event id counts once per profile and kind, however often it was
 * sent. With `lines`, only so many lines from the top are counted.
 */
export function truthSql(file: string, lines?: number): string {
  return `
  WITH lines AS (
    SELECT line FROM read_csv(${text(file)}, columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '',
      escape = '', header = false, auto_detect = false)
    LIMIT ${lines ?? EVERYTHING}
  ), objects AS (
    SELECT line FROM lines WHERE CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END
  ), fields AS (
    SELECT json_extract_string(line, ${PATHS}) AS texts, json_type(line, ${PATHS}) AS types FROM objects
    LIMIT ${EVERYTHING} -- keeps the rules below from being pushed into, and repeated with, the parsing
  ), counted AS (
    SELECT DISTINCT ${valueOf('kind')} AS kind, ${valueOf('titleId')} AS title_id,
      ${valueOf('profileId')} AS profile_id, ${valueOf('eventId')} AS event_id
    FROM fields
    WHERE (${valueOf('kind')} = 'play_start' AND ${all(PLAY_START)}
       OR ${valueOf('kind')} = 'impression' AND ${all(IMPRESSION)})
      AND ${all(ENVELOPE)}
  )
  SELECT title_id, count(*) FILTER (kind = 'play_start')::INTEGER AS plays,
    count(*) FILTER (kind = 'impression')::INTEGER AS impressions
  FROM counted GROUP BY title_id ORDER BY title_id`;
}

/** The truth of the first `lines` lines of an event file, or of all of it, by title. */
export async function readTruth(
  duckdb: DuckDb,
  file: string,
  lines?: number,
): Promise<ReadonlyMap<string, TitleTruth>> {
  const { rowCount, columns } = await duckdb.use((connection) => connection.query(truthSql(file, lines)));
  const truth = new Map<string, TitleTruth>();
  for (let row = 0; row < rowCount; row += 1) {
    const titleId = String(columns['title_id']?.values[row]);
    const plays = Number(columns['plays']?.values[row]);
    truth.set(titleId, { titleId, plays, impressions: Number(columns['impressions']?.values[row]) });
  }
  return truth;
}
