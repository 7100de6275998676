-- What training learns from, a row for each profile and title: weight above 0 for what the profile took to, below 0 for
-- what it passed over and never played. Reads training_entries.
SELECT profile_id, title_id,
  CASE WHEN liked > 0 THEN greatest($least, (liked - passed) / 1000000) ELSE -least($most_passed, passed / 1000000) END
    AS weight,
  coalesce(time, 0) AS time
FROM training_entries
WHERE liked > 0 OR passed > 0
QUALIFY row_number() OVER (PARTITION BY profile_id, liked > 0 ORDER BY time DESC, liked DESC, passed DESC, title_id)
  <= $most_titles
