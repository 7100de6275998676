-- Measures by title, country and five-minute bucket (-1 for events out of every window). Reads counted.
SELECT
  title_id,
  country,
  bucket,
  count(*) FILTER (kind = 'play_start') AS plays,
  count(*) FILTER (qualifies) AS qualified_plays,
  count(*) FILTER (kind = 'impression') AS impressions,
  CAST(coalesce(sum(seconds), 0) AS BIGINT) AS seconds_viewed,
  count(*) FILTER (kind = 'play_start' AND within_cap) AS capped_plays,
  count(*) FILTER (qualifies_within_cap) AS capped_qualified_plays,
  count(*) FILTER (kind = 'impression' AND within_cap) AS capped_impressions,
  CAST(coalesce(sum(seconds) FILTER (within_cap), 0) AS BIGINT) AS capped_seconds_viewed
FROM counted
GROUP BY ALL
