-- Records of one clean table's compared blocks whose event id had come before in their partition, by partition. What
-- comes again within the dedupe window never reaches the table; later than that it is a new event in both lanes.
-- Reads duplicates_input (the table's rows back to where repeats are looked for) and parity_windows.
-- $topic; $dedupe_window_ms.
WITH wanted AS (
  SELECT d."partition", kind, profile_id, event_id, "offset"
  FROM duplicates_input AS d
  JOIN parity_windows AS w ON w.topic = $topic AND w."partition" = d."partition"
  WHERE "offset" >= from_offset AND "offset" < to_offset
),
sightings AS (
  SELECT d."partition", d."offset", epoch_ms(append_time) AS append_ms,
    lag(epoch_ms(append_time)) OVER (
      PARTITION BY d."partition", d.kind, d.profile_id, d.event_id ORDER BY d."offset"
    ) AS before_ms
  FROM duplicates_input AS d
  SEMI JOIN wanted USING ("partition", kind, profile_id, event_id)
)
SELECT
  CAST(s."partition" AS INTEGER) AS "partition",
  count(*) AS records,
  count(*) FILTER (append_ms - before_ms > $dedupe_window_ms) AS late,
  count(*) FILTER (append_ms - before_ms <= $dedupe_window_ms) AS within_window,
  min(append_ms) AS from_ms,
  max(append_ms) + 1 AS to_ms
FROM sightings AS s
JOIN parity_windows AS w ON w.topic = $topic AND w."partition" = s."partition"
WHERE "offset" >= from_offset AND "offset" < to_offset
GROUP BY ALL
ORDER BY ALL
