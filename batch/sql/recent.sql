-- Part `recent`: measures by title, country and five-minute bucket from $from_bucket on. Reads cells.
SELECT title_id, country, bucket, plays, qualified_plays, impressions, seconds_viewed,
  capped_plays, capped_qualified_plays, capped_impressions, capped_seconds_viewed
FROM cells
WHERE bucket >= $from_bucket
ORDER BY title_id, country, bucket
