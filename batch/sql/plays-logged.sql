-- Events of plays below the cut of their partition, and all of earlier, closed topic generations, as counting reads them.
-- Put in by the caller: reference, generation (a number), cuts (a list by partition), appended (bounds of append time),
-- is_counted (whether a row itself is wanted, or only what it does to caps and proofs of others), codes (joins), cell and
-- cap_window_ms. `what` it counts for: 0 starts, 2 stops, null neither. Events of one cap have the same cap_key.
CREATE OR REPLACE TEMP TABLE plays_logged AS
SELECT
  -- Nearly all rows are of the plan's generation: names of others alone are taken apart.
  (CASE WHEN generation = 'g{generation}' THEN {generation} ELSE CAST(substr(generation, 2) AS BIGINT) END << 32)
    | "partition" AS lane,
  "offset",
  epoch_ms(append_time) AS append_ms,
  CAST(epoch_ms(append_time) // 86400000 AS INTEGER) AS day,
  {cell} AS cell,
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 300000 % 12 AS UTINYINT) ELSE 0 END AS twelfth,
  profile_id,
  profile_hash,
  play_id,
  hash(profile_id, title_id, epoch_ms(append_time) // {cap_window_ms}) AS cap_key,
  CASE kind WHEN 'play_start' THEN CAST(0 AS TINYINT) WHEN 'play_stop' THEN CAST(2 AS TINYINT) END AS what,
  CASE WHEN kind = 'play_stop' THEN CAST(floor(coalesce(viewed_seconds, 0)) AS BIGINT) END AS seconds,
  kind IN ('play_stop', 'play_pause', 'play_resume', 'play_skip') AND play_id IS NOT NULL
    AND coalesce(
      viewed_seconds >= 120
        OR (coalesce(duration_seconds, runtime_seconds) > 0
          AND viewed_seconds >= 0.25 * coalesce(duration_seconds, runtime_seconds)), false
    ) AS is_proof,
  {is_counted} AS is_counted
FROM {reference} {codes}
WHERE {appended}
  AND (is_proof OR what IS NOT NULL)
  AND CASE WHEN generation = 'g{generation}' THEN "offset" < coalesce({cuts}["partition" + 1], 0)
    ELSE CAST(substr(generation, 2) AS INTEGER) < {generation} END
