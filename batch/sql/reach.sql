-- Registers of who started a title, by tile (title and hour of event time), as in registers.sql, of days
-- [$from_day, $to_day). Reads plays_logged.
SELECT
  {tile} AS tile,
  CAST(profile_hash >> 42 AS INTEGER) AS register,
  CAST(max(
    CASE WHEN (profile_hash & 4398046511103) = 0 THEN 43
      ELSE 43 - length(bin(profile_hash & 4398046511103)) END
  ) AS INTEGER) AS rank
FROM plays_logged
WHERE what = 0 AND profile_hash IS NOT NULL AND is_counted AND day >= $from_day AND day < $to_day
GROUP BY ALL
