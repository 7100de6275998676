-- What plays count for, an event each: 0 starts, 2 stops, 3 proven plays. Reads plays_logged and proven.
CREATE OR REPLACE TEMP TABLE played AS
SELECT what, lane, "offset", day, cell, twelfth, cap_key, seconds, is_counted FROM plays_logged WHERE what IS NOT NULL
UNION ALL
SELECT CAST(3 AS TINYINT), lane, "offset", day, cell, twelfth, cap_key, NULL, is_counted FROM proven
