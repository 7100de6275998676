-- Impressions below the cut of their partition, as in plays-logged.sql, but for those that were made up afterwards.
SELECT
  generation,
  "partition",
  "offset",
  append_time,
  epoch_ms(append_time) AS append_ms,
  title_id,
  country,
  profile_id,
  "row",
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 300000 AS INTEGER) ELSE -1 END AS bucket,
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 3600000 AS INTEGER) ELSE -1 END AS hour,
  {is_counted} AS is_counted
FROM {reference}
WHERE {appended}
  AND kind = 'impression' AND origin IS DISTINCT FROM 'synthetic'
  -- Nearly all rows are of the plan's generation: names of others alone are taken apart.
  AND CASE WHEN generation = 'g{generation}' THEN "offset" < coalesce({cuts}["partition" + 1], 0)
    ELSE CAST(substr(generation, 2) AS INTEGER) < {generation} END
