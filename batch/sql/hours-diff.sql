-- Rows of the range that are told otherwise by a recomputation. Reads hours_before and hours_after (title_id, country,
-- hour, measures), both of the range alone.
SELECT
  title_id,
  country,
  hour,
  coalesce(b.plays, 0) AS before_plays,
  coalesce(b.qualified_plays, 0) AS before_qualified_plays,
  coalesce(b.impressions, 0) AS before_impressions,
  coalesce(b.seconds_viewed, 0) AS before_seconds_viewed,
  coalesce(b.capped_plays, 0) AS before_capped_plays,
  coalesce(b.capped_qualified_plays, 0) AS before_capped_qualified_plays,
  coalesce(b.capped_impressions, 0) AS before_capped_impressions,
  coalesce(b.capped_seconds_viewed, 0) AS before_capped_seconds_viewed,
  coalesce(a.plays, 0) AS after_plays,
  coalesce(a.qualified_plays, 0) AS after_qualified_plays,
  coalesce(a.impressions, 0) AS after_impressions,
  coalesce(a.seconds_viewed, 0) AS after_seconds_viewed,
  coalesce(a.capped_plays, 0) AS after_capped_plays,
  coalesce(a.capped_qualified_plays, 0) AS after_capped_qualified_plays,
  coalesce(a.capped_impressions, 0) AS after_capped_impressions,
  coalesce(a.capped_seconds_viewed, 0) AS after_capped_seconds_viewed,
  b.plays IS NULL AS added,
  a.plays IS NULL AS removed
FROM hours_before b
FULL JOIN hours_after a USING (title_id, country, hour)
