-- Impressions by title, row and hour of event time (-1 for those out of every window). Reads impressions_logged, excess.
WITH raw AS (
  SELECT title_id, "row", hour, count(*) AS impressions
  FROM impressions_logged
  WHERE "row" IS NOT NULL AND is_counted AND append_time >= epoch_ms($append_from_ms)
  GROUP BY title_id, "row", hour
),
beyond AS (
  SELECT title_id, "row", hour, count(*) AS impressions FROM excess WHERE what = 1 GROUP BY title_id, "row", hour
)
SELECT r.title_id, r."row", r.hour, r.impressions, r.impressions - coalesce(b.impressions, 0) AS capped_impressions
FROM raw r LEFT JOIN beyond b ON b.title_id IS NOT DISTINCT FROM r.title_id AND b."row" = r."row" AND b.hour = r.hour
