-- Part `entries` of the view `catalogue`: every title with the topmost title above it. Reads entries_input.
SELECT
  entry.title_id,
  entry.kind,
  entry.name,
  entry.genres,
  CAST(entry.year AS INTEGER) AS year,
  entry.runtime_seconds,
  CAST(entry.launch_time AS BIGINT) AS launch_time,
  entry.parent_id,
  coalesce(above.parent_id, entry.parent_id, entry.title_id) AS root_title_id,
  entry.availability
FROM entries_input AS entry
LEFT JOIN entries_input AS above ON above.title_id = entry.parent_id
ORDER BY entry.title_id
