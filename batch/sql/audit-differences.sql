-- Figures that the live audit told otherwise than the lake holds, in windows from $from_ms on that end by $to_ms. Reads
-- audit_recount (metric, scope, window_start, value, weight; value null where only the weight is counted anew) and
-- quality_metrics_input, the upserts as the lake has them.
WITH told AS (
  SELECT metric, scope, window_start, value, weight FROM quality_metrics_input
  WHERE window_start >= $from_ms AND window_end <= $to_ms
  QUALIFY row_number() OVER (PARTITION BY generation, upsert_key ORDER BY version DESC, "offset" DESC) = 1
),
recounted AS (SELECT * FROM audit_recount WHERE window_start >= $from_ms AND window_start + $window_ms <= $to_ms)
SELECT
  coalesce(r.metric, t.metric) AS metric,
  coalesce(r.scope, t.scope) AS scope,
  coalesce(r.window_start, t.window_start) AS window_start,
  t.value AS told,
  r.value AS counted,
  t.weight AS told_weight,
  r.weight AS counted_weight
FROM recounted r
FULL JOIN (
  SELECT * FROM told
  WHERE metric IN ('null_share', 'take_rate') OR (metric = 'records' AND split_part(scope, ',', 1) IN
    ('topic=plays', 'topic=impressions', 'topic=interactions', 'topic=searches'))
) t USING (metric, scope, window_start)
WHERE r.metric IS NULL OR t.metric IS NULL OR t.weight <> r.weight OR abs(t.value - r.value) > 1e-12
ORDER BY metric, scope, window_start
