COPY (SELECT 'a'
'b') TO 'x'