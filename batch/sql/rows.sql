-- Part `rows` of the view `pages`: every row of every page and where it stands. Reads rows_input.
SELECT
  page_id,
  page_kind,
  row_id,
  row_kind,
  CAST(row_index AS INTEGER) AS row_index,
  CAST(row_length AS INTEGER) AS row_length
FROM rows_input
ORDER BY page_id, row_index
