-- Rows that a view counts: those below the cut of their partition, and all of earlier, closed topic generations.
-- Reads plays_input, impressions_input and cut_offsets (topic, partition, cut). The range is of event time, with a
-- bound on append time that lets whole hours of the lake be left out.
-- $generation: number of the current generation; $from_ms, $to_ms: event time in [from, to), only when $ranged.
CREATE OR REPLACE TEMP TABLE cells AS
WITH logged AS (
  SELECT 'plays' AS topic, generation, "partition", "offset", append_time, event_time, time_status, kind,
    title_id, country, viewed_seconds, duration_seconds
  FROM plays_input
  WHERE kind IN ('play_start', 'play_stop')
  UNION ALL
  SELECT 'impressions', generation, "partition", "offset", append_time, event_time, time_status, kind,
    title_id, country, NULL, NULL
  FROM impressions_input
  WHERE kind = 'impression'
),
counted AS (
  SELECT logged.*
  FROM logged
  LEFT JOIN cut_offsets USING (topic, "partition")
  WHERE (
      CAST(substr(generation, 2) AS INTEGER) < $generation
      OR (CAST(substr(generation, 2) AS INTEGER) = $generation AND "offset" < coalesce(cut, 0))
    )
    AND (
      NOT $ranged
      OR (
        time_status = 'ok'
        AND event_time >= epoch_ms($from_ms)
        AND event_time < epoch_ms($to_ms)
        AND append_time >= epoch_ms($from_ms) - INTERVAL 5 MINUTE
        AND append_time < epoch_ms($to_ms) + INTERVAL 7 DAY
      )
    )
)
SELECT
  title_id,
  country,
  CASE WHEN time_status = 'ok' THEN CAST(epoch_ms(event_time) // 300000 AS INTEGER) ELSE -1 END AS bucket,
  count(*) FILTER (kind = 'play_start') AS plays,
  count(*) FILTER (
    kind = 'play_stop'
    AND (viewed_seconds >= 120 OR (duration_seconds > 0 AND viewed_seconds >= 0.25 * duration_seconds))
  ) AS qualified_plays,
  count(*) FILTER (kind = 'impression') AS impressions,
  CAST(
    coalesce(sum(CAST(floor(coalesce(viewed_seconds, 0)) AS BIGINT)) FILTER (kind = 'play_stop'), 0) AS BIGINT
  ) AS seconds_viewed
FROM counted
GROUP BY ALL
