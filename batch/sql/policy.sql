-- Part `policy` of the view `ranking-policy`: settings by row. Reads policy_input.
SELECT row_id, setting, text, number
FROM policy_input
ORDER BY row_id, setting
