/**
 * What DuckDB does alone in the refresh benchmark: the eight measures of the part by hour as one statement of plain SQL,
 * written as well as we know how. A play is proven by the least of its proofs, in a group-by; only what is crowded is put
 * in order, by windows; what stands beyond a cap is taken off again in the one group-by at the end. Windows over every
 * event (batch/sql/counted.sql) come to the same in more time.
 */
import { MEASURE_LIMITS } from '../../domain/measures.ts';

const { capCount, capWindowMs, qualifyWindowMs } = MEASURE_LIMITS;

const HOUR = `CAST(CASE WHEN time_status = 'ok' THEN epoch_ms(event_time) // 3600000 ELSE -1 END AS INTEGER) AS hour`;
const CAP = `hash(profile_id, title_id, epoch_ms(append_time) // ${capWindowMs}, "partition") AS cap`;
const PROOF = `kind IN ('play_stop', 'play_pause', 'play_resume', 'play_skip') AND play_id IS NOT NULL AND (viewed_seconds >= 120
  OR coalesce(duration_seconds, runtime_seconds) > 0 AND viewed_seconds >= 0.25 * coalesce(duration_seconds, runtime_seconds))`;

/** The measure that an event adds to. */
const WHAT = { plays: 0, impressions: 1, seconds_viewed: 2, qualified_plays: 3 } as const;

const below = (cuts: readonly number[]): string => `"offset" < [${cuts.join(', ')}]["partition" + 1]`;

/** Title, country, hour and measures in no order; of one topic generation. `plays` and `impressions` are relations. */
export function barePeerSql(
  { plays, impressions }: Readonly<Record<'plays' | 'impressions', string>>,
  cuts: Readonly<Record<string, readonly number[]>>,
): string {
  const counts = Object.entries(WHAT).flatMap(([name, what]) => {
    const sum = what === WHAT.seconds_viewed ? 'seconds' : '1';
    return [
      `CAST(coalesce(sum(${sum}) FILTER (what = ${what} AND NOT is_beyond), 0) AS BIGINT) AS ${name}`,
      `CAST(coalesce(sum(CASE WHEN is_beyond THEN -${sum} ELSE ${sum} END) FILTER (what = ${what}), 0) AS BIGINT) AS capped_${name}`,
    ];
  });
  return `
    WITH played AS MATERIALIZED (
      SELECT title_id, country, ${HOUR}, ${CAP}, "offset", epoch_ms(append_time) AS append_ms, kind,
        CASE WHEN kind = 'play_stop' THEN floor(coalesce(viewed_seconds, 0)) ELSE 0 END AS seconds,
        CASE WHEN ${PROOF} THEN hash(profile_id, play_id, "partition") END AS play
      FROM ${plays} WHERE ${below(cuts['plays'] ?? [])}
    ),
    proved AS (
      SELECT play, max(append_ms) - min(append_ms) > ${qualifyWindowMs} AS is_long,
        arg_min({t: title_id, c: country, h: hour, k: cap, o: "offset"}, "offset") AS first
      FROM played WHERE play IS NOT NULL GROUP BY play
    ),
    logged AS MATERIALIZED (
      SELECT 1::TINYINT AS what, title_id, country, ${HOUR}, ${CAP}, "offset", 0 AS seconds
      FROM ${impressions}
      WHERE ${below(cuts['impressions'] ?? [])} AND kind = 'impression' AND origin IS DISTINCT FROM 'synthetic'
      UNION ALL
      SELECT CASE kind WHEN 'play_start' THEN 0::TINYINT ELSE 2::TINYINT END, title_id, country, hour, cap, "offset", seconds
      FROM played WHERE kind IN ('play_start', 'play_stop')
      UNION ALL
      SELECT 3::TINYINT, first.t, first.c, first.h, first.k, first.o, 0 FROM proved WHERE NOT is_long
      UNION ALL
      SELECT 3::TINYINT, title_id, country, hour, cap, "offset", 0
      FROM played SEMI JOIN (FROM proved WHERE is_long) AS long_plays USING (play)
      QUALIFY coalesce(append_ms - lag(append_ms) OVER (PARTITION BY play ORDER BY "offset") > ${qualifyWindowMs}, true)
    ),
    crowded AS (SELECT what, cap FROM logged GROUP BY what, cap HAVING count(*) > ${capCount}),
    beyond AS (
      SELECT what, title_id, country, hour, seconds FROM logged SEMI JOIN crowded USING (what, cap)
      QUALIFY row_number() OVER (PARTITION BY what, cap ORDER BY "offset") > ${capCount}
    )
    SELECT title_id, country, hour, ${counts.join(', ')}
    FROM (
      SELECT what, title_id, country, hour, seconds, false AS is_beyond FROM logged
      UNION ALL SELECT what, title_id, country, hour, seconds, true FROM beyond
    )
    GROUP BY title_id, country, hour`;
}
