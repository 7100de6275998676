-- Titles that were seen and came to nothing: one row for each profile, title and day (UTC) with a sighting that no play
-- is attributed to and that no play of the title by that profile followed within $window_ms.
-- A sighting is an impression, or a title that a served row held above the one that was played from it: who took the
-- fourth has passed over three (skip above, Joachims et al. 2005).
-- Reads impressions_input, served_rows_input and training_plays. $from_ms, $to_ms: event time in [from, to).
WITH credited AS (
  SELECT profile_id, impression_id AS event_id FROM training_plays WHERE impression_id IS NOT NULL
  UNION
  SELECT profile_id, discovery_impression_id FROM training_plays WHERE discovery_impression_id IS NOT NULL
),
served AS (
  SELECT recommendation_id, "row", string_split(any_value(titles), chr(10)) AS titles
  FROM served_rows_input
  GROUP BY recommendation_id, "row"
),
taken AS (
  SELECT play.profile_id, play.time, served.titles, list_position(served.titles, play.title_id) AS place
  FROM training_plays AS play
  JOIN served ON served.recommendation_id = play.recommendation_id AND served."row" = play."row"
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
  UNION ALL
  SELECT profile_id, unnest(titles[1:place - 1]), time FROM taken WHERE place > 1
)
SELECT seen.profile_id, seen.title_id, seen.time // 86400000 AS day, max(seen.time) AS time
FROM seen
ASOF LEFT JOIN training_plays AS play
  ON play.profile_id = seen.profile_id AND play.title_id = seen.title_id AND play.time >= seen.time
WHERE play.time IS NULL OR play.time - seen.time > $window_ms
GROUP BY seen.profile_id, seen.title_id, day
