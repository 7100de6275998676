-- Records of one clean table (clean_input) by window of append time, partition, producer and kind, with how many were
-- empty in each column, as nulls_<field>: those counts are put in by the caller. $window_ms is the length of a window.
CREATE OR REPLACE TEMP TABLE audit_counts AS
SELECT
  epoch_ms(append_time) // $window_ms * $window_ms AS window_start,
  "partition",
  replace(replace(replace(coalesce(producer, '(none)'), '%', '%25'), ',', '%2C'), '=', '%3D') AS producer,
  kind,
  count(*) AS records,
  {fields}
FROM clean_input
GROUP BY ALL
