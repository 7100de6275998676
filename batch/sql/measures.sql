-- Measures of what is counted, by {keys} (put in by the caller, with {where}, a condition on the columns that all three
-- tables have). Reads impressions_logged, played and excess.
WITH told AS (
  SELECT {keys}, CAST(1 AS TINYINT) AS what, NULL AS seconds FROM impressions_logged WHERE is_counted AND {where}
  UNION ALL
  SELECT {keys}, what, seconds FROM played WHERE is_counted AND {where}
),
raw AS (
  SELECT {names},
    count(*) FILTER (what = 0) AS plays,
    count(*) FILTER (what = 3) AS qualified_plays,
    count(*) FILTER (what = 1) AS impressions,
    CAST(coalesce(sum(seconds), 0) AS BIGINT) AS seconds_viewed
  FROM told GROUP BY {names}
),
beyond AS (
  SELECT {keys},
    count(*) FILTER (what = 0) AS plays,
    count(*) FILTER (what = 3) AS qualified_plays,
    count(*) FILTER (what = 1) AS impressions,
    CAST(coalesce(sum(seconds), 0) AS BIGINT) AS seconds_viewed
  FROM excess WHERE {where} GROUP BY ALL
)
SELECT {names}, r.plays, r.qualified_plays, r.impressions, r.seconds_viewed,
  r.plays - coalesce(b.plays, 0) AS capped_plays,
  r.qualified_plays - coalesce(b.qualified_plays, 0) AS capped_qualified_plays,
  r.impressions - coalesce(b.impressions, 0) AS capped_impressions,
  r.seconds_viewed - coalesce(b.seconds_viewed, 0) AS capped_seconds_viewed
FROM raw r LEFT JOIN beyond b USING ({names})
