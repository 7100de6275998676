-- Titles that a recomputation tells otherwise, with sums over the hours that were looked at. Reads compared (hours-diff.sql)
-- and totals_before (title_id, plays, impressions: of the whole view). A title is added that the view does not have, and
-- removed where nothing is left of it.
-- {is_changed}: whether a row of compared changes; {weight}: how far a title moves; {before}, {after}: sums of measures.
SELECT
  c.title_id,
  count(*) FILTER ({is_changed}) AS rows,
  CAST({weight} AS BIGINT) AS weight,
  {before},
  {after},
  any_value(t.title_id) IS NULL AS is_added,
  any_value(t.title_id) IS NOT NULL
    AND any_value(t.plays) + any_value(t.impressions) > 0
    AND any_value(t.plays) + any_value(t.impressions)
      + sum(after_plays + after_impressions - before_plays - before_impressions) = 0 AS is_removed
FROM compared c
LEFT JOIN totals_before t USING (title_id)
GROUP BY c.title_id
HAVING rows > 0
