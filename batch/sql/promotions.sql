-- Sightings and takes by promotion: explicit impressions that name one, and the newest upsert of every play that names such
-- an impression; of rows logged from $from_ms on. Reads impressions_input and attributed_plays_input.
WITH shown AS (
  SELECT promotion_id, profile_id, event_id
  -- A snapshot from before there were promotions lacks the column.
  FROM (SELECT * FROM impressions_input UNION ALL BY NAME SELECT CAST(NULL AS VARCHAR) AS promotion_id WHERE false)
  WHERE kind = 'impression' AND origin IS DISTINCT FROM 'synthetic' AND promotion_id IS NOT NULL
    AND append_time >= epoch_ms($from_ms)
),
played AS (
  SELECT profile_id, impression_id AS event_id
  FROM (
    SELECT * FROM attributed_plays_input
    WHERE append_time >= epoch_ms($from_ms)
    QUALIFY row_number() OVER (PARTITION BY generation, upsert_key ORDER BY version DESC, "offset" DESC) = 1
  )
  WHERE impression_id IS NOT NULL
),
taken AS (
  SELECT promotion_id, count(*) AS taken
  FROM played JOIN shown USING (profile_id, event_id)
  GROUP BY promotion_id
)
SELECT promotion_id, count(*) AS shown, CAST(any_value(coalesce(taken, 0)) AS BIGINT) AS taken
FROM shown LEFT JOIN taken USING (promotion_id)
GROUP BY promotion_id
ORDER BY promotion_id
