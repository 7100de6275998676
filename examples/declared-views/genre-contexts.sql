-- key: country, device, hour, genre
-- every: 6h
-- minimum-rows: 1
-- max-removed-share: 0.5
-- note: What is played at which hour of the day (UTC) and on what, by country and genre, over the last four weeks
--
-- Serving follows a view of this name and these columns. The weights `context` and `genre_context` of the ranking policy say how
-- much of it counts; both are 0 unless a policy says otherwise.
-- Devices beyond the 20 that most is played on count as ''.
WITH played AS (
  SELECT country, coalesce(device, '') AS device, event_time, genres
  FROM plays
  WHERE
    kind = 'play_start'
    AND time_status = 'ok'
    AND country IS NOT NULL
    AND genres IS NOT NULL
    AND append_time >= epoch_ms(CAST($as_of_ms AS BIGINT)) - INTERVAL 28 DAY
),
devices AS (SELECT device FROM played GROUP BY device ORDER BY count(*) DESC, device LIMIT 20)
SELECT country, device, hour, genre, count(*) AS plays
FROM (
  SELECT
    country,
    coalesce(devices.device, '') AS device,
    CAST(hour(event_time) AS INTEGER) AS hour,
    unnest(string_split(genres, '|')) AS genre
  FROM played LEFT JOIN devices USING (device)
)
GROUP BY ALL
