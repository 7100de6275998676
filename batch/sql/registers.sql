-- Part `distinct`: HyperLogLog registers of the profiles that started a title, by hour of event time (-1 for those out of
-- every window). Only registers that are set have a row; sets of profiles unite by the greatest rank. As in
-- domain/distinct.ts: the upper 10 of 52 bits name the register, the rank is the position of the first 1 in the lower 42.
-- Reads counted.
SELECT
  title_id,
  CAST(CASE WHEN bucket < 0 THEN -1 ELSE bucket // 12 END AS INTEGER) AS hour,
  CAST(profile_hash >> 42 AS INTEGER) AS register,
  CAST(max(
    CASE WHEN (profile_hash & 4398046511103) = 0 THEN 43
      ELSE 43 - length(bin(profile_hash & 4398046511103)) END
  ) AS INTEGER) AS rank
FROM counted
WHERE kind = 'play_start' AND profile_hash IS NOT NULL
GROUP BY ALL
ORDER BY title_id, hour, register
