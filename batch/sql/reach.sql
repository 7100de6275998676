-- Registers of who started a title, by hour of event time, as in registers.sql. Reads plays_logged.
SELECT
  title_id,
  hour,
  CAST(profile_hash >> 42 AS INTEGER) AS register,
  CAST(max(
    CASE WHEN (profile_hash & 4398046511103) = 0 THEN 43
      ELSE 43 - length(bin(profile_hash & 4398046511103)) END
  ) AS INTEGER) AS rank
FROM plays_logged
WHERE kind = 'play_start' AND profile_hash IS NOT NULL AND is_counted AND append_time >= epoch_ms($append_from_ms)
GROUP BY title_id, hour, register
