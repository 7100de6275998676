-- How the newest upsert of every play compares with what the log says. Reads attributed (attributed-plays.sql) and
-- attributed_plays_input, the published upserts as the lake has them.
WITH newest AS (
  SELECT * FROM attributed_plays_input
  QUALIFY row_number() OVER (PARTITION BY generation, upsert_key ORDER BY version DESC, "offset" DESC) = 1
),
compared AS (
  SELECT
    a.play_id IS NOT NULL AS is_logged,
    n.play_id IS NOT NULL AS is_published,
    n.is_final > 0 AS is_final,
    n.title_id IS NOT DISTINCT FROM a.title_id
      AND n.country IS NOT DISTINCT FROM a.country
      AND epoch_ms(n.event_time) IS NOT DISTINCT FROM a.event_time
      AND n.time_status IS NOT DISTINCT FROM a.time_status
      AND n.source IS NOT DISTINCT FROM a.source
      AND n.page_id IS NOT DISTINCT FROM a.page_id
      AND n."row" IS NOT DISTINCT FROM a."row"
      AND n."rank" IS NOT DISTINCT FROM a."rank"
      AND n.impression_id IS NOT DISTINCT FROM a.impression_id
      AND n.impression_time IS NOT DISTINCT FROM a.impression_time
      AND n.discovery_page_id IS NOT DISTINCT FROM a.discovery_page_id
      AND n.discovery_row IS NOT DISTINCT FROM a.discovery_row
      AND n.discovery_rank IS NOT DISTINCT FROM a.discovery_rank
      AND n.discovery_impression_id IS NOT DISTINCT FROM a.discovery_impression_id
      AND n.discovery_time IS NOT DISTINCT FROM a.discovery_time AS is_equal
  FROM attributed a
  FULL JOIN newest n USING (generation, profile_id, play_id)
)
SELECT
  count(*) FILTER (is_logged) AS plays,
  count(*) FILTER (is_logged AND is_final AND is_equal) AS equal,
  count(*) FILTER (is_logged AND is_published AND NOT is_final) AS waiting,
  count(*) FILTER (is_logged AND is_final AND NOT is_equal) AS different,
  count(*) FILTER (is_logged AND NOT is_published) AS missing,
  count(*) FILTER (is_published AND NOT is_logged) AS extra
FROM compared
