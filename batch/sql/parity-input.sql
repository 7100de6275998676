-- Rows of one clean table that counting its blocks in parity_windows needs: those blocks, and what their windows look back
-- at. {table} is the table at a snapshot, {topic} its topic. Reads parity_windows (topic, partition, from_offset,
-- to_offset, since_ms); {since_ms} is the earliest since_ms of all, so that older files are left out.
SELECT logged.*
FROM (SELECT * FROM {table}) AS logged
JOIN parity_windows AS w ON w.topic = '{topic}' AND w."partition" = logged."partition"
WHERE logged.generation = '{generation}'
  AND logged.append_time >= epoch_ms({since_ms})
  AND logged.append_time >= epoch_ms(CAST(w.since_ms AS BIGINT))
  AND logged."offset" < w.to_offset
