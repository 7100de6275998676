-- key: country, hour_of_week
-- every: 15m
-- minimum-rows: 1
-- max-removed-share: 0.2
-- note: When people of a country watch, by hour of the week (UTC), over the last four weeks
--
-- Any SELECT over the tables of the lake. $as_of_ms is the instant after the newest row that is read, so that the same tables
-- give the same rows whenever they are asked.
SELECT
  country,
  CAST(24 * (isodow(event_time) - 1) + hour(event_time) AS INTEGER) AS hour_of_week,
  count(*) AS plays,
  count(DISTINCT title_id) AS titles
FROM plays
WHERE
  kind = 'play_start'
  AND time_status = 'ok'
  AND country IS NOT NULL
  AND append_time >= epoch_ms(CAST($as_of_ms AS BIGINT)) - INTERVAL 28 DAY
GROUP BY ALL
