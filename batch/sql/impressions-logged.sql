-- Impressions below the cut of their partition, as in plays-logged.sql, but for those that were made up afterwards.
SELECT
  CAST("offset" AS DOUBLE) AS "offset",
  CAST(epoch_ms(append_time) // {cap_window_ms} AS INTEGER) AS cap_window,
  {title} AS title_key,
  {country} AS country_key,
  {row} AS row_key,
  CAST(CASE WHEN time_status = 'ok' THEN epoch_ms(event_time) // 300000 ELSE -1 END AS INTEGER) AS bucket,
  hash(profile_id, title_id, epoch_ms(append_time) // {cap_window_ms},
    (CASE WHEN generation = 'g{generation}' THEN {generation} ELSE CAST(substr(generation, 2) AS BIGINT) END << 32)
      | "partition") AS cap_key,
  CAST({is_counted} AS TINYINT) AS is_counted
FROM {reference}
WHERE {appended}
  AND kind = 'impression' AND origin IS DISTINCT FROM 'synthetic'
  -- Nearly all rows are below the least cut: whose cut it is need not be asked.
  AND CASE WHEN generation = 'g{generation}'
    THEN "offset" < {least_cut} OR "offset" < coalesce({cuts}["partition" + 1], 0)
    ELSE CAST(substr(generation, 2) AS INTEGER) < {generation} END
