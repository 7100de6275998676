-- Sums over the profiles of each arm of experiment $experiment: x are explicit impressions, y started plays, of answers given
-- from $from_ms on that events quote. Reads served_rows_input, impressions_input and plays_input.
WITH answers AS (
  SELECT DISTINCT recommendation_id, profile_id,
    regexp_extract(arms, '(?:^|,)' || $experiment || '=([a-z0-9_]+)', 1) AS arm
  FROM served_rows_input
  WHERE arms IS NOT NULL AND profile_id IS NOT NULL AND event_time >= epoch_ms($from_ms)
),
served AS (SELECT * FROM answers WHERE arm <> ''),
seen AS (
  SELECT arm, profile_id, count(*) AS x
  FROM impressions_input JOIN served USING (recommendation_id, profile_id)
  WHERE kind = 'impression' AND origin IS DISTINCT FROM 'synthetic' AND append_time >= epoch_ms($from_ms)
  GROUP BY arm, profile_id
),
played AS (
  SELECT arm, profile_id, count(DISTINCT coalesce(play_id, event_id)) AS y
  FROM plays_input JOIN served USING (recommendation_id, profile_id)
  WHERE kind = 'play_start' AND append_time >= epoch_ms($from_ms)
  GROUP BY arm, profile_id
),
profiles AS (
  SELECT arm, profile_id, CAST(coalesce(x, 0) AS DOUBLE) AS x, CAST(coalesce(y, 0) AS DOUBLE) AS y
  FROM (SELECT DISTINCT arm, profile_id FROM served)
    LEFT JOIN seen USING (arm, profile_id)
    LEFT JOIN played USING (arm, profile_id)
),
moved AS (SELECT profile_id FROM profiles GROUP BY profile_id HAVING count(*) > 1)
SELECT arm, count(*)::DOUBLE AS profiles, sum(x) AS x, sum(y) AS y, sum(x * x) AS xx, sum(x * y) AS xy, sum(y * y) AS yy,
  (SELECT count(*)::DOUBLE FROM moved) AS moved
FROM profiles
GROUP BY arm
ORDER BY arm
