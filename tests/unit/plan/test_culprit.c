/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"
#include "plan/culprit.h"

#define CAST_HINT(type)                                                                            \
  "\nHINT: Write TRY_CAST(user_id AS " type "), which gives NULL for such values."
#define TEXT_HINT(type)                                                                            \
  "\nHINT: The text must be a value of " type ": correct it, or cast the other side to VARCHAR."
#define TRY_HINT                                                                                   \
  "\nHINT: Write TRY(...) around what fails: it gives NULL for such values. Or leave them out by " \
  "CASE."
#define SOURCE(column) " when casting from source column " column
#define COPY(query)    "COPY (" query "\n) TO 'out' (FORMAT parquet);\n"

/* The script's first output meets message; place and what follows stand in the error. */
static const struct {
  const char *script;
  enum error_kind kind;
  const char *message;
  const char *place; /* behind the script's path */
  const char *told;  /* behind "output 'out': " */
} cases[] = {
    {COPY("SELECT id,\n CAST(user_id AS INTEGER) AS n, CAST(category AS INTEGER) AS c FROM events"),
     ERROR_DATA, "could not convert string 'x' to INTEGER" SOURCE("user_id"), ":2:2",
     "could not convert string 'x' to INTEGER in column 'user_id'" CAST_HINT("INTEGER")},
    {COPY("SELECT id,\n CAST(user_id AS INTEGER) AS n, CAST(user_id AS DATE) AS d FROM events"),
     ERROR_DATA, "invalid date field format: 'x'" SOURCE("user_id"), ":2:33",
     "invalid date field format: 'x' in column 'user_id'" CAST_HINT("DATE")},
    /* several of them */
    {COPY("SELECT id,\n user_id::DATE + 1 AS n, user_id::DATE AS d FROM events"), ERROR_DATA,
     "invalid date field format: 'x'" SOURCE("user_id"), ":2",
     "invalid date field format: 'x' in column 'user_id'" CAST_HINT("DATE")},
    {"\n" COPY("SELECT id,\n user_id::DATE + 1 AS n,\n user_id::DATE AS d FROM events"), ERROR_DATA,
     "invalid date field format: 'x'" SOURCE("user_id"), ":2",
     "invalid date field format: 'x' in column 'user_id'" CAST_HINT("DATE")},
    /* what cannot fail so */
    {COPY("SELECT id,\n TRY_CAST(user_id AS DATE) AS n, TRY(CAST(user_id AS DATE)) AS t,\n"
          " CAST(user_id AS DATE) AS d FROM events"),
     ERROR_DATA, "invalid date field format: 'x'" SOURCE("user_id"), ":3:2",
     "invalid date field format: 'x' in column 'user_id'" CAST_HINT("DATE")},
    /* in views, of which only those that are read count */
    {"CREATE VIEW other AS SELECT user_id::DATE AS d FROM events;\n"
     "CREATE VIEW seen AS SELECT user_id::DATE AS d FROM events;\n" COPY(
         "SELECT s.d FROM (SELECT * FROM seen) s"),
     ERROR_DATA, "invalid date field format: 'x'" SOURCE("user_id"), ":2:35",
     "invalid date field format: 'x' in column 'user_id'" CAST_HINT("DATE")},
    /* names of our own, of types and of columns */
    {COPY("SELECT category, CAST(min(user_id) AS INTEGER) AS n FROM events GROUP BY category"),
     ERROR_DATA, "could not convert string '' to INTEGER" SOURCE("a0"), ":1:24",
     "could not convert string '' to INTEGER in min(user_id)\nHINT: Write "
     "CAST(NULLIF(min(user_id), "
     "'') AS INTEGER) where an empty text is to be NULL, or TRY_CAST(min(user_id) AS INTEGER), "
     "which gives NULL for all that does not fit."},
    {COPY("SELECT CAST(CAST(user_id AS UUID) AS VARCHAR) AS u FROM events"), ERROR_DATA,
     "could not convert string 'x' to HUGEINT" SOURCE("user_id"), ":1:19",
     "could not convert string 'x' to UUID in column 'user_id'" CAST_HINT("UUID")},
    {COPY("SELECT CAST(\"a b\" AS INTEGER) AS u FROM (SELECT user_id AS \"a b\" FROM events)"),
     ERROR_DATA, "could not convert string 'x' to INTEGER" SOURCE("a b"), ":1:14",
     "could not convert string 'x' to INTEGER in column 'a b'\nHINT: Write TRY_CAST(\"a b\" AS "
     "INTEGER), which gives NULL for such values."},
    /* constants; not those that only look like the value */
    {COPY("SELECT id, user_id = 'x' AS b FROM events WHERE\n id = 'x'"), ERROR_DATA,
     "could not convert string 'x' to BIGINT", ":1",
     "could not convert string 'x' to BIGINT" TEXT_HINT("BIGINT")},
    {COPY("SELECT id FROM events WHERE\n id = 'x'"), ERROR_DATA,
     "could not convert string 'x' to BIGINT", ":2:7",
     "could not convert string 'x' to BIGINT" TEXT_HINT("BIGINT")},
    {COPY("SELECT id FROM events WHERE\n DATE '2024-02-30' < user_id::DATE"), ERROR_DATA,
     "date field value out of range: '2024-02-30'", ":2:7",
     "date field value out of range: '2024-02-30'" TEXT_HINT("DATE")},
    {COPY("SELECT id, user_id = 'x' AS b FROM events WHERE\n CAST(lower(user_id) AS BIGINT) = 7"),
     ERROR_DATA, "could not convert string 'x' to BIGINT", ":2:2",
     "could not convert string 'x' to BIGINT\nHINT: Write TRY_CAST(... AS BIGINT), which gives "
     "NULL "
     "for such values."},
    {COPY("SELECT timezone('Foo', TIMESTAMP '2024-01-01') AS t FROM events"), ERROR_DATA,
     "unknown TimeZone 'Foo'", ":1:14",
     "unknown TimeZone 'Foo'\nHINT: Write a name such as 'Asia/Seoul' or 'UTC'."},
    /* a cast that the script does not write */
    {"\n\n" COPY("SELECT id FROM events WHERE category IN (1, 2)"), ERROR_DATA,
     "could not convert string 'x' to INTEGER" SOURCE("user_id"), ":3",
     "could not convert string 'x' to INTEGER in column 'user_id'" CAST_HINT("INTEGER")},
    /* calls and operators */
    {COPY("SELECT id + 1 AS a,\n id * 2 AS b FROM events"), ERROR_DATA,
     "overflow in multiplication of BIGINT (9 * 2)", ":2:5",
     "overflow in multiplication of BIGINT (9 * 2)\nHINT: Cast an operand to a wider type: "
     "CAST(... AS "
     "DOUBLE)."},
    {COPY("SELECT sum(event_type + 1) AS a FROM events"), ERROR_DATA,
     "overflow in addition of INTEGER (9 + 1)", ":1:29",
     "overflow in addition of INTEGER (9 + 1)\nHINT: Cast an operand to a wider type: CAST(... AS "
     "BIGINT)."},
    {COPY("SELECT strptime(user_id, '%Y') AS a FROM events"), ERROR_DATA,
     "could not parse string 'square root' according to format specifier '%Y'", ":1:14",
     "could not parse string 'square root' according to format specifier '%Y'\nHINT: Write "
     "try_strptime(...), which gives NULL for such values."},
    {COPY("SELECT sqrt(id) AS a FROM events"), ERROR_DATA,
     "plain: cannot take square root of a negative number", ":1:14",
     "plain: cannot take square root of a negative number" TRY_HINT},
    {COPY("SELECT category, sum(id) AS s FROM events GROUP BY category"), ERROR_DATA,
     "a sum does not fit its type DECIMAL(38,4): cast its argument to DOUBLE", ":1:24",
     "a sum does not fit its type DECIMAL(38,4)\nHINT: Cast its argument to DOUBLE."},
    {"\n" COPY("SELECT id FROM events"), ERROR_DATA, "no such luck", ":2", "no such luck" TRY_HINT},
    /* columns that a message names */
    {COPY("SELECT id,\n  (event_type - 1) * 2 AS n FROM events"), ERROR_OUTPUT,
     "a value of column 'n' is odd", ":2:4", "a value of column 'n' is odd"},
    {"\n" COPY("SELECT * FROM (SELECT id AS n FROM events)"), ERROR_OUTPUT,
     "a value of column 'n' is odd", ":2:14", "a value of column 'n' is odd"},
    {"\n" COPY("FROM (SELECT id, id AS n FROM events)"), ERROR_OUTPUT,
     "a value of column 'n' is odd", ":2", "a value of column 'n' is odd"},
    /* nothing is known of these */
    {COPY("SELECT id FROM events"), ERROR_OUTPUT, "it is odd", NULL, "it is odd"},
    {COPY("SELECT id FROM events"), ERROR_LIMIT, "no memory", NULL, "no memory"},
};

static void
errors_come_with_their_place(void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    (void)job_kit_plan(*state, cases[i].script);
    const struct plan_output *output = job_kit_output(*state, 0);
    GError *error = NULL;
    error_set(&error, cases[i].kind, "%s", cases[i].message);
    assert_false(plan_blame_output(output, &error));
    g_autofree char *place = cases[i].place == NULL
                                 ? g_strdup("")
                                 : g_strdup_printf("%s%s: ", output->job->path, cases[i].place);
    g_autofree char *wanted = g_strdup_printf("%soutput 'out': %s", place, cases[i].told);
    assert_string_equal(error->message, wanted);
    assert_true(error_is(error, cases[i].kind));
    g_error_free(error);
  }
}

static void
signals_are_left_alone(void **state)
{
  (void)job_kit_plan(*state, COPY("SELECT id FROM events"));
  GError *error = NULL;
  error_set(&error, ERROR_INTERRUPTED, "interrupted");
  assert_false(plan_blame_output(job_kit_output(*state, 0), &error));
  assert_string_equal(error->message, "interrupted");
  g_clear_error(&error);
  assert_false(plan_blame_output(job_kit_output(*state, 0), &error));
  assert_false(plan_blame_output(job_kit_output(*state, 0), NULL));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(errors_come_with_their_place, job_kit_open_events,
                                      job_kit_close),
      cmocka_unit_test_setup_teardown(signals_are_left_alone, job_kit_open_events, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
