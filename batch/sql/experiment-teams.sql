-- Plays of each profile by whose choice the title was, in rows named $row that two arms share, of answers given from $from_ms
-- on. Reads served_rows_input and plays_input.
WITH served AS (
  SELECT recommendation_id, profile_id, unnest(string_split(titles, chr(10))) AS title_id,
    unnest(string_split(teams, '')) AS team
  FROM (
    SELECT * FROM served_rows_input
    WHERE teams IS NOT NULL AND profile_id IS NOT NULL AND event_time >= epoch_ms($from_ms)
      AND ("row" = $row OR starts_with("row", $row || ':'))
    QUALIFY row_number() OVER (PARTITION BY upsert_key ORDER BY version DESC, "offset" DESC) = 1
  )
),
played AS (
  SELECT recommendation_id, profile_id, coalesce(root_title_id, title_id) AS title_id,
    count(DISTINCT coalesce(play_id, event_id)) AS plays
  FROM plays_input
  WHERE kind = 'play_start' AND recommendation_id IS NOT NULL AND append_time >= epoch_ms($from_ms)
  GROUP BY ALL
)
SELECT profile_id, coalesce(sum(plays) FILTER (team = 'a'), 0)::DOUBLE AS a,
  coalesce(sum(plays) FILTER (team = 'b'), 0)::DOUBLE AS b
FROM served JOIN played USING (recommendation_id, profile_id, title_id)
GROUP BY profile_id
ORDER BY profile_id
