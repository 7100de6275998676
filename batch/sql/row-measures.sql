-- Impressions by tile (title and hour of event time) and row, of days [$from_day, $to_day). Reads impressions_logged, excess.
WITH raw AS (
  SELECT {tile} AS tile, row_code, count(*) AS impressions
  FROM impressions_logged
  WHERE row_code > 0 AND is_counted AND day >= $from_day AND day < $to_day
  GROUP BY ALL
),
beyond AS (
  SELECT {tile} AS tile, row_code, count(*) AS impressions
  FROM excess WHERE what = 1 AND day >= $from_day AND day < $to_day GROUP BY ALL
)
SELECT tile, row_code, r.impressions, r.impressions - coalesce(b.impressions, 0) AS capped_impressions
FROM raw r LEFT JOIN beyond b USING (tile, row_code)
