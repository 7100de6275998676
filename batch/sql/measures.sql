-- Measures by title, country and time (hour or bucket, put in by the caller; -1 for events out of every window) of what is
-- counted, from time $from_time and append time $append_from_ms on. Reads plays_logged, impressions_logged, proven, excess.
WITH told AS (
  SELECT CASE kind WHEN 'play_start' THEN 0::TINYINT ELSE 2::TINYINT END AS what, title_id, country, {time}, seconds
  FROM plays_logged
  WHERE kind IN ('play_start', 'play_stop') AND is_counted AND append_time >= epoch_ms($append_from_ms)
  UNION ALL
  SELECT 1::TINYINT, title_id, country, {time}, NULL
  FROM impressions_logged WHERE is_counted AND append_time >= epoch_ms($append_from_ms)
  UNION ALL
  SELECT 3::TINYINT, title_id, country, {time}, NULL FROM proven WHERE is_counted
),
raw AS (
  SELECT title_id, country, {time},
    count(*) FILTER (what = 0) AS plays,
    count(*) FILTER (what = 3) AS qualified_plays,
    count(*) FILTER (what = 1) AS impressions,
    CAST(coalesce(sum(seconds), 0) AS BIGINT) AS seconds_viewed
  FROM told WHERE {time} >= $from_time GROUP BY title_id, country, {time}
),
beyond AS (
  SELECT title_id, country, {time},
    count(*) FILTER (what = 0) AS plays,
    count(*) FILTER (what = 3) AS qualified_plays,
    count(*) FILTER (what = 1) AS impressions,
    CAST(coalesce(sum(seconds), 0) AS BIGINT) AS seconds_viewed
  FROM excess WHERE {time} >= $from_time GROUP BY title_id, country, {time}
)
SELECT r.title_id, r.country, r.{time}, r.plays, r.qualified_plays, r.impressions, r.seconds_viewed,
  r.plays - coalesce(b.plays, 0) AS capped_plays,
  r.qualified_plays - coalesce(b.qualified_plays, 0) AS capped_qualified_plays,
  r.impressions - coalesce(b.impressions, 0) AS capped_impressions,
  r.seconds_viewed - coalesce(b.seconds_viewed, 0) AS capped_seconds_viewed
FROM raw r LEFT JOIN beyond b ON b.title_id IS NOT DISTINCT FROM r.title_id
  AND b.country IS NOT DISTINCT FROM r.country AND b.{time} = r.{time}
