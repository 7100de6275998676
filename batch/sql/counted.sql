-- What a view counts, one row for each event that counts, with what it counts for: the rows below the cut of their
-- partition, and all of earlier, closed topic generations.
-- What a row counts for depends on the rows of its partition before it, so the windows are laid over all of them, and the
-- range is cut out afterwards. It is of event time, with bounds on append time that let whole hours of the lake be left
-- out: the windows reach back so far from the first row of the range.
-- Reads plays_input, impressions_input and cut_offsets (topic, partition, cut).
-- Columns that say where a row stood come first where somebody asks for them: countedSql puts them in.
-- $generation: number of the current generation; $from_ms, $to_ms: event time in [from, to), only when $ranged;
-- $cap_count, $cap_window_ms, $qualify_window_ms: as in domain/measures.ts.
WITH logged AS (
  SELECT 'plays' AS topic, generation, "partition", "offset", append_time, event_time, time_status, kind, profile_id,
    title_id, country, play_id, viewed_seconds, coalesce(duration_seconds, runtime_seconds) AS runtime_seconds,
    NULL AS "row", profile_hash
  FROM plays_input
  UNION ALL
  SELECT 'impressions', generation, "partition", "offset", append_time, event_time, time_status, kind, profile_id,
    title_id, country, NULL, NULL, NULL, "row", NULL
  FROM impressions_input
  WHERE kind = 'impression' AND origin IS DISTINCT FROM 'synthetic'
),
below AS (
  SELECT logged.*,
    kind IN ('play_stop', 'play_pause', 'play_resume', 'play_skip') AND play_id IS NOT NULL
      AND coalesce(
        viewed_seconds >= 120 OR (runtime_seconds > 0 AND viewed_seconds >= 0.25 * runtime_seconds), false
      ) AS is_proof,
    epoch_ms(append_time) AS append_ms
  FROM logged
  LEFT JOIN cut_offsets USING (topic, "partition")
  WHERE (
      CAST(substr(generation, 2) AS INTEGER) < $generation
      OR (CAST(substr(generation, 2) AS INTEGER) = $generation AND "offset" < coalesce(cut, 0))
    )
    AND (
      NOT $ranged
      OR (
        append_time >= epoch_ms($from_ms - $qualify_window_ms - $cap_window_ms) - INTERVAL 5 MINUTE
        AND append_time < epoch_ms($to_ms) + INTERVAL 7 DAY
      )
    )
),
proven AS (
  SELECT *,
    is_proof AND coalesce(append_ms - lag(append_ms) OVER (
      PARTITION BY is_proof, generation, "partition", profile_id, play_id ORDER BY "offset"
    ) > $qualify_window_ms, true) AS qualifies
  FROM below
  WHERE is_proof OR kind IN ('play_start', 'play_stop', 'impression')
),
numbered AS (
  SELECT *,
    row_number() OVER (
      PARTITION BY kind, topic, generation, "partition", profile_id, title_id, append_ms // $cap_window_ms
      ORDER BY "offset"
    ) <= $cap_count AS within_cap,
    qualifies AND row_number() OVER (
      PARTITION BY qualifies, topic, generation, "partition", profile_id, title_id, append_ms // $cap_window_ms
      ORDER BY "offset"
    ) <= $cap_count AS qualifies_within_cap
  FROM proven
)
SELECT {place}title_id, country, kind, qualifies, within_cap, qualifies_within_cap, "row", profile_hash,
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 300000 AS INTEGER) ELSE -1 END AS bucket,
  CASE WHEN kind = 'play_stop' THEN CAST(floor(coalesce(viewed_seconds, 0)) AS BIGINT) ELSE 0 END AS seconds
FROM numbered
WHERE (qualifies OR kind IN ('play_start', 'play_stop', 'impression'))
  AND (
    NOT $ranged
    OR (time_status = 'ok' AND event_time >= epoch_ms($from_ms) AND event_time < epoch_ms($to_ms))
  )
