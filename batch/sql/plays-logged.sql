-- Events of plays below the cut of their partition, and all of earlier, closed topic generations, as counting reads them.
-- Put in by the caller: reference, generation (a number), cuts (a list by partition), appended (bounds of append time) and
-- is_counted (whether a row itself is wanted, or only what it does to caps and proofs of others).
SELECT
  generation,
  "partition",
  "offset",
  append_time,
  epoch_ms(append_time) AS append_ms,
  title_id,
  country,
  profile_id,
  profile_hash,
  kind,
  play_id,
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 300000 AS INTEGER) ELSE -1 END AS bucket,
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 3600000 AS INTEGER) ELSE -1 END AS hour,
  CASE WHEN kind = 'play_stop' THEN CAST(floor(coalesce(viewed_seconds, 0)) AS BIGINT) END AS seconds,
  kind IN ('play_stop', 'play_pause', 'play_resume', 'play_skip') AND play_id IS NOT NULL
    AND coalesce(
      viewed_seconds >= 120
        OR (coalesce(duration_seconds, runtime_seconds) > 0
          AND viewed_seconds >= 0.25 * coalesce(duration_seconds, runtime_seconds)), false
    ) AS is_proof,
  {is_counted} AS is_counted
FROM {reference}
WHERE {appended}
  -- Nearly all rows are of the plan's generation: names of others alone are taken apart.
  AND CASE WHEN generation = 'g{generation}' THEN "offset" < coalesce({cuts}["partition" + 1], 0)
    ELSE CAST(substr(generation, 2) AS INTEGER) < {generation} END
