-- View of everything that a cap is laid on, by what it counts for: 0 starts, 1 impressions, 2 stops, 3 proven plays. Reads
-- plays_logged, impressions_logged, proven. Put in by the caller: cap_from_ms, the start of a window, and cap_window_ms, its length.
-- Events of one key are of one cap; two caps may share a key.
CREATE OR REPLACE TEMP VIEW to_cap AS
SELECT *, append_ms // {cap_window_ms} AS cap_window,
  hash(what, profile_id, title_id, append_ms // {cap_window_ms}) AS cap_key
FROM (
  SELECT CASE kind WHEN 'play_start' THEN 0::TINYINT ELSE 2::TINYINT END AS what, generation, "partition", "offset",
    append_ms, profile_id, title_id, country, bucket, hour, NULL AS "row", seconds, is_counted
  FROM plays_logged WHERE kind IN ('play_start', 'play_stop') AND append_time >= epoch_ms({cap_from_ms})
  UNION ALL
  SELECT 1::TINYINT, generation, "partition", "offset", append_ms, profile_id, title_id, country, bucket, hour, "row", NULL,
    is_counted
  FROM impressions_logged WHERE append_time >= epoch_ms({cap_from_ms})
  UNION ALL
  SELECT 3::TINYINT, generation, "partition", "offset", append_ms, profile_id, title_id, country, bucket, hour, NULL, NULL,
    is_counted
  FROM proven WHERE append_ms >= {cap_from_ms}
)
