COPY (SELECT 1 -- c
) TO 'x' /* e */