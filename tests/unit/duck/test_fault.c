/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck_kit.h"
#include "duck/fault.h"
#include "util/interrupt.h"
#include <signal.h>
#include <string.h>

struct fault_case {
  const char *error; /* as DuckDB gives it */
  const char *text;  /* the SQL */
  enum duck_fault_kind kind;
  gssize at;
  const char *name;
  const char *candidates; /* joined by '|' */
  const char *message;
};

#define JSON(type, message, more)                                                                  \
  "{\"exception_type\":\"" type "\",\"exception_message\":\"" message "\"" more "}"

#define THIRTY_THREE "thirty-three bytes of one value, "
#define NINETY_NINE  THIRTY_THREE THIRTY_THREE THIRTY_THREE

static const struct fault_case cases[] = {
    /* positions: syntax errors count characters, all others bytes */
    {"Parser Error: " JSON("Parser", "syntax error at or near \\\"b\\\"", ",\"position\":\"12\""),
     "SELECT 'Ü' b c", DUCK_FAULT_SYNTAX, 13, NULL, NULL, "syntax error at or near 'b'"},
    {JSON("Binder", "oops", ",\"position\":\"12\""), "SELECT 'Ü' b c", DUCK_FAULT_BIND, 12, NULL,
     NULL, "oops"},
    {JSON("Parser", "x", ",\"position\":\"15\""), "SELECT 'Ü' b c", DUCK_FAULT_SYNTAX, -1, NULL,
     NULL, "x"},
    {JSON("Parser", "x", ",\"position\":\"14\""), "SELECT 'Ü' b c", DUCK_FAULT_SYNTAX, 15, NULL,
     NULL, "x"},
    {JSON("Parser", "x", ",\"position\":\"3\""), NULL, DUCK_FAULT_SYNTAX, -1, NULL, NULL, "x"},
    {JSON("Parser", "x", ",\"position\":\"3\""), "a\xff\xff\xff", DUCK_FAULT_SYNTAX, -1, NULL, NULL,
     "x"},
    {JSON("Binder", "x", ",\"position\":\"99\""), "SELECT", DUCK_FAULT_BIND, -1, NULL, NULL, "x"},
    {JSON("Binder", "x", ",\"position\":\"-1\""), "SELECT", DUCK_FAULT_BIND, -1, NULL, NULL, "x"},
    {JSON("Binder", "x", ",\"position\":\"18446744073709551615\""), "SELECT", DUCK_FAULT_BIND, -1,
     NULL, NULL, "x"},
    /* names and candidates */
    {JSON("Binder",
          "Referenced column \\\"nosuch\\\" not found in FROM clause!\\nCandidate bindings: "
          "\\\"a,b\\\", "
          "\\\"c\\\"\\\"d\\\"",
          ",\"candidates\":\"a,b,c\\\"d\",\"position\":\"7\",\"error_subtype\":\"COLUMN_NOT_"
          "FOUND\",\"name\":\"nosuch\""),
     "SELECT nosuch FROM t", DUCK_FAULT_COLUMN, 7, "nosuch", "a,b|c\"d",
     "referenced column 'nosuch' not found in FROM clause"},
    {JSON("Binder", "Values list \\\"t\\\" does not have a column named \\\"x\\\"",
          ",\"position\":\"7\""),
     "SELECT t.x FROM t", DUCK_FAULT_COLUMN, 7, "x", NULL,
     "values list 't' does not have a column named 'x'"},
    {JSON("Catalog", "Table with name evnts does not exist!\\nDid you mean \\\"events\\\"?",
          ",\"candidates\":\"events\",\"type\":\"Table\",\"name\":\"evnts\""),
     NULL, DUCK_FAULT_TABLE, -1, "evnts", "events", "table with name evnts does not exist"},
    {JSON("Catalog", "Scalar Function with name nosuchf does not exist!",
          ",\"type\":\"Scalar Function\",\"name\":\"nosuchf\""),
     NULL, DUCK_FAULT_FUNCTION, -1, "nosuchf", NULL,
     "scalar Function with name nosuchf does not exist"},
    {JSON("Binder",
          "No function matches 'sum(VARCHAR)'. You might.\\n\\tCandidate "
          "functions:\\n\\tsum(DECIMAL(1,2)) "
          "-> DECIMAL\\n\\tsum(DOUBLE) -> DOUBLE\\n",
          ",\"error_subtype\":\"NO_MATCHING_FUNCTION\",\"name\":\"sum\""),
     NULL, DUCK_FAULT_FUNCTION, -1, "sum", "sum(DECIMAL(1,2)) -> DECIMAL|sum(DOUBLE) -> DOUBLE",
     "no function matches 'sum(VARCHAR)'. You might"},
    {JSON("Catalog", "Setting with name \\\"x\\\" is not there", ",\"type\":\"Setting\""), NULL,
     DUCK_FAULT_BIND, -1, NULL, NULL, "setting with name 'x' is not there"},
    /* wording */
    {JSON("Binder", "GROUP BY clause cannot contain aggregates!", ""), NULL, DUCK_FAULT_BIND, -1,
     NULL, NULL, "GROUP BY clause cannot contain aggregates"},
    {JSON("Conversion", "Could not convert string 'abc' to INT32", ""), NULL, DUCK_FAULT_DATA, -1,
     NULL, NULL, "could not convert string 'abc' to INTEGER"},
    {JSON("Conversion", "Could not convert string 'it''s INT32, UINT8' to UINT8", ""), NULL,
     DUCK_FAULT_DATA, -1, NULL, NULL, "could not convert string 'it''s INT32, UINT8' to UTINYINT"},
    {JSON("Conversion",
          "Type INT128 with value 1 can't be cast because the value is out of range for the "
          "destination type INT64 when casting from source column INT8S",
          ""),
     NULL, DUCK_FAULT_DATA, -1, NULL, NULL,
     "type HUGEINT with value 1 can't be cast because the value is out of range for the "
     "destination type BIGINT when casting from source column INT8S"},
    {JSON("Conversion",
          "Type VARCHAR with value 'BOOL' can't be cast to the destination type INT8[2]", ""),
     NULL, DUCK_FAULT_DATA, -1, NULL, NULL,
     "type VARCHAR with value 'BOOL' can't be cast to the destination type TINYINT[2]"},
    {JSON("Conversion", "Could not convert string 'a\\nb' to INT8' to INT32", ""), NULL,
     DUCK_FAULT_DATA, -1, NULL, NULL, "could not convert string 'a b' to INT8' to INTEGER"},
    {JSON("Conversion", "Could not convert string '" NINETY_NINE "\303\251 and more' to BOOL", ""),
     NULL, DUCK_FAULT_DATA, -1, NULL, NULL,
     "could not convert string '" NINETY_NINE "...' to BOOLEAN"},
    {JSON("Conversion", "Could not convert string '" NINETY_NINE "x' to BOOL", ""), NULL,
     DUCK_FAULT_DATA, -1, NULL, NULL, "could not convert string '" NINETY_NINE "x' to BOOLEAN"},
    {JSON("Not implemented", "Unknown TimeZone 'Foo/Bar'", ""), NULL, DUCK_FAULT_DATA, -1, NULL,
     NULL, "unknown TimeZone 'Foo/Bar'"},
    {JSON("Out of Range", "Overflow in multiplication of INT16 (2 * 3)!", ""), NULL,
     DUCK_FAULT_DATA, -1, NULL, NULL, "overflow in multiplication of SMALLINT (2 * 3)"},
    {JSON("Invalid Input", "it says \\\"it's\\\" and \\\"so\\\"", ""), NULL, DUCK_FAULT_DATA, -1,
     NULL, NULL, "it says \"it's\" and 'so'"},
    {JSON("Invalid Input", "DuckDB is here.", ""), NULL, DUCK_FAULT_DATA, -1, NULL, NULL,
     "DuckDB is here"},
    {JSON("Invalid Input", "A file is bad", ""), NULL, DUCK_FAULT_DATA, -1, NULL, NULL,
     "a file is bad"},
    {JSON("Invalid Input", "User_id is bad", ""), NULL, DUCK_FAULT_DATA, -1, NULL, NULL,
     "User_id is bad"},
    {JSON("Invalid Input", "\\n\\n  Two\\u0007 bells\\nLINE 1: x\\n  ^", ""), NULL, DUCK_FAULT_DATA,
     -1, NULL, NULL, "two  bells"},
    {JSON("Invalid Input", "", ""), NULL, DUCK_FAULT_DATA, -1, NULL, NULL,
     "DuckDB gives no reason"},
    {JSON("Parser", "Limit of 9 exceeded. Use \\\"SET max_depth TO x\\\" to raise it.", ""), NULL,
     DUCK_FAULT_SYNTAX, -1, NULL, NULL, "limit of 9 exceeded"},
    {JSON("Parser", "Bad word. Use another one.", ""), NULL, DUCK_FAULT_SYNTAX, -1, NULL, NULL,
     "bad word. Use another one"},
    /* kinds */
    {JSON("Out of Memory", "could not allocate block\\nPossible solutions:\\n* more", ""), NULL,
     DUCK_FAULT_LIMIT, -1, NULL, NULL, "could not allocate block"},
    {JSON("IO", "No files found that match the pattern \\\"/a.parquet\\\"", ""), NULL,
     DUCK_FAULT_RUN, -1, NULL, NULL, "no such file: '/a.parquet'"},
    {JSON("IO", "Could not write: No space left", ",\"errno\":\"28\""), NULL, DUCK_FAULT_LIMIT, -1,
     NULL, NULL, "could not write: No space left"},
    {JSON("IO", "Cannot open file \\\"/x\\\": Permission denied", ",\"errno\":\"13\""), NULL,
     DUCK_FAULT_ACCESS, -1, NULL, NULL, "cannot open file '/x': Permission denied"},
    {JSON("IO", "Cannot open file \\\"/x\\\": No such file", ",\"errno\":\"2\""), NULL,
     DUCK_FAULT_RUN, -1, NULL, NULL, "cannot open file '/x': No such file"},
    {"INTERRUPT Error: Interrupted!", NULL, DUCK_FAULT_STOPPED, -1, NULL, NULL, "interrupted"},
    {JSON("INTERRUPT", "Interrupted!", ""), NULL, DUCK_FAULT_STOPPED, -1, NULL, NULL,
     "interrupted"},
    {JSON("Invalid", "Out of buffer", ""), NULL, DUCK_FAULT_DAMAGED, -1, NULL, NULL,
     "damaged data: out of buffer"},
    {JSON("Invalid Input", "Failed to read file \\\"a.parquet\\\": Snappy decompression failure",
          ""),
     NULL, DUCK_FAULT_DAMAGED, -1, NULL, NULL,
     "damaged data: failed to read file 'a.parquet': Snappy decompression failure"},
    {JSON("Invalid Input", "Failed to read file \\\"a.parquet\\\": Unsupported page encoding", ""),
     NULL, DUCK_FAULT_DAMAGED, -1, NULL, NULL,
     "not supported: failed to read file 'a.parquet': Unsupported page encoding"},
    {JSON("Invalid", "RLE encoding is only supported for boolean data", ""), NULL,
     DUCK_FAULT_DAMAGED, -1, NULL, NULL,
     "not supported: RLE encoding is only supported for boolean data"},
    /* texts that are not the expected JSON */
    {"Catalog Error: Table with name x does not exist!\nDid you mean \"y\"?\n\nLINE 1: SELECT * "
     "FROM x\n        ^",
     NULL, DUCK_FAULT_BIND, -1, NULL, "y", "table with name x does not exist"},
    {"INTERNAL Error: Attempted to access index 3\n\nStack Trace:\n\n0  duckdb::Exception", NULL,
     DUCK_FAULT_RUN, -1, NULL, NULL, "DuckDB failed inside: attempted to access index 3"},
    {JSON("INTERNAL", "Attempted to dereference\\nThis error signals an assertion failure",
          ",\"stack_trace\":\"0 x\""),
     NULL, DUCK_FAULT_RUN, -1, NULL, NULL, "DuckDB failed inside: attempted to dereference"},
    {JSON("Invalid",
          "Wrapped: {\\\"exception_type\\\":\\\"Parser\\\",\\\"exception_message\\\":\\\"Deep "
          "one\\\"}",
          ""),
     NULL, DUCK_FAULT_SYNTAX, -1, NULL, NULL, "deep one"},
    {"{\"exception_type\":\"Parser\"", NULL, DUCK_FAULT_RUN, -1, NULL, NULL,
     "{'exception_type':'Parser'"},
    {"{", NULL, DUCK_FAULT_RUN, -1, NULL, NULL, "{"},
    {"", NULL, DUCK_FAULT_RUN, -1, NULL, NULL, "DuckDB gives no reason"},
    {NULL, NULL, DUCK_FAULT_RUN, -1, NULL, NULL, "DuckDB gives no reason"},
};

static void
test_cases(void **state UNUSED)
{
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    AUTO(duck_fault_free)
    struct duck_fault *fault = duck_fault_parse(cases[i].error, cases[i].text);
    g_autofree char *candidates =
        fault->candidates == NULL ? NULL : g_strjoinv("|", fault->candidates);
    if (fault->kind != cases[i].kind || fault->at != cases[i].at ||
        g_strcmp0(fault->name, cases[i].name) != 0 ||
        g_strcmp0(candidates, cases[i].candidates) != 0 ||
        g_strcmp0(fault->message, cases[i].message) != 0)
      fail_msg("%s\n -> kind %d at %zd name %s candidates %s: '%s'", cases[i].error,
               (int)fault->kind, fault->at, fault->name, candidates, fault->message);
  }
}

/* Whatever bytes come, a fault with a line of valid UTF-8 comes out. */
static void
test_hostile(void **state UNUSED)
{
  static const char seed[] =
      "Parser Error: {\"exception_type\":\"Binder\",\"exception_message\":\"Candidate bindings: "
      "\\\"a\\\", \\\"b\",\"position\":\"7\",\"name\":\"\\ud83d\"}\xff\n\tCandidate "
      "functions:\n\t(";
  g_autoptr(GRand) rand = g_rand_new_with_seed(7);
  for (guint round = 0; round < 20000; round++) {
    char text[sizeof seed];
    memcpy(text, seed, sizeof seed);
    for (guint k = 0; k < 1 + round % 5; k++)
      text[g_rand_int_range(rand, 0, sizeof seed - 1)] = (char)g_rand_int_range(rand, 0, 256);
    text[g_rand_int_range(rand, 1, sizeof seed)] = '\0';
    AUTO(duck_fault_free) struct duck_fault *fault = duck_fault_parse(text, text);
    assert_true(g_utf8_validate(fault->message, -1, NULL));
    assert_null(strpbrk(fault->message, "\n\r\t"));
    assert_true(*fault->message != '\0');
    assert_true(fault->at >= -1 && fault->at <= (gssize)strlen(text));
  }
}

static void
test_long_message(void **state UNUSED)
{
  g_autofree char *filler = g_strnfill(100000, 'x');
  g_autofree char *text = g_strdup_printf("Conversion Error: Could not convert %s", filler);
  AUTO(duck_fault_free) struct duck_fault *fault = duck_fault_parse(text, NULL);
  assert_true(strlen(fault->message) <= 2000);
  assert_true(g_str_has_prefix(fault->message, "could not convert xxx"));
}

static void
check_raised(const char *text, enum error_kind kind, const char *message)
{
  g_autoptr(GError) error = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = duck_fault_parse(text, NULL);
  assert_false(duck_fault_raise(fault, &error));
  assert_true(error_is(error, kind));
  assert_string_equal(error->message, message);
}

static void
test_raise(void **state UNUSED)
{
  check_raised("Out of Memory Error: no room", ERROR_LIMIT, "no room");
  check_raised("Permission Error: Not allowed", ERROR_ACCESS, "not allowed");
  check_raised("Conversion Error: Bad", ERROR_DATA, "bad");
  check_raised("Bad", ERROR_FAILED, "bad");
  check_raised("INTERRUPT Error: Interrupted!", ERROR_INTERRUPTED, "stopped");
  check_raised(JSON("Binder",
                    "No \\\"valeu\\\" here\\nCandidate bindings: \\\"user\\\", \\\"value\\\"",
                    ",\"name\":\"valeu\""),
               ERROR_FAILED, "no 'valeu' here\nHINT: Did you mean 'value'?");
  interrupt_pretend(SIGTERM);
  check_raised("INTERRUPT Error: Interrupted!", ERROR_TERMINATED,
               "terminated: nothing was published");
  interrupt_pretend(0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cases),
      cmocka_unit_test(test_hostile),
      cmocka_unit_test(test_long_message),
      cmocka_unit_test(test_raise),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
