-- Part `rows`: impressions by title, row and hour of event time (-1 for those out of every window). Reads counted.
SELECT
  title_id,
  "row",
  CAST(CASE WHEN bucket < 0 THEN -1 ELSE bucket // 12 END AS INTEGER) AS hour,
  count(*) AS impressions,
  count(*) FILTER (within_cap) AS capped_impressions
FROM counted
WHERE kind = 'impression' AND "row" IS NOT NULL
GROUP BY ALL
ORDER BY title_id, "row", hour
