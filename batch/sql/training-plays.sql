-- Every play that training learns from, with how much it says of a profile's taste. The newest start of a play id stands
-- for it; what attribution found is its newest upsert, absent while attribution has not come so far.
-- Reads plays_input and attributed_plays_input. $finished_share, $finished, $qualified, $started, $abandoned: see
-- batch/training/rules.ts. $from_ms, $to_ms: event time in [from, to).
WITH started AS (
  SELECT generation, profile_id, coalesce(play_id, event_id) AS play, coalesce(root_title_id, title_id) AS title_id,
    recommendation_id, "row", epoch_ms(event_time) AS time
  FROM plays_input
  WHERE kind = 'play_start' AND time_status = 'ok'
  QUALIFY row_number() OVER (PARTITION BY generation, profile_id, play ORDER BY "offset" DESC) = 1
),
viewed AS (
  SELECT generation, profile_id, play_id AS play, max(viewed_seconds) AS viewed_seconds,
    max(coalesce(duration_seconds, runtime_seconds)) AS runtime_seconds
  FROM plays_input
  WHERE play_id IS NOT NULL AND viewed_seconds IS NOT NULL
  GROUP BY ALL
),
attributed AS (
  SELECT generation, profile_id, play_id AS play, impression_id, discovery_impression_id
  FROM attributed_plays_input
  QUALIFY row_number() OVER (PARTITION BY generation, upsert_key ORDER BY version DESC, "offset" DESC) = 1
)
SELECT
  profile_id, title_id, time, recommendation_id, "row", impression_id, discovery_impression_id,
  CASE
    WHEN viewed_seconds IS NULL THEN $started
    WHEN runtime_seconds > 0 AND viewed_seconds >= $finished_share * runtime_seconds THEN $finished
    WHEN viewed_seconds >= 120 OR (runtime_seconds > 0 AND viewed_seconds >= 0.25 * runtime_seconds) THEN $qualified
    ELSE $abandoned
  END AS strength
FROM started
LEFT JOIN viewed USING (generation, profile_id, play)
LEFT JOIN attributed USING (generation, profile_id, play)
WHERE time >= $from_ms AND time < $to_ms
