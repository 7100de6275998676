-- The final source and discovery of every play, as of the whole log: the definition of domain/attribution/answers.ts
-- said again with as-of joins. Reads plays_input and impressions_input, clean rows of the lake; times in milliseconds.
-- $lateness_ms: how long after its time a row may be logged to take part. $window_ms: how long before a play its source
-- may be. $discovery_days: whole days before the day of a play in which its discovery may be.
CREATE OR REPLACE TEMP TABLE attributed AS
WITH started AS (
  SELECT
    generation, "partition", "offset", profile_id, coalesce(play_id, event_id) AS play, title_id,
    coalesce(root_title_id, title_id) AS root_title_id, country, epoch_ms(event_time) AS time, time_status,
    "row" AS stated_row,
    CASE WHEN "row" IS NOT NULL THEN page_id END AS stated_page,
    CASE WHEN "row" IS NOT NULL THEN "rank" END AS stated_rank,
    time_status = 'ok' AND epoch_ms(append_time) - epoch_ms(event_time) <= $lateness_ms AS takes_part
  FROM plays_input
  WHERE kind = 'play_start'
),
-- A play id that comes again is another play, which takes the place of the former.
played AS (
  SELECT * FROM started
  QUALIFY row_number() OVER (PARTITION BY generation, profile_id, play ORDER BY "offset" DESC) = 1
),
seen AS (
  SELECT
    generation, "offset", profile_id, title_id, "row", page_id, "rank", event_id, epoch_ms(event_time) AS time
  FROM impressions_input
  WHERE kind = 'impression'
    AND origin IS DISTINCT FROM 'synthetic'
    AND time_status = 'ok'
    AND epoch_ms(append_time) - epoch_ms(event_time) <= $lateness_ms
),
-- What is looked for: the title itself, and the series that it belongs to.
asked AS (
  SELECT *, title_id AS sought, true AS is_exact FROM played WHERE takes_part
  UNION ALL
  SELECT *, root_title_id, false FROM played WHERE takes_part AND root_title_id <> title_id
),
-- One impression per instant, so that as-of joins have a single answer.
latest_of_title AS (
  SELECT * FROM seen
  QUALIFY row_number() OVER (
    PARTITION BY generation, profile_id, title_id, time ORDER BY event_id DESC, "offset") = 1
),
latest_of_row AS (
  SELECT * FROM seen
  QUALIFY row_number() OVER (
    PARTITION BY generation, profile_id, title_id, "row", time ORDER BY event_id DESC, "offset") = 1
),
latest_of_page AS (
  SELECT * FROM seen
  WHERE page_id IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY generation, profile_id, title_id, "row", page_id, time ORDER BY event_id DESC, "offset") = 1
),
earliest_of_title AS (
  SELECT * FROM seen
  QUALIFY row_number() OVER (
    PARTITION BY generation, profile_id, title_id, time ORDER BY event_id, "offset") = 1
),
sources AS (
  SELECT a.generation, a.profile_id, a.play, a.time AS asked_time, a.is_exact,
    s."row", s.page_id, s."rank", s.event_id, s.time
  FROM (SELECT * FROM asked WHERE stated_row IS NULL) a
  ASOF JOIN latest_of_title s
    ON s.generation = a.generation AND s.profile_id = a.profile_id AND s.title_id = a.sought AND a.time >= s.time
  UNION ALL
  SELECT a.generation, a.profile_id, a.play, a.time, a.is_exact,
    s."row", s.page_id, s."rank", s.event_id, s.time
  FROM (SELECT * FROM asked WHERE stated_row IS NOT NULL AND stated_page IS NULL) a
  ASOF JOIN latest_of_row s
    ON s.generation = a.generation AND s.profile_id = a.profile_id AND s.title_id = a.sought
    AND s."row" = a.stated_row AND a.time >= s.time
  UNION ALL
  SELECT a.generation, a.profile_id, a.play, a.time, a.is_exact,
    s."row", s.page_id, s."rank", s.event_id, s.time
  FROM (SELECT * FROM asked WHERE stated_page IS NOT NULL) a
  ASOF JOIN latest_of_page s
    ON s.generation = a.generation AND s.profile_id = a.profile_id AND s.title_id = a.sought
    AND s."row" = a.stated_row AND s.page_id = a.stated_page AND a.time >= s.time
),
source AS (
  SELECT * FROM sources
  WHERE time >= asked_time - $window_ms
  QUALIFY row_number() OVER (PARTITION BY generation, profile_id, play ORDER BY time DESC, is_exact DESC) = 1
),
discovery AS (
  SELECT a.generation, a.profile_id, a.play, s."row", s.page_id, s."rank", s.event_id, s.time
  FROM (SELECT *, (time // 86400000 - $discovery_days) * 86400000 AS since FROM asked) a
  ASOF JOIN earliest_of_title s
    ON s.generation = a.generation AND s.profile_id = a.profile_id AND s.title_id = a.sought AND a.since <= s.time
  WHERE s.time <= a.time
  QUALIFY row_number() OVER (
    PARTITION BY a.generation, a.profile_id, a.play ORDER BY s.time, a.is_exact DESC) = 1
)
SELECT
  p.generation,
  p.profile_id,
  p.play AS play_id,
  p.title_id,
  p.country,
  p.time AS event_time,
  p.time_status,
  CASE WHEN p.stated_row IS NOT NULL THEN 'stated' WHEN s.event_id IS NOT NULL THEN 'row' ELSE 'none' END AS source,
  coalesce(p.stated_page, s.page_id) AS page_id,
  coalesce(p.stated_row, s."row") AS "row",
  coalesce(p.stated_rank, s."rank") AS "rank",
  s.event_id AS impression_id,
  s.time AS impression_time,
  d.page_id AS discovery_page_id,
  d."row" AS discovery_row,
  d."rank" AS discovery_rank,
  d.event_id AS discovery_impression_id,
  d.time AS discovery_time
FROM played p
LEFT JOIN source s USING (generation, profile_id, play)
LEFT JOIN discovery d USING (generation, profile_id, play)
