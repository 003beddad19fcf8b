/* SPDX-License-Identifier: Apache-2.0 */
#include "job/script.h"
#include "util/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct split_case {
  const char *script;
  const char *expected; /* one line a statement */
};

/* COPY <name> [<query>] NAME=value,value $parameter | VIEW <name> [<query>] | ZONE <name> */
static void
describe(const char *script, const struct script_statement *statement, GString *text)
{
  static const char *const kinds[] = {"COPY", "VIEW", "ZONE"};
  g_string_append_printf(text, "%s <%s>", kinds[statement->kind], statement->name);
  if (statement->kind != SCRIPT_TIME_ZONE)
    g_string_append_printf(text, " [%.*s]", (int)(statement->query_end - statement->query_at),
                           script + statement->query_at);
  for (guint i = 0; i < statement->options->len; i++) {
    const struct script_option *option = g_ptr_array_index(statement->options, i);
    g_autofree char *values = g_strjoinv(",", option->values);
    g_string_append_printf(text, " %s=%s", option->name, values);
  }
  for (guint i = 0; i < statement->parameters->len; i++)
    g_string_append_printf(text, " $%s",
                           g_array_index(statement->parameters, struct script_parameter, i).name);
  g_string_append_c(text, '\n');
}

static const struct split_case accepted[] = {
    {"COPY (SELECT ';)' AS \"a;)b\", $$;)'$$, $x$ $$ ) ; $x$ /* ) ; /* nested ) */ ' */ , "
     "E'\\');' -- ) ; '\n , (SELECT (1))) TO 'out ''q''' WITH (FORMAT parquet, PARTITION_BY "
     "(\"a;)b\", x), KV_METADATA {a: 'b,c'});; ; SET TimeZone = 'Asia/Seoul'; CREATE TEMP VIEW v "
     "AS SELECT 1",
     "COPY <out 'q'> [SELECT ';)' AS \"a;)b\", $$;)'$$, $x$ $$ ) ; $x$ /* ) ; /* nested ) */ ' */ "
     ", E'\\');' -- ) ; '\n , (SELECT (1))] FORMAT=parquet PARTITION_BY=a;)b,x KV_METADATA=a,b,c\n"
     "ZONE <Asia/Seoul>\nVIEW <v> [SELECT 1]\n"},
    {"copy(select 1)to'x'(format parquet)", "COPY <x> [select 1] FORMAT=parquet\n"},
    {"COPY (SELECT $p, a$b FROM t) TO 'x'", "COPY <x> [SELECT $p, a$b FROM t] $p\n"},
    {"COPY (SELECT $p1, $1, $p1) TO 'x'", "COPY <x> [SELECT $p1, $1, $p1] $p1 $1 $p1\n"},
    {"COPY (SELECT 1 -- c\n) TO 'x' /* e */", "COPY <x> [SELECT 1 -- c\n]\n"},
    {"COPY (SELECT 1 -- c\r) TO 'x'", "COPY <x> [SELECT 1 -- c\r]\n"},
    {"COPY (SELECT U&'x') TO 'x'", "COPY <x> [SELECT U&'x']\n"},
    {"COPY (SELECT [1,2][1], {'a': ')'}) TO 'x' (FORMAT 'parquet')",
     "COPY <x> [SELECT [1,2][1], {'a': ')'}] FORMAT=parquet\n"},
    {"COPY (SELECT 1e5, 1.e3, .5, 1_0, a.b, 1-.5e-3) TO 'x'",
     "COPY <x> [SELECT 1e5, 1.e3, .5, 1_0, a.b, 1-.5e-3]\n"},
    {"COPY (SELECT 'a'\n'b') TO 'x'", "COPY <x> [SELECT 'a'\n'b']\n"},
    {"COPY (SELECT /* ' */ 1) TO 'x'", "COPY <x> [SELECT /* ' */ 1]\n"},
    {"COPY (SELECT '/*', \"--\" FROM t) TO 'x'", "COPY <x> [SELECT '/*', \"--\" FROM t]\n"},
    {"COPY (SELECT '\xC2\xA0' AS \"\xE3\x80\x80\" /* \xE2\x80\x83 */ FROM \xC3\xBC) TO 'x'",
     "COPY <x> [SELECT '\xC2\xA0' AS \"\xE3\x80\x80\" /* \xE2\x80\x83 */ FROM \xC3\xBC]\n"},
    {"create temporary view \"A\"\"b\" as select ')' -- end\n;set session timezone to 'UTC';",
     "VIEW <A\"b> [select ')']\nZONE <UTC>\n"},
    {"COPY (SELECT 1) TO 'x' (PARTITION_BY year, FORMAT parquet)",
     "COPY <x> [SELECT 1] PARTITION_BY=year FORMAT=parquet\n"},
    {"COPY (SELECT 1) TO 'x' ()", "COPY <x> [SELECT 1]\n"},
    {"", ""},
    {" ;; -- nothing\n;", ""},
};

static void
cuts_as_duckdb_does(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(accepted); i++) {
    g_autoptr(GPtrArray) statements = NULL;
    struct script_fault *fault = NULL;
    bool split = script_split(accepted[i].script, strlen(accepted[i].script), &statements, &fault);
    if (!split)
      fail_msg("%s\nrefused at %zu: %s", accepted[i].script, (size_t)fault->at, fault->message);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint k = 0; k < statements->len; k++)
      describe(accepted[i].script, g_ptr_array_index(statements, k), text);
    assert_string_equal(text->str, accepted[i].expected);
  }
}

struct refusal_case {
  const char *script;
  const char *expected; /* line:column: message */
  const char *hint;     /* a part of it; NULL: there is none */
};

static const struct refusal_case refused[] = {
    {"COPY t TO 'x'", "1:6: expected a query in parentheses after COPY, found 't'",
     "COPY (SELECT * FROM table)"},
    {"COPY t FROM 'x.csv'", "1:1: COPY ... FROM reads a file", "--input name=PATH"},
    {"COPY (SELECT 1) TO x", "1:20: expected 'output-name' after TO, found 'x'", "plain string"},
    {"COPY (SELECT 1) TO $p", "1:20: an output's name cannot be a parameter: '$p'", "plain string"},
    {"COPY (SELECT 1) TO E'x'", "1:20: expected 'output-name' after TO, found 'E'x''", "plain"},
    {"COPY (SELECT 1) TO $$x$$", "1:20: expected 'output-name' after TO, found '$$x$$'", "plain"},
    {"COPY (SELECT 1) TO", "1:19: expected 'output-name' after TO, found the end of the statement",
     "plain string"},
    {"COPY (SELECT 1)",
     "1:16: expected TO 'output-name' after the query, found the end of the "
     "statement",
     "TO 'output-name'"},
    {"COPY () TO 'x'", "1:7: the query is empty", "SELECT"},
    {"COPY", "1:5: expected a query in parentheses after COPY, found the end of the statement",
     "SELECT"},
    {"COPY (SELECT 1", "1:6: parenthesis is not closed", "Close the query"},
    {"COPY (SELECT [1) TO 'x'", "1:6: parenthesis is not closed", "Close the query"},
    {"COPY (SELECT 'a) TO 'x'", "1:23: string is not closed", "''"},
    {"COPY (SELECT \"a) TO 'x'", "1:14: quoted name is not closed", "\"\""},
    {"COPY (SELECT E'a\\') TO 'x", "1:6: parenthesis is not closed", "Close"},
    {"COPY (SELECT E'a\\')", "1:14: string is not closed", "Close"},
    {"COPY (SELECT $x$ $$) TO 'x'", "1:14: dollar-quoted string is not closed", "tag"},
    {"SELECT 1 /* /* */", "1:10: comment is not closed", "nest"},
    {"SELECT 1;;", "1:1: a query by itself has no output", "COPY (SELECT ...)"},
    {"(SELECT 1)", "1:1: a query by itself has no output", "COPY (SELECT ...)"},
    {"\xEF\xBB\xBF"
     "COPY (SELECT 1) TO 'x'",
     "1:1: the script starts with a byte order mark", "without a byte order mark"},
    {"COPY (SELECT 1\xC2\xA0) TO 'x'", "1:15: the space character U+00A0 stands outside a string",
     "plain blank"},
    {"COPY (SELECT a\xE3\x80\x80) TO 'x'",
     "1:15: the space character U+3000 stands outside a string", "plain blank"},
    {"COPY (SELECT \xFF) TO 'x'", "1:14: byte 0xFF is not UTF-8", "UTF-8"},
    {"COPY (SELECT 1) TO 'x' (FORMAT parquet) 'y'",
     "1:41: expected ; after the options, found ''y''", "semicolon"},
    {"COPY (SELECT 1) TO 'x' 'y'", "1:24: expected (options), found ''y''", "parentheses"},
    {"COPY (SELECT 1) TO 'x' (FORMAT parquet", "1:24: parenthesis is not closed",
     "Close the options"},
    {"COPY (SELECT 1) TO 'x' (FORMAT parquet,)", "1:40: expected an option after the comma",
     "last comma"},
    {"COPY (SELECT 1) TO 'x' ('FORMAT' parquet)",
     "1:25: expected the name of an option, found ''FORMAT''", "FORMAT parquet"},
    {"COPY (SELECT 1) TO 'x' (FORMAT $f)", "1:32: expected a value of the option, found '$f'",
     "plain names"},
    {"COPY (SELECT 1) TO 'x' (PARTITION_BY (a + b))",
     "1:41: expected , or ) in the list, found '+'", "commas"},
    {"COPY (SELECT 0x1F) TO 'x'", "1:14: '0x1F' is not a number", "31 for 0x1F"},
    {"COPY (SELECT 1day) TO 'x'", "1:14: '1day' is not a number", "blank"},
    {"COPY (SELECT $) TO 'x'", "1:14: stray $", "$name"},
    {"COPY (SELECT ?) TO 'x'", "1:14: a parameter without a name", "--param"},
    {"SET TimeZone = $zone", "1:16: expected one zone's name as a string, found '$zone'", "SET"},
    {"SET threads = 4", "1:5: unknown setting 'threads'", "options of the command line"},
    {"SET TIME ZONE 'UTC'", "1:5: unknown setting 'TIME'", "SET TimeZone = "},
    {"SET TimeZone 'UTC'", "1:14: expected = after TimeZone", "SET TimeZone = "},
    {"CREATE TABLE t AS SELECT 1", "1:8: a job creates views only: expected VIEW, found 'TABLE'",
     "CREATE VIEW"},
    {"CREATE OR REPLACE VIEW t AS SELECT 1",
     "1:8: a job creates views only: expected VIEW, found 'OR'", "CREATE VIEW"},
    {"CREATE VIEW t(a) AS SELECT 1", "1:14: a view's list of columns", "Name the columns"},
    {"CREATE VIEW main.t AS SELECT 1", "1:17: expected AS after the view's name, found '.'",
     "CREATE VIEW"},
    {"CREATE VIEW v AS", "1:17: expected a query after AS, found the end of the statement",
     "CREATE VIEW"},
    {"COPY (SELECT 1) TO 'x';\n  DROP TABLE t", "2:3: DROP removes a definition", "Leave it out"},
    {"INSERT INTO t VALUES (1)", "1:1: INSERT writes to a table", "COPY (SELECT ...)"},
    {"ATTACH 'x.db'", "1:1: ATTACH opens a database", "--input name=PATH"},
    {"PRAGMA threads=1", "1:1: PRAGMA changes the engine", "command line"},
    {"INSTALL httpfs", "1:1: INSTALL fetches an extension", "no extensions"},
    {"LOAD httpfs", "1:1: LOAD loads an extension", "no extensions"},
    {"EXPORT DATABASE 'x'", "1:1: EXPORT writes files", "COPY (SELECT ...)"},
    {"PIVOT t ON a", "1:1: PIVOT is not supported", "FILTER"},
    {"FROB 'x'", "1:1: unknown statement 'FROB'", "A job holds COPY"},
    {"'a'", "1:1: unknown statement ''a''", "A job holds COPY"},
};

static void
check_refusal(const char *script, gsize length, const char *expected, const char *hint)
{
  g_autoptr(GPtrArray) statements = NULL;
  struct script_fault *fault = NULL;
  if (script_split(script, length, &statements, &fault))
    fail_msg("accepted: %s", script);
  struct text_position position = text_position_of(script, fault->at);
  g_autofree char *found =
      g_strdup_printf("%u:%u: %s", position.line, position.column, fault->message);
  assert_string_equal(found, expected);
  assert_true(fault->hint != NULL && strstr(fault->hint, hint) != NULL);
  script_fault_free(fault);
}

static void
refuses_with_place_and_hint(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
    check_refusal(refused[i].script, strlen(refused[i].script), refused[i].expected,
                  refused[i].hint);
}

static void
refuses_nul_and_length(void **state)
{
  (void)state;
  check_refusal("COPY (SELECT 1) TO 'x'\0", 23, "1:23: the script holds a NUL byte", "UTF-8");
  gsize length = ((gsize)1 << 20) + 1;
  g_autofree char *blanks = g_strnfill(length, ' ');
  check_refusal(blanks, length, "1:1: the script is longer than 1048576 bytes", "several jobs");
}

static void
bounds_nesting(void **state)
{
  (void)state;
  g_autofree char *deep = g_strnfill(100000, '(');
  g_autofree char *script = g_strconcat("COPY ", deep, NULL);
  check_refusal(script, strlen(script), "1:6: parenthesis is not closed", "Close");
  g_autofree char *comments = g_malloc0(2 * 65 + 1);
  for (gsize i = 0; i < 65; i++)
    memcpy(comments + 2 * i, "/*", 2);
  g_autoptr(GPtrArray) statements = NULL;
  struct script_fault *fault = NULL;
  assert_false(script_split(comments, strlen(comments), &statements, &fault));
  assert_string_equal(fault->message, "comments are nested more than 64 deep");
  script_fault_free(fault);
}

static void
gives_places(void **state)
{
  (void)state;
  static const char script[] = "-- x\nCOPY (SELECT $a) TO 'n' (FORMAT parquet)";
  g_autoptr(GPtrArray) statements = NULL;
  struct script_fault *fault = NULL;
  assert_true(script_split(script, strlen(script), &statements, &fault));
  const struct script_statement *copy = g_ptr_array_index(statements, 0);
  assert_int_equal(copy->at, 5);
  assert_int_equal(copy->name_at, strchr(script, '\'') - script);
  const struct script_parameter *parameter =
      &g_array_index(copy->parameters, struct script_parameter, 0);
  assert_int_equal(parameter->at, strchr(script, '$') - script);
  assert_int_equal(parameter->end, parameter->at + 2);
  const struct script_option *option = g_ptr_array_index(copy->options, 0);
  assert_int_equal(option->at, strstr(script, "FORMAT") - script);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cuts_as_duckdb_does),    cmocka_unit_test(refuses_with_place_and_hint),
      cmocka_unit_test(refuses_nul_and_length), cmocka_unit_test(bounds_nesting),
      cmocka_unit_test(gives_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
