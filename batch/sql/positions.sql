-- Sightings and takes by title, row and rank: impressions of one snapshot, and of the newest upsert of every play that
-- names its row, what was played from there; of rows logged from $from_ms on.
-- Reads impressions_input and attributed_plays_input.
WITH shown AS (
  SELECT title_id, "row", CAST("rank" AS INTEGER) AS "rank", count(*) AS shown
  FROM impressions_input
  WHERE kind = 'impression' AND origin IS DISTINCT FROM 'synthetic' AND "row" IS NOT NULL AND "rank" IS NOT NULL
    AND append_time >= epoch_ms($from_ms)
  GROUP BY title_id, "row", "rank"
),
taken AS (
  SELECT title_id, "row", CAST("rank" AS INTEGER) AS "rank", count(*) AS taken
  FROM (
    SELECT * FROM attributed_plays_input
    WHERE append_time >= epoch_ms($from_ms)
    QUALIFY row_number() OVER (PARTITION BY generation, upsert_key ORDER BY version DESC, "offset" DESC) = 1
  )
  WHERE "row" IS NOT NULL AND "rank" IS NOT NULL
  GROUP BY title_id, "row", "rank"
)
SELECT title_id, "row", "rank", shown, coalesce(taken, 0) AS taken
FROM shown LEFT JOIN taken USING (title_id, "row", "rank")
ORDER BY title_id, "row", "rank"
