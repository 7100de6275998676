-- Part `freshness`: how titles did that were first seen or played from hour $from_hour on: their first hour, and measures
-- capped per profile of their first day and first week, and of all hours before $to_hour. Reads hours_written.
WITH titles AS (
  SELECT title_id, min(hour) AS first_hour FROM hours_written
  WHERE hour >= 0 AND hour < $to_hour AND plays + impressions > 0
  GROUP BY title_id HAVING min(hour) >= $from_hour
)
SELECT title_id, first_hour,
  CAST(coalesce(sum(capped_plays) FILTER (hour < first_hour + 24), 0) AS BIGINT) AS first_day_plays,
  CAST(coalesce(sum(capped_impressions) FILTER (hour < first_hour + 24), 0) AS BIGINT) AS first_day_impressions,
  CAST(coalesce(sum(capped_plays) FILTER (hour < first_hour + 168), 0) AS BIGINT) AS first_week_plays,
  CAST(coalesce(sum(capped_impressions) FILTER (hour < first_hour + 168), 0) AS BIGINT) AS first_week_impressions,
  CAST(sum(capped_plays) AS BIGINT) AS capped_plays,
  CAST(sum(capped_impressions) AS BIGINT) AS capped_impressions
FROM (SELECT * FROM hours_written WHERE hour >= $from_hour AND hour < $to_hour) JOIN titles USING (title_id)
GROUP BY title_id, first_hour
ORDER BY title_id
