-- Impressions below the cut of their partition, as in plays-logged.sql, but for those that were made up afterwards.
CREATE OR REPLACE TEMP TABLE impressions_logged AS
SELECT
  (CASE WHEN generation = 'g{generation}' THEN {generation} ELSE CAST(substr(generation, 2) AS BIGINT) END << 32)
    | "partition" AS lane,
  "offset",
  CAST(epoch_ms(append_time) // 86400000 AS INTEGER) AS day,
  {cell} AS cell,
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 300000 % 12 AS UTINYINT) ELSE 0 END AS twelfth,
  {row_code} AS row_code,
  hash(profile_id, title_id, epoch_ms(append_time) // {cap_window_ms}) AS cap_key,
  {is_counted} AS is_counted
FROM {reference} {codes}
WHERE {appended}
  AND kind = 'impression' AND origin IS DISTINCT FROM 'synthetic'
  AND CASE WHEN generation = 'g{generation}' THEN "offset" < coalesce({cuts}["partition" + 1], 0)
    ELSE CAST(substr(generation, 2) AS INTEGER) < {generation} END
