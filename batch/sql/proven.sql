-- The event that proves each play, where nothing proved it in the $qualify_window_ms before. Reads plays_logged from
-- append time $proof_from_ms on: what it says of events is right from a window after that. Most plays have all their
-- proofs within one window: then it is the first, and no window need be sorted.
CREATE OR REPLACE TEMP TABLE proven AS
WITH proofs AS (
  SELECT * FROM plays_logged WHERE is_proof AND append_time >= epoch_ms($proof_from_ms)
),
proved AS (
  SELECT generation, "partition", profile_id, play_id,
    max(append_ms) - min(append_ms) > $qualify_window_ms AS is_long,
    min("offset") AS first_offset,
    arg_min(append_ms, "offset") AS append_ms,
    arg_min_null(title_id, "offset") AS title_id,
    arg_min_null(country, "offset") AS country,
    arg_min(bucket, "offset") AS bucket,
    arg_min(hour, "offset") AS hour,
    arg_min(is_counted, "offset") AS is_counted
  FROM proofs
  GROUP BY generation, "partition", profile_id, play_id
)
SELECT generation, "partition", first_offset AS "offset", append_ms, profile_id, title_id, country, bucket, hour, is_counted
FROM proved WHERE NOT is_long
UNION ALL
SELECT generation, "partition", "offset", append_ms, profile_id, title_id, country, bucket, hour, is_counted
FROM proofs SEMI JOIN (FROM proved WHERE is_long) AS long_plays USING (generation, "partition", profile_id, play_id)
QUALIFY coalesce(append_ms - lag(append_ms) OVER (
  PARTITION BY generation, "partition", profile_id, play_id ORDER BY "offset") > $qualify_window_ms, true)
