-- What is counted and stands beyond the cap: of each profile, title and window what comes after the first $cap_count.
-- Windows are laid over the few caps that can be reached alone. Reads to_cap and crowded (cap_key).
CREATE OR REPLACE TEMP TABLE excess AS
SELECT what, title_id, country, bucket, hour, "row", seconds
FROM (
  SELECT *, row_number() OVER (
    PARTITION BY what, generation, "partition", profile_id, title_id, cap_window ORDER BY "offset") AS place
  FROM to_cap SEMI JOIN crowded USING (cap_key)
)
WHERE is_counted AND place > $cap_count
