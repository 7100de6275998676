-- Events of plays below the cut of their partition, and all of earlier, closed topic generations, as counting reads them.
-- Put in by the caller: reference, generation (a number), cuts (a list by partition), appended (bounds of append time),
-- is_counted (whether a row itself is wanted, or only what it does to caps and proofs of others), title and country (64
-- bits for each name) and cap_window_ms. `what` it counts for: 0 starts, 2 stops, -1 neither. Events of one cap have the
-- same cap_key, proofs of one play the same play_key: 64 bits of hash.
-- Buckets of five minutes are of event time, -1 for events out of every window.
SELECT
  CAST("offset" AS DOUBLE) AS "offset",
  CAST(epoch_ms(append_time) AS DOUBLE) AS append_ms,
  CAST(epoch_ms(append_time) // {cap_window_ms} AS INTEGER) AS cap_window,
  {title} AS title_key,
  {country} AS country_key,
  CAST(CASE WHEN time_status = 'ok' THEN epoch_ms(event_time) // 300000 ELSE -1 END AS INTEGER) AS bucket,
  CAST(coalesce(profile_hash, -1) AS DOUBLE) AS profile_hash,
  hash(profile_id, title_id, epoch_ms(append_time) // {cap_window_ms}, lane) AS cap_key,
  CAST(CASE kind WHEN 'play_start' THEN 0 WHEN 'play_stop' THEN 2 ELSE -1 END AS TINYINT) AS what,
  CASE WHEN kind = 'play_stop' THEN floor(coalesce(viewed_seconds, 0)) ELSE 0 END AS seconds,
  CAST(is_proof AS TINYINT) AS is_proof,
  CASE WHEN is_proof THEN hash(profile_id, play_id, lane) ELSE 0 END AS play_key,
  CAST({is_counted} AS TINYINT) AS is_counted
FROM (
  SELECT *,
    -- Nearly all rows are of the plan's generation: names of others alone are taken apart.
    (CASE WHEN generation = 'g{generation}' THEN {generation} ELSE CAST(substr(generation, 2) AS BIGINT) END << 32)
      | "partition" AS lane,
    kind IN ('play_stop', 'play_pause', 'play_resume', 'play_skip') AND play_id IS NOT NULL
      AND coalesce(
        viewed_seconds >= 120
          OR (coalesce(duration_seconds, runtime_seconds) > 0
            AND viewed_seconds >= 0.25 * coalesce(duration_seconds, runtime_seconds)), false
      ) AS is_proof
  FROM {reference}
)
WHERE {appended}
  AND (is_proof OR kind IN ('play_start', 'play_stop'))
  -- Nearly all rows are below the least cut: whose cut it is need not be asked.
  AND CASE WHEN generation = 'g{generation}'
    THEN "offset" < {least_cut} OR "offset" < coalesce({cuts}["partition" + 1], 0)
    ELSE CAST(substr(generation, 2) AS INTEGER) < {generation} END
