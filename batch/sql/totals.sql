-- Part `totals`: measures by title and country over all time, rows outside every window included. Reads hours.
SELECT
  title_id,
  country,
  CAST(sum(plays) AS BIGINT) AS plays,
  CAST(sum(qualified_plays) AS BIGINT) AS qualified_plays,
  CAST(sum(impressions) AS BIGINT) AS impressions,
  CAST(sum(seconds_viewed) AS BIGINT) AS seconds_viewed,
  CAST(sum(capped_plays) AS BIGINT) AS capped_plays,
  CAST(sum(capped_qualified_plays) AS BIGINT) AS capped_qualified_plays,
  CAST(sum(capped_impressions) AS BIGINT) AS capped_impressions,
  CAST(sum(capped_seconds_viewed) AS BIGINT) AS capped_seconds_viewed
FROM hours
GROUP BY ALL

