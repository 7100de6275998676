-- Part `expected`: capped plays of the hours [$from_hour, $to_hour) by title, country and hour of the week (hours since the
-- epoch modulo 168), and how many such hours there were since the title was first played; hour -1 of the week holds the sum
-- of them all. Titles with fewer than $least_plays in a country have the sum alone. Reads hours_written.
WITH played AS (
  SELECT title_id, country, hour, capped_plays FROM hours_written
  WHERE hour >= $from_hour AND hour < $to_hour AND capped_plays > 0
),
titles AS (SELECT title_id, min(hour) AS first_hour FROM played GROUP BY title_id),
sums AS (
  SELECT title_id, country, CAST(sum(capped_plays) AS BIGINT) AS capped_plays FROM played GROUP BY title_id, country
),
by_hour AS (
  SELECT title_id, country, hour % 168 AS hour_of_week, CAST(sum(capped_plays) AS BIGINT) AS capped_plays
  FROM played SEMI JOIN (FROM sums WHERE capped_plays >= $least_plays) USING (title_id, country)
  GROUP BY title_id, country, hour_of_week
)
SELECT title_id, country, CAST(-1 AS INTEGER) AS hour_of_week, capped_plays,
  CAST($to_hour - first_hour AS INTEGER) AS hours
FROM sums JOIN titles USING (title_id)
UNION ALL
SELECT title_id, country, CAST(hour_of_week AS INTEGER), capped_plays,
  CAST(($to_hour - 1 - hour_of_week) // 168 - (first_hour - 1 - hour_of_week) // 168 AS INTEGER)
FROM by_hour JOIN titles USING (title_id)
ORDER BY title_id, country, hour_of_week
