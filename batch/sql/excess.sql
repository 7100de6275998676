-- Adds to `excess` what is counted on the days [$from_day, $to_day) and stands beyond a cap: of each profile, title and
-- window what comes after the first $cap_count. Windows are laid over the few caps that can be reached alone; a window
-- ends with its day. Profiles are told apart by 64 bits of their hash. Reads impressions_logged and played.
INSERT INTO excess
WITH crowded_impressions AS (
  SELECT cap_key FROM impressions_logged WHERE day >= $from_day AND day < $to_day
  GROUP BY cap_key HAVING count(*) > $cap_count
),
crowded_plays AS (
  SELECT what, cap_key FROM played WHERE day >= $from_day AND day < $to_day
  GROUP BY what, cap_key HAVING count(*) > $cap_count
),
crowds AS (
  SELECT CAST(1 AS TINYINT) AS what, lane, "offset", day, cell, twelfth, cap_key, row_code, NULL AS seconds, is_counted
  FROM impressions_logged SEMI JOIN crowded_impressions USING (cap_key)
  WHERE day >= $from_day AND day < $to_day
  UNION ALL
  SELECT what, lane, "offset", day, cell, twelfth, cap_key, NULL, seconds, is_counted
  FROM played SEMI JOIN crowded_plays USING (what, cap_key)
  WHERE day >= $from_day AND day < $to_day
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY what, lane, cap_key, cell >> {title_shift} ORDER BY "offset") AS place
  FROM crowds
)
SELECT what, day, cell, twelfth, row_code, seconds FROM placed WHERE is_counted AND place > $cap_count
