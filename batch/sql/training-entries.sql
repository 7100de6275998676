-- What each profile did with each title, decayed to half every $half_life_ms before $to_ms, in millionths: whole numbers,
-- so that their sum is the same in any order. `liked` from plays, ratings and the list, `passed` from bad ratings and from
-- what was seen and came to nothing; `time` is the newest of what was liked, null without any.
-- Reads training_plays, training_passed_over and interactions_input.
WITH rated AS (
  SELECT profile_id, coalesce(root_title_id, title_id) AS title_id, kind, rating, epoch_ms(event_time) AS time
  FROM interactions_input
  WHERE kind IN ('rate', 'list_add', 'list_remove') AND time_status = 'ok'
    AND epoch_ms(event_time) >= $from_ms AND epoch_ms(event_time) < $to_ms
  QUALIFY row_number() OVER (
    PARTITION BY profile_id, coalesce(root_title_id, title_id), kind = 'rate'
    ORDER BY event_time DESC, generation DESC, "partition", "offset" DESC
  ) = 1
),
evidence AS (
  SELECT profile_id, title_id, time, strength AS liked, 0 AS passed FROM training_plays
  UNION ALL
  SELECT profile_id, title_id, time, 0, $passed_over FROM training_passed_over
  UNION ALL
  SELECT profile_id, title_id, time,
    CASE WHEN kind = 'list_add' THEN $listed WHEN rating >= $good_rating THEN $rated_good ELSE 0 END,
    CASE WHEN kind = 'rate' AND rating <= $bad_rating THEN $rated_bad ELSE 0 END
  FROM rated
),
decayed AS (
  SELECT profile_id, title_id, time,
    CAST(round(liked * pow(2, (time - $to_ms) / $half_life_ms) * 1000000) AS BIGINT) AS liked,
    CAST(round(passed * pow(2, (time - $to_ms) / $half_life_ms) * 1000000) AS BIGINT) AS passed
  FROM evidence
)
SELECT profile_id, title_id, CAST(sum(liked) AS BIGINT) AS liked, CAST(sum(passed) AS BIGINT) AS passed, max(time) FILTER (liked > 0) AS time
FROM decayed
GROUP BY profile_id, title_id
