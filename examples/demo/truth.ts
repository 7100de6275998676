/**
 * The demo's judge: what every title's measures must be, by plain SQL over the event file. It shares no code with
 * Marquee's own validation and folds; the rules of the event contract and of counting are written out again below.
 */
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';

/** The least and the most that a figure may be. */
export type Range = readonly [least: number, most: number];

export interface TitleTruth {
  readonly titleId: string;
  readonly plays: number;
  readonly impressions: number;
  /** Figures by their name in the answer; ranges where the file alone does not decide. */
  readonly others?: Readonly<Record<string, Range>>;
  /** Impressions by row. */
  readonly byRow?: Readonly<Record<string, number>>;
}

/** How many events of one profile, title and measure count in an hour of the log; a demo touches two hours at most. */
const CAP = 3;
const HOURS = 2;
/** An estimate of distinct profiles may be off by so many standard errors of 3.25 %, and by so many profiles. */
const ESTIMATE_SLACK = 6 * 0.0325;
const LEAST_SLACK = 3;

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
  'rowLength',
  'origin',
  'titleKind',
  'viewedSeconds',
  'toSeconds',
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
const isOneOf = (field: Field, values: readonly string[]): string =>
  `${typeOf(field)} = 'VARCHAR' AND ${valueOf(field)} IN (${values.map(text).join(', ')})`;
const TITLE_KIND = orAbsent('titleKind', isOneOf('titleKind', ['film', 'series', 'season', 'episode']));
const PLAYED = [
  isId('playId'),
  isSeconds('positionSeconds'),
  orAbsent('durationSeconds', isSeconds('durationSeconds')),
];
const VIEWED = orAbsent('viewedSeconds', isSeconds('viewedSeconds'));
const IMPRESSION = [
  TITLE_KIND,
  orAbsent('rowLength', isWhole('rowLength', 10_000)),
  orAbsent('origin', isOneOf('origin', ['explicit', 'synthetic'])),
  isId('row'),
  isWhole('rank', 10_000),
  orAbsent('viewportMs', isWhole('viewportMs', 86_400_000)),
];

/** What must hold of each kind that counts. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  play_start: [...PLAY_START, TITLE_KIND],
  impression: IMPRESSION,
  play_stop: [...PLAYED, isSeconds('viewedSeconds')],
  play_pause: [...PLAYED, VIEWED],
  play_resume: [...PLAYED, VIEWED],
  play_skip: [...PLAYED, VIEWED, isSeconds('toSeconds')],
};

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
  ), events AS (
    SELECT DISTINCT ${valueOf('kind')} AS kind, ${valueOf('titleId')} AS title_id,
      ${valueOf('profileId')} AS profile_id, ${valueOf('eventId')} AS event_id, ${valueOf('playId')} AS play_id,
      ${valueOf('row')} AS "row", ${valueOf('origin')} AS origin,
      try_cast(${valueOf('viewedSeconds')} AS DOUBLE) AS viewed,
      try_cast(${valueOf('durationSeconds')} AS DOUBLE) AS duration
    FROM fields
    WHERE (${Object.entries(KINDS)
      .map(([kind, rules]) => `${valueOf('kind')} = '${kind}' AND ${all(rules)}`)
      .join('\n       OR ')})
      AND ${all(ENVELOPE)}
  ), proofs AS (
    -- A play that was proven counts once, however often it was proven; where, the first proof decides: one title.
    SELECT DISTINCT title_id, profile_id, play_id FROM events
    WHERE kind IN ('play_stop', 'play_pause', 'play_resume', 'play_skip')
      AND (viewed >= 120 OR duration > 0 AND viewed >= duration / 4)
  ), by_profile AS (
    SELECT title_id, profile_id, count(*) FILTER (kind = 'play_start') AS plays,
      count(*) FILTER (kind = 'impression' AND origin IS DISTINCT FROM 'synthetic') AS impressions,
      coalesce(sum(floor(viewed)) FILTER (kind = 'play_stop'), 0) AS seconds, 0 AS qualified
    FROM events GROUP BY ALL
    UNION ALL
    SELECT title_id, profile_id, 0, 0, 0, count(*) FROM proofs GROUP BY ALL
  ), by_title AS (
    SELECT title_id, ${['plays', 'impressions', 'seconds', 'qualified']
      .map((name) => `sum(${name})::INTEGER AS ${name}`)
      .join(', ')},
      ${['plays', 'impressions', 'qualified']
        .map(
          (name) => `sum(least(${name}, ${CAP}))::INTEGER AS ${name}_least,
      sum(least(${name}, ${CAP * HOURS}))::INTEGER AS ${name}_most`,
        )
        .join(',\n      ')},
      count(DISTINCT profile_id) FILTER (plays > 0)::INTEGER AS profiles
    FROM by_profile GROUP BY title_id
  ), by_row AS (
    SELECT title_id, CAST(to_json(histogram("row")) AS VARCHAR) AS by_row
    FROM events WHERE kind = 'impression' AND origin IS DISTINCT FROM 'synthetic' GROUP BY title_id
  )
  SELECT by_title.*, coalesce(by_row, '{}') AS by_row
  FROM by_title LEFT JOIN by_row USING (title_id)
  WHERE plays + impressions + seconds + qualified > 0
  ORDER BY title_id`;
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
    const of = (name: string): number => Number(columns[name]?.values[row]);
    const exactly = (value: number): Range => [value, value];
    const slack = Math.max(LEAST_SLACK, Math.ceil(ESTIMATE_SLACK * of('profiles')));
    const titleId = String(columns['title_id']?.values[row]);
    truth.set(titleId, {
      titleId,
      plays: of('plays'),
      impressions: of('impressions'),
      others: {
        qualifiedPlays: exactly(of('qualified')),
        secondsViewed: exactly(of('seconds')),
        cappedPlays: [of('plays_least'), of('plays_most')],
        cappedImpressions: [of('impressions_least'), of('impressions_most')],
        cappedQualifiedPlays: [of('qualified_least'), of('qualified_most')],
        distinctProfiles: [of('profiles') - slack, of('profiles') + slack],
      },
      byRow: JSON.parse(String(columns['by_row']?.values[row])) as Record<string, number>,
    });
  }
  return truth;
}
