-- The event that proves each play (what 3), where nothing proved it in the $qualify_window_ms before. Reads plays_logged:
-- what it says of events is right from a window after the first of them. Most plays have all their proofs within one
-- window: then it is the first, and no window need be sorted.
CREATE OR REPLACE TEMP TABLE proven AS
WITH proofs AS (SELECT * FROM plays_logged WHERE is_proof),
proved AS (
  SELECT lane, profile_id, play_id,
    max(append_ms) - min(append_ms) > $qualify_window_ms AS is_long,
    min("offset") AS first_offset,
    arg_min(day, "offset") AS day,
    arg_min(cell, "offset") AS cell,
    arg_min(twelfth, "offset") AS twelfth,
    arg_min(cap_key, "offset") AS cap_key,
    arg_min(is_counted, "offset") AS is_counted
  FROM proofs
  GROUP BY lane, profile_id, play_id
)
SELECT lane, first_offset AS "offset", day, cell, twelfth, cap_key, is_counted FROM proved WHERE NOT is_long
UNION ALL
SELECT lane, "offset", day, cell, twelfth, cap_key, is_counted
FROM proofs SEMI JOIN (FROM proved WHERE is_long) AS long_plays USING (lane, profile_id, play_id)
QUALIFY coalesce(append_ms - lag(append_ms) OVER (
  PARTITION BY lane, profile_id, play_id ORDER BY "offset") > $qualify_window_ms, true)
