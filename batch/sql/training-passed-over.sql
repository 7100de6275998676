-- Titles that were seen and came to nothing: one row for each profile, title and day (UTC) with a sighting that no play
-- is attributed to and that no play of the title by that profile followed within $window_ms.
-- Reads impressions_input and training_plays. $from_ms, $to_ms: event time in [from, to).
WITH credited AS (
  SELECT profile_id, impression_id AS event_id FROM training_plays WHERE impression_id IS NOT NULL
  UNION
  SELECT profile_id, discovery_impression_id FROM training_plays WHERE discovery_impression_id IS NOT NULL
),
seen AS (
  SELECT profile_id, coalesce(root_title_id, title_id) AS title_id, epoch_ms(event_time) AS time
  FROM impressions_input AS impression
  WHERE kind = 'impression'
    AND origin IS DISTINCT FROM 'synthetic'
    AND time_status = 'ok'
    AND epoch_ms(event_time) >= $from_ms AND epoch_ms(event_time) < $to_ms
    AND NOT EXISTS (
      FROM credited
      WHERE credited.profile_id = impression.profile_id AND credited.event_id = impression.event_id
    )
)
SELECT seen.profile_id, seen.title_id, seen.time // 86400000 AS day, max(seen.time) AS time
FROM seen
ASOF LEFT JOIN training_plays AS play
  ON play.profile_id = seen.profile_id AND play.title_id = seen.title_id AND play.time >= seen.time
WHERE play.time IS NULL OR play.time - seen.time > $window_ms
GROUP BY seen.profile_id, seen.title_id, day
