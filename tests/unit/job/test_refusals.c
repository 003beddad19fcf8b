/* SPDX-License-Identifier: Apache-2.0
 * Scripts that a job may not be, with the whole message and a part of its hint. */
#include "job/fixture.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct refusal {
  const char *script;
  const char *expected; /* line:column: message */
  const char *hint;     /* a part of it */
};

static const struct refusal refusals[] = {
    {"COPY (SELECT category, valu FROM events) TO 'x' (FORMAT parquet);",
     "1:24: unknown column 'valu'", "Did you mean 'value'?"},
    {"COPY (SELECT category, first(event_type) FROM events GROUP BY category) TO 'x' (FORMAT "
     "parquet);",
     "1:24: first(event_type) depends on row order",
     "Write first(event_type ORDER BY key NULLS LAST, event_type"},
    {"COPY (SELECT category, first(event_type ORDER BY \"timestamp\" DESC) AS f FROM events GROUP "
     "BY category) TO 'x' (FORMAT parquet);",
     "1:24: first(event_type) depends on row order where its sort keys are equal",
     "Write first(event_type ORDER BY \"timestamp\" DESC NULLS"},
    {"COPY (SELECT * FROM events LIMIT 5) TO 'x' (FORMAT parquet);",
     "1:34: LIMIT without ORDER BY takes any rows",
     "Write ORDER BY user_id NULLS LAST, event_type NULLS LAST,"},
    {"COPY (SELECT category, sum(value) AS v FROM events GROUP BY category ORDER BY v DESC LIMIT "
     "5) TO 'x' (FORMAT parquet);",
     "1:92: LIMIT cuts among the rows that ORDER BY leaves tied",
     "Add to ORDER BY: category NULLS LAST."},
    {"COPY (WITH d AS (SELECT category, event_type, count(*) AS n FROM events WHERE \"timestamp\" "
     ">= $since GROUP BY ALL)\n SELECT *, row_number() OVER (PARTITION BY category ORDER BY n "
     "DESC) AS r FROM d) TO 'x' (FORMAT parquet);",
     "2:12: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): event_type NULLS LAST."},
    {"COPY (SELECT user_id, row_number() OVER (ORDER BY value) AS r FROM events) TO 'x' (FORMAT "
     "parquet);",
     "1:23: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): user_id NULLS LAST."},
    {"COPY (SELECT user_id, random() AS r, now() FROM events) TO 'x' (FORMAT parquet);",
     "1:23: random() depends on chance",
     "Derive it from the data: hash(user_id) instead of random()."},
    {"COPY (SELECT current_date AS d FROM events) TO 'x' (FORMAT parquet);",
     "1:14: current_date depends on the clock",
     "Give the moment as a parameter: CAST($now AS TIMESTAMP) and"},
    {"COPY (SELECT stddev(value) AS d FROM events) TO 'x' (FORMAT parquet);",
     "1:14: stddev() depends on row order",
     "It adds up doubles in the order in which rows come; sums"},
    {"COPY (SELECT arg_max_nulls_last(value, value) AS d FROM events) TO 'x' (FORMAT parquet);",
     "1:14: arg_max_nulls_last() depends on row order",
     "with several threads. Write first(x ORDER"},
    {"COPY (SELECT min_by(category, value) AS d FROM events) TO 'x' (FORMAT parquet);",
     "1:14: min_by(category, \"value\") depends on row order where \"value\" is equal",
     "Write first(category ORDER BY \"value\" NULLS LAST, category"},
    {"COPY (SELECT list(category) AS d, string_agg(category, ', ') FROM events) TO 'x' (FORMAT "
     "parquet);",
     "1:14: list(category) depends on row order",
     "Write list(category ORDER BY category NULLS LAST)."},
    {"COPY (SELECT list(category ORDER BY value) AS d, string_agg(category, ', ') FROM events) TO "
     "'x' (FORMAT parquet);",
     "1:14: list(category) depends on row order where its sort keys are equal",
     "Write list(category ORDER BY \"value\" NULLS LAST, category"},
    {"COPY (SELECT string_agg(DISTINCT category, ', ') s FROM events) TO 'x' (FORMAT parquet);",
     "1:14: string_agg(category) depends on row order",
     "Write string_agg(DISTINCT category, ', ' ORDER BY category"},
    {"COPY (SELECT * FROM read_csv('/etc/passwd')) TO 'x' (FORMAT parquet);",
     "1:21: table function read_csv()",
     "A job reads only its declared inputs: write FROM events and"},
    {"COPY (SELECT * FROM '/etc/x.parquet') TO 'x' (FORMAT parquet);",
     "1:21: a file as a table: '/etc/x.parquet'",
     "A job reads only its declared inputs: write FROM events and"},
    {"COPY (SELECT * FROM main.events) TO 'x' (FORMAT parquet);",
     "1:21: table 'main.events' has a schema",
     "A job reads only its declared inputs: write FROM events and"},
    {"COPY (SELECT * FROM nothere) TO 'x' (FORMAT parquet);", "1:21: unknown table 'nothere'",
     "Define it by WITH or CREATE VIEW in front of its use, or"},
    {"COPY (SELECT foo(value) FROM events) TO 'x' (FORMAT parquet);",
     "1:14: unknown function 'foo'", "A job has the functions of DuckDB 1.5."},
    {"COPY (SELECT sum(category) FROM events) TO 'x' (FORMAT parquet);",
     "1:14: no function takes these types: sum(VARCHAR)",
     "Cast the arguments: there is sum(DECIMAL) -> DECIMAL,"},
    {"COPY (SELECT category, event_type FROM events GROUP BY category) TO 'x' (FORMAT parquet);",
     "1:24: column 'event_type' must appear in the GROUP BY clause or must be part of an aggregate "
     "function",
     "Add it to GROUP BY, or say which value of the group is"},
    {"COPY (SELECT a frm b c d) TO 'x' (FORMAT parquet);", "1:20: syntax error at or near 'b'",
     "A query is DuckDB SQL: check it at and in front of this place."},
    {"COPY (SELECT category, value FROM events) TO 'x' (FORMAT parquet, PARTITION_BY (categry));",
     "1:67: PARTITION_BY names 'categry', which is no column of output 'x'",
     "Did you mean 'category'?"},
    {"SET TimeZone = 'Asia/Seul';\nCOPY (SELECT category, value FROM events) TO 'x' (FORMAT "
     "parquet);",
     "1:16: unknown time zone 'Asia/Seul'", "Did you mean 'Asia/Seoul'?"},
    {"SET TimeZone = 'Asia/Seoul';\nCOPY (SELECT category, value AS Category FROM events) TO 'x' "
     "(FORMAT parquet);",
     "2:7: output 'x' has two columns named 'Category'",
     "Name one of them otherwise: x AS other_name."},
    {"CREATE VIEW v AS SELECT user_id, valuee FROM events;\nCOPY (SELECT * FROM v) TO 'x' (FORMAT "
     "parquet);",
     "1:34: unknown column 'valuee'", "Did you mean 'value'?"},
    {"COPY (SELECT user_id, value FROM events QUALIFY row_number() OVER (PARTITION BY user_id "
     "ORDER BY \"timestamp\") = 1) TO 'x' (FORMAT parquet);",
     "1:49: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): \"value\" NULLS LAST."},
    {"CREATE VIEW daily AS SELECT CAST(\"timestamp\" AS DATE) AS date, category, sum(value) AS v "
     "FROM events GROUP BY 1, 2;\nCOPY (SELECT *, avg(v) OVER (ORDER BY date ROWS 6 PRECEDING) AS "
     "m FROM daily) TO 'x' (FORMAT parquet);",
     "2:17: avg() over a ROWS frame depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT category, row_number() OVER (ORDER BY sum(value) DESC) AS r FROM events GROUP "
     "BY category) TO 'x' (FORMAT parquet);",
     "1:24: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT DISTINCT ON (user_id) user_id, category FROM events ORDER BY user_id, "
     "\"timestamp\") TO 'x' (FORMAT parquet);",
     "1:27: DISTINCT ON keeps any of the rows that ORDER BY leaves tied",
     "Add to ORDER BY: category NULLS LAST."},
    {"COPY (SELECT DISTINCT category FROM events LIMIT 3) TO 'x' (FORMAT parquet);",
     "1:50: LIMIT without ORDER BY takes any rows", "Write ORDER BY category NULLS LAST."},
    {"COPY (SELECT category, value FROM events UNION ALL SELECT name, 1 FROM users ORDER BY 1 "
     "LIMIT 3) TO 'x' (FORMAT parquet);",
     "1:95: LIMIT cuts among the rows that ORDER BY leaves tied",
     "Add to ORDER BY: value NULLS LAST."},
    {"COPY (WITH a AS (SELECT user_id, count(*) n FROM events GROUP BY user_id), b AS (SELECT "
     "user_id, max(name) m FROM users GROUP BY user_id)\n SELECT a.user_id, n, m, row_number() "
     "OVER (ORDER BY n, a.user_id) r FROM a JOIN b ON a.user_id = b.user_id) TO 'x' (FORMAT "
     "parquet);",
     "2:26: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): user_id NULLS LAST."},
    {"COPY (SELECT user_id, first_value(category) OVER (PARTITION BY user_id ORDER BY "
     "\"timestamp\") f FROM events) TO 'x' (FORMAT parquet);",
     "1:23: first_value(category) depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT user_id, category, lag(\"timestamp\") OVER (PARTITION BY user_id ORDER BY "
     "\"timestamp\") f FROM events) TO 'x' (FORMAT parquet);",
     "1:33: lag() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT user_id, list(category) OVER (PARTITION BY user_id ORDER BY \"timestamp\") s "
     "FROM events) TO 'x' (FORMAT parquet);",
     "1:23: list(category) depends on row order",
     "Write list(category ORDER BY category NULLS LAST)."},
    {"COPY (SELECT (SELECT category FROM events LIMIT 1) c) TO 'x' (FORMAT parquet);",
     "1:49: LIMIT without ORDER BY takes any rows", "Write ORDER BY category NULLS LAST."},
    {"COPY (SELECT * FROM events TABLESAMPLE 10 PERCENT) TO 'x' (FORMAT parquet);",
     "1:21: TABLESAMPLE depends on chance",
     "A sample depends on chance: filter by a value instead, such"},
    {"COPY (SELECT * FROM events USING SAMPLE 5 ROWS) TO 'x' (FORMAT parquet);",
     "1:7: USING SAMPLE depends on chance",
     "A sample depends on chance: filter by a value instead, such"},
    {"COPY (SELECT * FROM (PIVOT events ON category USING sum(value))) TO 'x' (FORMAT parquet);",
     "1:7: this query is no plain SELECT", "Write one SELECT; instead of PIVOT one aggregate with"},
    {"COPY (SELECT * FROM (SUMMARIZE events)) TO 'x' (FORMAT parquet);",
     "1:14: DESCRIBE, SHOW and SUMMARIZE are no tables of a job",
     "Leave it out: 'kindling inspect --input PATH' shows what an"},
    {"COPY (SELECT * FROM events POSITIONAL JOIN users) TO 'x' (FORMAT parquet);",
     "1:28: POSITIONAL JOIN depends on row order", "Join on equal values: JOIN t ON a.id = t.id."},
    {"COPY (SELECT 9223372036854775808 AS x, * FROM events) TO 'x' (FORMAT parquet);",
     "1:14: a whole number beyond 64 bits", "Write a number within -9223372036854775808 and"},
    {"COPY (SELECT #1 FROM events) TO 'x' (FORMAT parquet);", "1:14: a column by its number",
     "Write the column's name."},
    {"COPY (SELECT 1e400 x) TO 'x' (FORMAT parquet);", "1:14: a number beyond the range of DOUBLE",
     "Write 'infinity'::DOUBLE if that is what is meant."},
    {"COPY (SELECT getenv('HOME') x) TO 'x' (FORMAT parquet);", "1:14: unknown function 'getenv'",
     "A job has the functions of DuckDB 1.5."},
    {"COPY (SELECT current_setting('threads') x) TO 'x' (FORMAT parquet);",
     "1:14: current_setting() reads the session",
     "Leave it out: a job's result depends on its inputs and"},
    {"COPY (SELECT * FROM information_schema.tables) TO 'x' (FORMAT parquet);",
     "1:21: table 'information_schema.tables' has a schema",
     "A job reads only its declared inputs: write FROM events and"},
    {"COPY (SELECT * FROM duckdb_tables) TO 'x' (FORMAT parquet);",
     "1:21: a table of the engine: 'duckdb_tables'",
     "A job reads only its declared inputs: write FROM events and"},
    {"COPY (SELECT * FROM duckdb_settings()) TO 'x' (FORMAT parquet);",
     "1:21: table function duckdb_settings()",
     "Table functions of a job are unnest(), range() and generate_series()."},
    {"COPY (SELECT * FROM query_table('events')) TO 'x' (FORMAT parquet);",
     "1:21: table function query_table()",
     "A job reads only its declared inputs: write FROM events and"},
    {"COPY (SELECT mode(category) FROM events) TO 'x' (FORMAT parquet);",
     "1:14: mode() depends on row order",
     "Count the values in a sub-query and write first(x ORDER BY"},
    {"COPY (SELECT * FROM v) TO 'x' (FORMAT parquet);\nCREATE VIEW v AS SELECT * FROM events;",
     "1:21: view 'v' is used before line 2 creates it",
     "Create a view in front of its first use, from other tables"},
    {"CREATE VIEW events AS SELECT * FROM events;\nCOPY (SELECT * FROM events) TO 'x' (FORMAT "
     "parquet);",
     "1:37: view 'events' is used before line 1 creates it",
     "Create a view in front of its first use, from other tables"},
    {"CREATE VIEW v AS SELECT 1 x;", "1:29: the script has no output",
     "Write COPY (SELECT ...) TO 'output-name' (FORMAT parquet)."},
    {"COPY (SELECT 1 AS x) TO 'a/b' (FORMAT parquet);",
     "1:25: an output's name is not a path: 'a/b'",
     "Write the name alone: the folder is given by --output."},
    {"COPY (SELECT 1 AS x) TO '../x' (FORMAT parquet);",
     "1:25: an output's name is not a path: '../x'",
     "Write the name alone: the folder is given by --output."},
    {"COPY (SELECT 1 AS x) TO '.x' (FORMAT parquet);",
     "1:25: an output's name cannot start with '.' or '_': '.x'",
     "Readers of Parquet skip names that start with '.' or '_':"},
    {"COPY (SELECT 1 AS x) TO '_kindling' (FORMAT parquet);",
     "1:25: an output's name cannot start with '.' or '_': '_kindling'",
     "Readers of Parquet skip names that start with '.' or '_':"},
    {"COPY (SELECT 1 AS x) TO '' (FORMAT parquet);", "1:25: an output needs a name: ''",
     "Use letters, digits, '-', '_' and '.', the first one a"},
    {"COPY (SELECT 1 AS x) TO '-x' (FORMAT parquet);",
     "1:25: an output's name cannot start with '-': '-x'", "Start with a letter or digit."},
    {"COPY (SELECT 1 AS x) TO 'out put' (FORMAT parquet);",
     "1:25: an output's name holds a character that it cannot hold: 'out put'",
     "Use letters, digits, '-', '_' and '.', the first one a"},
    {"COPY (SELECT 1 AS x) TO 'täglich' (FORMAT parquet);",
     "1:25: an output's name holds a character that it cannot hold: 'täglich'",
     "Use letters, digits, '-', '_' and '.', the first one a"},
    {"COPY (SELECT 1 AS x) TO 'x.parquet=' (FORMAT parquet);",
     "1:25: an output's name holds a character that it cannot hold: 'x.parquet='",
     "Use letters, digits, '-', '_' and '.', the first one a"},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet);\nCOPY (SELECT 2 AS x) TO 'X' (FORMAT parquet);",
     "2:25: output 'X' is defined again: line 1 has it too",
     "Give every output a name of its own; upper and lower case"},
    {"COPY (SELECT 1 AS x) TO 'x';", "1:25: output 'x' has no FORMAT",
     "Write TO 'x' (FORMAT parquet): without it DuckDB writes CSV."},
    {"COPY (SELECT 1 AS x) TO 'x' (PARTITION_BY (x));", "1:25: output 'x' has no FORMAT",
     "Write TO 'x' (FORMAT parquet): without it DuckDB writes CSV."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT csv);",
     "1:30: format 'csv' is not supported: outputs are Parquet tables", "Write FORMAT parquet."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet, HEADER true);",
     "1:46: option HEADER is not supported", "It belongs to CSV: outputs are Parquet."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet, FILE_SIZE_BYTES '1GB');",
     "1:46: option FILE_SIZE_BYTES is not supported",
     "Leave it out: files and row groups are sized for readers."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet, OVERWRITE);",
     "1:46: option OVERWRITE is not supported",
     "Leave it out: every run publishes a new version of the whole output."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet, PARTITION_BI (x));",
     "1:46: unknown option PARTITION_BI", "Did you mean 'PARTITION_BY'?"},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet, FROBNICATE 3);",
     "1:46: unknown option FROBNICATE",
     "Options are FORMAT parquet, PARTITION_BY (...), COMPRESSION ..."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet, COMPRESSION lzo);",
     "1:46: unknown compression 'lzo'",
     "Write one of snappy, zstd, gzip, lz4_raw, brotli, uncompressed."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet, FORMAT parquet);",
     "1:46: option FORMAT is written twice", "Write it once."},
    {"COPY (SELECT 1 AS x, 2 AS y) TO 'x' (FORMAT parquet, PARTITION_BY (x, X));",
     "1:54: PARTITION_BY names column 'x' twice", "Name every column once."},
    {"COPY (SELECT 1 AS x, 2 AS y) TO 'x' (FORMAT parquet, PARTITION_BY (x, y));",
     "1:54: PARTITION_BY names every column of output 'x'",
     "Leave at least one column out of PARTITION_BY: partition"},
    {"COPY (SELECT 1 AS x, 2 AS y) TO 'x' (FORMAT parquet, PARTITION_BY ());",
     "1:54: PARTITION_BY names no column", "Write PARTITION_BY (year, month), or leave it out."},
    {"COPY (SELECT 1 AS x, 2 AS y) TO 'x' (FORMAT parquet, PARTITION_BY (z));",
     "1:54: PARTITION_BY names 'z', which is no column of output 'x'", "Did you mean 'x'?"},
    {"COPY (SELECT $missing AS x) TO 'x' (FORMAT parquet);",
     "1:14: parameter 'missing' has no value", "Give it by --param missing=VALUE."},
    {"COPY (SELECT $1 AS x) TO 'x' (FORMAT parquet);", "1:14: a parameter without a name: $1",
     "Give it a name: write $since, and --param since=VALUE."},
    {"SET TimeZone = 'UTC';\nSET TimeZone = 'Asia/Seoul';\nCOPY (SELECT 1 AS x) TO 'x' (FORMAT "
     "parquet);",
     "2:1: TimeZone is set again", "Set it once, at the top."},
    {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet);\nSET TimeZone = 'UTC';",
     "2:1: TimeZone is set in the middle of the script",
     "Put it in front of the first COPY or CREATE VIEW."},
    {"CREATE VIEW v AS SELECT 1 AS x;\nCREATE VIEW V AS SELECT 2 AS x;\nCOPY (SELECT * FROM v) TO "
     "'x' (FORMAT parquet);",
     "2:13: view 'V' is defined again: line 1 has it too",
     "Give every view a name of its own; upper and lower case"},
    {"CREATE VIEW kindling_result AS SELECT 1 AS x;\nCOPY (SELECT * FROM v) TO 'x' (FORMAT "
     "parquet);",
     "1:13: names that start with 'kindling_' belong to the program", "Use another name."},
    {"CREATE VIEW v AS SELECT 1 AS x\nCOPY (SELECT * FROM v) TO 'x' (FORMAT parquet);",
     "2:1: syntax error at or near 'COPY'",
     "A query is DuckDB SQL: check it at and in front of this place."},
    {"COPY (SELECT value FROM events WHERE valu > 1) TO 'x' (FORMAT parquet);",
     "1:38: unknown column 'valu'", "Did you mean 'value'?"},
    {"-- Ünïcode comment\nCOPY (SELECT 'Ü', valu FROM events) TO 'x' (FORMAT parquet);",
     "2:19: unknown column 'valu'", "Did you mean 'value'?"},
    {"COPY (SELECT value FROM events WHERE category > $since AND valu > $n) TO 'x' (FORMAT "
     "parquet);",
     "1:60: unknown column 'valu'", "Did you mean 'value'?"},
    {"COPY (SELECT e.nope FROM events e) TO 'x' (FORMAT parquet);", "1:14: unknown column 'nope'",
     "'kindling inspect --input PATH' shows an input's columns."},
    {"COPY (SELECT z.value FROM events e) TO 'x' (FORMAT parquet);", "1:14: unknown table 'z'",
     "Define it by WITH or CREATE VIEW in front of its use, or"},
    {"COPY (SELECT summ(value) FROM events) TO 'x' (FORMAT parquet);",
     "1:14: unknown function 'summ'", "Did you mean 'sum'?"},
    {"COPY (SELECT value FROM events WHERE sum(value) > 1) TO 'x' (FORMAT parquet);",
     "1:38: WHERE clause cannot contain aggregates",
     "Filter groups by HAVING, or by WHERE around a sub-query."},
    {"COPY (SELECT category FROM events GROUP BY category HAVING valu > 1) TO 'x' (FORMAT "
     "parquet);",
     "1:7: column valu must appear in the GROUP BY clause or be used in an aggregate function",
     "Add it to GROUP BY, or say which value of the group is"},
    {"COPY (SELECT e.user_id, user_id FROM events e JOIN users u ON e.user_id = u.user_id) TO 'x' "
     "(FORMAT parquet);",
     "1:25: ambiguous reference to column name 'user_id' (use: 'e.user_id' or 'u.user_id')",
     "Put the table's name or alias in front: e.user_id."},
    {"COPY (SELECT category, FROM events WHERE) TO 'x' (FORMAT parquet);",
     "1:41: syntax error at end of input",
     "A query is DuckDB SQL: check it at and in front of this place."},
    {"COPY (INSERT INTO t VALUES (1)) TO 'x' (FORMAT parquet);",
     "1:7: this query is no plain SELECT", "Write one SELECT; instead of PIVOT one aggregate with"},
    {"COPY (SELECT 1; SELECT 2) TO 'x' (FORMAT parquet);", "1:6: parenthesis is not closed",
     "Close the query with ) in front of TO."},
    {"COPY (DESCRIBE events) TO 'x' (FORMAT parquet);",
     "1:7: DESCRIBE, SHOW and SUMMARIZE are no tables of a job",
     "Leave it out: 'kindling inspect --input PATH' shows what an"},
    {"COPY (SELECT * FROM glob('*')) TO 'x' (FORMAT parquet);", "1:21: table function glob()",
     "A job reads only its declared inputs: write FROM events and"},
    {"COPY (SELECT * FROM events AT (VERSION => 3)) TO 'x' (FORMAT parquet);",
     "1:21: an older version of table 'events'",
     "Leave AT out: a run reads its inputs as they are."},
    {"COPY (SELECT * FROM events e ASOF JOIN users u ON e.user_id >= u.user_id) TO 'x' (FORMAT "
     "parquet);",
     "1:30: ASOF JOIN takes any of several rows with equal times",
     "Join on equal values, and take the nearest row by QUALIFY"},
    {"COPY (WITH RECURSIVE r(i) USING KEY (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < "
     "5) SELECT i FROM r) TO 'x' (FORMAT parquet);",
     "1:7: USING KEY keeps the last row in any order",
     "Leave USING KEY out, and group the result."},
    {"COPY (SELECT uuid() AS id, value FROM events) TO 'x' (FORMAT parquet);",
     "1:14: uuid() depends on chance",
     "Derive it from the data: hash(user_id) instead of random()."},
    {"COPY (SELECT age(\"timestamp\") AS a FROM events) TO 'x' (FORMAT parquet);",
     "1:14: age() of one time depends on the clock", "Write age(later, earlier)."},
    {"COPY (SELECT today() - 1 AS a FROM events) TO 'x' (FORMAT parquet);",
     "1:14: today() depends on the clock",
     "Give the moment as a parameter: CAST($now AS TIMESTAMP) and"},
    {"COPY (SELECT value FROM events WHERE \"timestamp\" > current_timestamp) TO 'x' (FORMAT "
     "parquet);",
     "1:52: current_timestamp depends on the clock",
     "Give the moment as a parameter: CAST($now AS TIMESTAMP) and"},
    {"COPY (SELECT user AS u, value FROM events) TO 'x' (FORMAT parquet);",
     "1:14: user reads the session", "Leave it out: a job's result depends on its inputs and"},
    {"COPY (SELECT any_value(category) AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: any_value(category) depends on row order",
     "Write any_value(category ORDER BY key NULLS LAST, category"},
    {"COPY (SELECT last(category ORDER BY \"timestamp\") AS c FROM events) TO 'x' (FORMAT "
     "parquet);",
     "1:14: last(category) depends on row order where its sort keys are equal",
     "Write last(category ORDER BY \"timestamp\" NULLS LAST,"},
    {"COPY (SELECT max_by(category, \"timestamp\") AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: max_by(category, \"timestamp\") depends on row order where \"timestamp\" is equal",
     "Write first(category ORDER BY \"timestamp\" DESC NULLS LAST,"},
    {"COPY (SELECT array_agg(category ORDER BY \"timestamp\" DESC) AS c FROM events) TO 'x' "
     "(FORMAT parquet);",
     "1:14: array_agg(category) depends on row order where its sort keys are equal",
     "Write array_agg(category ORDER BY \"timestamp\" DESC NULLS"},
    {"COPY (SELECT approx_quantile(value, 0.5) AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: approx_quantile() depends on row order", "Write quantile_cont(x, 0.5)."},
    {"COPY (SELECT corr(value, day) AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: corr() depends on row order",
     "It adds up doubles in the order in which rows come; sums"},
    {"COPY (SELECT fsum(value) AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: fsum() depends on row order",
     "Write sum(x): sums and averages of doubles are exact here."},
    {"COPY (SELECT product(value) AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: product() depends on row order", "Write exp(sum(ln(x))) for numbers above zero."},
    {"COPY (SELECT weighted_avg(value, day) AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: weighted_avg() adds up in any order", "Write sum(v * w) / sum(w)."},
    {"COPY (SELECT json_group_array(category) AS c FROM events) TO 'x' (FORMAT parquet);",
     "1:14: json_group_array() depends on row order",
     "Write to_json(list(x ORDER BY x NULLS LAST))."},
    {"COPY (SELECT value FROM events ORDER BY \"timestamp\" LIMIT 10) TO 'x' (FORMAT parquet);",
     "1:59: LIMIT cuts among the rows that ORDER BY leaves tied",
     "Add to ORDER BY: \"value\" NULLS LAST."},
    {"COPY (SELECT user_id, value FROM events OFFSET 10) TO 'x' (FORMAT parquet);",
     "1:48: LIMIT without ORDER BY takes any rows",
     "Write ORDER BY user_id NULLS LAST, \"value\" NULLS LAST."},
    {"COPY (SELECT user_id, value FROM events LIMIT 10%) TO 'x' (FORMAT parquet);",
     "1:47: LIMIT without ORDER BY takes any rows",
     "Write ORDER BY user_id NULLS LAST, \"value\" NULLS LAST."},
    {"COPY (SELECT category, ntile(4) OVER (ORDER BY value) AS q FROM events) TO 'x' (FORMAT "
     "parquet);",
     "1:24: ntile() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT category, row_number() OVER () AS q FROM events) TO 'x' (FORMAT parquet);",
     "1:24: row_number() depends on row order: it has no ORDER BY",
     "Write as the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT *, row_number() OVER (ORDER BY value) AS q FROM events) TO 'x' (FORMAT "
     "parquet);",
     "1:17: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): user_id NULLS LAST,"},
    {"COPY (SELECT COLUMNS('v.*'), row_number() OVER (ORDER BY value) AS q FROM events) TO 'x' "
     "(FORMAT parquet);",
     "1:30: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): user_id NULLS LAST,"},
    {"COPY (SELECT category, sum(value) OVER (ORDER BY day ROWS UNBOUNDED PRECEDING) AS q FROM "
     "events) TO 'x' (FORMAT parquet);",
     "1:24: sum() over a ROWS frame depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST,"},
    {"COPY (SELECT category, sum(COLUMNS('val.*')) FROM events GROUP BY category) TO 'x' (FORMAT "
     "parquet);",
     "1:24: sum(COLUMNS(...)) depends on row order where a column is DOUBLE",
     "Write one call for each column."},
    {"COPY (SELECT avg(COLUMNS(c -> c LIKE 'val%') + 1) FROM events) TO 'x' (FORMAT parquet);",
     "1:14: avg(COLUMNS(...)) depends on row order where a column is DOUBLE",
     "Write one call for each column."},
    {"COPY (SELECT category, stddev(value) OVER (PARTITION BY day) AS q FROM events) TO 'x' "
     "(FORMAT parquet);",
     "1:24: stddev() depends on row order",
     "It adds up doubles in the order in which rows come; sums"},
    {"COPY (SELECT * FROM (SELECT category, row_number() OVER (ORDER BY n) AS r FROM (SELECT "
     "category, count(*) AS n FROM events GROUP BY category))) TO 'x' (FORMAT parquet);",
     "1:39: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT day FROM events EXCEPT ALL SELECT day FROM events LIMIT 2) TO 'x' (FORMAT "
     "parquet);",
     "1:70: LIMIT without ORDER BY takes any rows", "Write ORDER BY day NULLS LAST."},
    {"CREATE VIEW recent AS SELECT * FROM events ORDER BY \"timestamp\" DESC LIMIT 100;\nCOPY "
     "(SELECT count(*) AS n FROM recent) TO 'x' (FORMAT parquet);",
     "1:76: LIMIT cuts among the rows that ORDER BY leaves tied",
     "Add to ORDER BY: user_id NULLS LAST, event_type NULLS LAST,"},
    {"COPY (SELECT category, (SELECT first(name) FROM users WHERE users.user_id = events.user_id) "
     "AS n FROM events) TO 'x' (FORMAT parquet);",
     "1:32: first(\"name\") depends on row order",
     "Write first(\"name\" ORDER BY key NULLS LAST, \"name\" NULLS"},
    {"COPY (SELECT category FROM events WHERE user_id IN (SELECT user_id FROM users LIMIT 5)) TO "
     "'x' (FORMAT parquet);",
     "1:85: LIMIT without ORDER BY takes any rows", "Write ORDER BY user_id NULLS LAST."},
    {"COPY (SELECT category COLLATE nocase AS c, count(*) AS n FROM events GROUP BY 1) TO 'x' "
     "(FORMAT parquet);",
     "1:7: COLLATE makes different texts equal, of which any is kept",
     "Write lower(x), or strip_accents(x); COLLATE may stand in ORDER BY."},
    {"COPY (SELECT DISTINCT ON (category) category, value FROM events) TO 'x' (FORMAT parquet);",
     "1:27: DISTINCT ON without ORDER BY keeps any of several rows",
     "Write ORDER BY \"value\" NULLS LAST."},
    {"COPY (SELECT *, row_number() OVER (ORDER BY ALL) AS r FROM users) TO 'x' (FORMAT parquet);",
     "1:7: cannot ORDER BY ALL in a window expression",
     "A query is DuckDB SQL: check it at and in front of this place."},
    {"COPY (SELECT date_trunc('month', \"timestamp\") AS m, category, sum(value) AS v, sum(v) OVER "
     "(PARTITION BY category ORDER BY m ROWS UNBOUNDED PRECEDING) AS running FROM events GROUP BY "
     "ALL) TO 'x' (FORMAT parquet);",
     "1:7: cannot mix aggregates with non-aggregated columns",
     "Change the query: it is DuckDB SQL, and DuckDB does not take this."},
    {"COPY (SELECT category, event_type, sum(value) AS v, sum(sum(value)) OVER (ORDER BY category, "
     "event_type ROWS UNBOUNDED PRECEDING) AS running FROM events GROUP BY ROLLUP (category, "
     "event_type)) TO 'x' (FORMAT parquet);",
     "1:53: sum() over a ROWS frame depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): grouping_id(category,"},
    {"COPY (SELECT c, d, lead(d) OVER (ORDER BY c) AS next FROM (SELECT category AS c, value AS d "
     "FROM events UNION SELECT name, user_id FROM users)) TO 'x' (FORMAT parquet);",
     "1:20: lead() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): d NULLS LAST."},
    {"COPY (SELECT * EXCLUDE (r) FROM (SELECT user_id, category, value, day, row_number() OVER "
     "(PARTITION BY user_id ORDER BY value DESC, category) AS r FROM events) WHERE r <= 2) TO 'x' "
     "(FORMAT parquet);",
     "1:72: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): \"day\" NULLS LAST."},
    {"COPY (SELECT day, category, sum(value) AS v FROM events GROUP BY day, category QUALIFY "
     "row_number() OVER (PARTITION BY day ORDER BY v DESC) = 1) TO 'x' (FORMAT parquet);",
     "1:88: row_number() depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): category NULLS LAST."},
    {"COPY (SELECT category, count(*) AS n FROM events GROUP BY category ORDER BY n LIMIT (SELECT "
     "max(day) FROM events)) TO 'x' (FORMAT parquet);",
     "1:85: LIMIT cuts among the rows that ORDER BY leaves tied",
     "Add to ORDER BY: category NULLS LAST."},
    {"COPY (SELECT category, (SELECT max(name) FROM users u WHERE u.user_id = events.day) AS m "
     "FROM events ORDER BY category LIMIT 3) TO 'x' (FORMAT parquet);",
     "1:126: LIMIT cuts among the rows that ORDER BY leaves tied",
     "Add to ORDER BY: events.\"day\" NULLS LAST."},
    {"COPY (SELECT s.x AS a, first(x) OVER (ORDER BY y) AS b FROM (SELECT {'x': value, 'y': day} "
     "AS s, day AS x, value AS y FROM events)) TO 'x' (FORMAT parquet);",
     "1:24: first(x) depends on row order: its ORDER BY leaves ties",
     "Add to the ORDER BY of OVER (...): x NULLS LAST."},
    {"COPY (SELECT s.x AS a FROM (SELECT {'x': value} AS s, day AS x FROM events) ORDER BY x LIMIT "
     "5) TO 'x' (FORMAT parquet);",
     "1:94: LIMIT cuts among the rows that ORDER BY leaves tied",
     "Add to ORDER BY: s.x NULLS LAST."},
    {"COPY (SELECT x AS a FROM (SELECT {'x': value} AS s, day AS x FROM events) ORDER BY s.x LIMIT "
     "5) TO 'x' (FORMAT parquet);",
     "1:94: LIMIT cuts among the rows that ORDER BY leaves tied", "Add to ORDER BY: x NULLS LAST."},
    {"COPY (SELECT user_id, max(value, day) AS m FROM events GROUP BY user_id) TO 'x' (FORMAT "
     "parquet)",
     "1:34: max() of \"day\" values depends on row order: \"day\" differs between rows",
     "Write a number"},
    {"COPY (SELECT user_id, max_by(value, value, month) AS m FROM events GROUP BY user_id) TO 'x' "
     "(FORMAT parquet)",
     "1:44: max_by() of \"month\" values depends on row order: \"month\" differs between rows",
     "Write a number"},
};

static void
refuses_with_place_and_hint(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(job_free) struct job *job = fixture_bind(refusals[i].script, &error);
    if (job != NULL)
      fail_msg("accepted: %s", refusals[i].script);
    g_auto(GStrv) parts = g_strsplit(error->message, "\nHINT: ", 2);
    const char *place = fixture_place(parts[0]);
    if (!g_str_equal(place, refusals[i].expected))
      fail_msg("%s\nexpected %s\nfound    %s", refusals[i].script, refusals[i].expected, place);
    if (parts[1] == NULL || strstr(parts[1], refusals[i].hint) == NULL)
      fail_msg("%s\nhint expected %s\nfound %s", refusals[i].script, refusals[i].hint, parts[1]);
    assert_int_equal(error_row(error)->exit_code, 2);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(refuses_with_place_and_hint),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
