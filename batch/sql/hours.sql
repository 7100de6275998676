-- Part `hours`: measures by title, country and hour of event time (hours since the epoch); hour -1 holds the rows whose
-- time was judged future or old. Reads cells.
SELECT
  title_id,
  country,
  CAST(CASE WHEN bucket < 0 THEN -1 ELSE bucket // 12 END AS INTEGER) AS hour,
  CAST(sum(plays) AS BIGINT) AS plays,
  CAST(sum(qualified_plays) AS BIGINT) AS qualified_plays,
  CAST(sum(impressions) AS BIGINT) AS impressions,
  CAST(sum(seconds_viewed) AS BIGINT) AS seconds_viewed,
  CAST(sum(capped_plays) AS BIGINT) AS capped_plays,
  CAST(sum(capped_qualified_plays) AS BIGINT) AS capped_qualified_plays,
  CAST(sum(capped_impressions) AS BIGINT) AS capped_impressions,
  CAST(sum(capped_seconds_viewed) AS BIGINT) AS capped_seconds_viewed
FROM cells
GROUP BY ALL
ORDER BY title_id, country, hour
