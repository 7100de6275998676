-- Sums over the profiles of each arm of canary $canary: answers, explicit impressions and started plays that quote them, of what
-- was logged from $from_ms on. Reads served_rows_input, impressions_input and plays_input.
WITH answers AS (
  SELECT DISTINCT recommendation_id, profile_id,
    regexp_extract(arms, '(?:^|,)' || $canary || '=([a-z]+)', 1) AS arm
  FROM served_rows_input
  WHERE arms IS NOT NULL AND profile_id IS NOT NULL AND append_time >= epoch_ms($from_ms)
),
served AS (SELECT * FROM answers WHERE arm <> ''),
asked AS (SELECT arm, profile_id, CAST(count(*) AS DOUBLE) AS a FROM served GROUP BY arm, profile_id),
seen AS (
  SELECT arm, profile_id, CAST(count(*) AS DOUBLE) AS x
  FROM impressions_input JOIN served USING (recommendation_id, profile_id)
  WHERE kind = 'impression' AND origin IS DISTINCT FROM 'synthetic' AND append_time >= epoch_ms($from_ms)
  GROUP BY arm, profile_id
),
played AS (
  SELECT arm, profile_id, CAST(count(DISTINCT coalesce(play_id, event_id)) AS DOUBLE) AS y
  FROM plays_input JOIN served USING (recommendation_id, profile_id)
  WHERE kind = 'play_start' AND append_time >= epoch_ms($from_ms)
  GROUP BY arm, profile_id
),
profiles AS (
  SELECT arm, profile_id, a, coalesce(x, 0) AS x, coalesce(y, 0) AS y
  FROM asked
    LEFT JOIN seen USING (arm, profile_id)
    LEFT JOIN played USING (arm, profile_id)
)
SELECT arm, count(*)::DOUBLE AS profiles, sum(a) AS answers, sum(x) AS impressions, sum(y) AS plays,
  sum(a * a) AS answers_squared, sum(x * x) AS impressions_squared, sum(y * y) AS plays_squared,
  sum(a * y) AS answers_by_plays, sum(x * y) AS impressions_by_plays
FROM profiles
GROUP BY arm
ORDER BY arm
