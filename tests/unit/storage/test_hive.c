/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/hive.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* What DuckDB 1.5.5's COPY .. (PARTITION_BY (k)) wrote for these values of k. */
struct format_case {
  const char *text;
  const char *folder;
};

static const struct format_case written_by_duckdb[] = {
    {"", "k="},
    {NULL, "k=__HIVE_DEFAULT_PARTITION__"},
    {"\x01", "k=%01"},
    {"\t\n\r", "k=%09%0A%0D"},
    {" !\"#$%&'()*+,", "k=%20%21%22%23%24%25%26%27%28%29%2A%2B%2C"},
    {"-./", "k=-.%2F"},
    {"0123456789:;<=>?@", "k=0123456789%3A%3B%3C%3D%3E%3F%40"},
    {"ABCXYZ[\\]^_`", "k=ABCXYZ%5B%5C%5D%5E_%60"},
    {"abcxyz{|}~\x7f", "k=abcxyz%7B%7C%7D~%7F"},
    {"é", "k=%C3%A9"},
    {"日本", "k=%E6%97%A5%E6%9C%AC"},
    {"\U0001F600", "k=%F0%9F%98%80"},
    {"%41", "k=%2541"},
    {"%zz", "k=%25zz"},
    {"..", "k=.."},
    {" lead", "k=%20lead"},
    {"c:\\d", "k=c%3A%5Cd"},
};

static void
folders_are_written_as_duckdb_does(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(written_by_duckdb); i++) {
    g_autofree char *folder = hive_format("k", written_by_duckdb[i].text);
    assert_string_equal(folder, written_by_duckdb[i].folder);
  }
}

static void
names_are_written_as_spark_does(void **state)
{
  (void)state;
  g_autofree char *name = hive_format("a b=c/d%é\x01,", "x y");
  assert_string_equal(name, "a b%3Dc%2Fd%25é%01,=x%20y");
}

static void
a_column_is_found_as_its_folder_spells_it(void **state)
{
  (void)state;
  static const struct {
    const char *path, *name, *spelling;
  } cases[] = {
      {"k=1/a%3Db=2/x.parquet", "a=b", "a%3Db"},
      {"k=1/a%3Db=2/x.parquet", "k", "k"},
      {"a%20b=2/x", "a b", "a%20b"},
      {"a b=2/x", "a b", "a b"},
      {"k=1/x", "x", NULL},
      {"k=1", "k", NULL},
      {"plain/k=v=w/x", "k", "k"},
      {"", "k", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *spelling = hive_spelling(cases[i].path, cases[i].name);
    assert_int_equal(g_strcmp0(spelling, cases[i].spelling), 0);
  }
}

static void
texts_that_read_as_null_are_encoded(void **state)
{
  (void)state;
  static const struct format_case cases[] = {
      {HIVE_NULL, "k=%5F_HIVE_DEFAULT_PARTITION__"},
      {"NULL", "k=%4EULL"},
      {"nUll", "k=%6EUll"},
      {"NULLS", "k=NULLS"},
      {"__hive_default_partition__", "k=__hive_default_partition__"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *folder = hive_format("k", cases[i].text);
    assert_string_equal(folder, cases[i].folder);
  }
}

struct parse_case {
  const char *folder;
  const char *name; /* NULL: no partition folder */
  const char *text;
  bool invalid;
};

static const struct parse_case parsed[] = {
    {"year=2024", "year", "2024", false},
    {"k=", "k", "", false},
    {"k", NULL, NULL, false},
    {"=v", NULL, NULL, false},
    {"", NULL, NULL, false},
    {"k=%41", "k", "A", false},
    {"k=%2541", "k", "%41", false},
    {"k=%zz", "k", "%zz", false},
    {"k=%4", "k", "%4", false},
    {"k=%", "k", "%", false},
    {"k=%%41", "k", "%A", false},
    {"k=1%", "k", "1%", false},
    {"k=a+b", "k", "a+b", false},
    {"k=a%3db", "k", "a=b", false},
    {"k=a=b", "k", "a=b", false},
    {"k==", "k", "=", false},
    {"k=%C3%A9", "k", "é", false},
    {"k=é", "k", "é", false},
    {"k=__HIVE_DEFAULT_PARTITION__", "k", NULL, false},
    {"k=__hive_default_partition__", "k", "__hive_default_partition__", false},
    {"k=%5F_HIVE_DEFAULT_PARTITION__", "k", "__HIVE_DEFAULT_PARTITION__", false},
    {"k=null", "k", NULL, false},
    {"k=NULL", "k", NULL, false},
    {"k=%4E%55%4C%4C", "k", "NULL", false},
    {" k= x ", " k", " x ", false},
    {"a%20b=1", "a b", "1", false},
    {"k=%e9", "k", "%e9", true},
    {"k=%00", "k", "%00", true},
    {"%FF=x", "%FF", "x", true},
};

static void
folders_are_read_as_duckdb_does(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(parsed); i++) {
    const struct parse_case *row = &parsed[i];
    struct hive_value value = {0};
    bool is_partition = hive_parse(row->folder, strlen(row->folder), &value);
    assert_int_equal(is_partition, row->name != NULL);
    if (!is_partition)
      continue;
    assert_string_equal(value.name, row->name);
    assert_int_equal(value.invalid, row->invalid);
    if (row->text == NULL)
      assert_null(value.text);
    else
      assert_string_equal(value.text, row->text);
    hive_value_clear(&value);
  }
}

static void
only_the_length_given_is_read(void **state)
{
  (void)state;
  struct hive_value value = {0};
  assert_true(hive_parse("k=%41%42", 6, &value));
  assert_string_equal(value.text, "A%");
  hive_value_clear(&value);
  assert_false(hive_parse("key=1", 3, &value));
}

static void
every_byte_comes_back(void **state)
{
  (void)state;
  for (guint code = 1; code < 0x3000; code++) {
    char text[16] = "x";
    gint length = g_unichar_to_utf8(code, text + 1);
    text[1 + length] = '\0';
    g_autofree char *folder = hive_format(text, text + 1);
    assert_null(strchr(folder, '/'));
    struct hive_value value = {0};
    assert_true(hive_parse(folder, strlen(folder), &value));
    assert_false(value.invalid);
    assert_string_equal(value.name, text);
    assert_string_equal(value.text, text + 1);
    hive_value_clear(&value);
  }
}

struct type_case {
  const char *texts[4]; /* until the first "" */
  const char *type;
};

static void
columns_have_one_type(void **state)
{
  (void)state;
  static const struct type_case cases[] = {
      {{"1", "2", ""}, "INTEGER"},
      {{"01", "1", ""}, "INTEGER"},
      {{"-1", "+1", "00", ""}, "INTEGER"},
      {{"2147483647", "-2147483648", ""}, "INTEGER"},
      {{"2147483648", "1", ""}, "BIGINT"},
      {{"-9223372036854775808", "9223372036854775807", ""}, "BIGINT"},
      {{"9223372036854775808", ""}, "VARCHAR"},
      {{"1", NULL, ""}, "INTEGER"},
      {{NULL, NULL, ""}, "VARCHAR"},
      {{""}, "VARCHAR"},
      {{"1", "a", ""}, "VARCHAR"},
      {{"+-1", ""}, "VARCHAR"},
      {{"-", ""}, "VARCHAR"},
      {{" 1", ""}, "VARCHAR"},
      {{"1.0", ""}, "VARCHAR"},
      {{"0x10", ""}, "VARCHAR"},
      {{"2024-02-29", "2023-12-31", NULL, ""}, "DATE"},
      {{"2024-02-30", ""}, "VARCHAR"},
      {{"2023-02-29", ""}, "VARCHAR"},
      {{"2024-1-2", ""}, "VARCHAR"},
      {{"0000-01-01", ""}, "VARCHAR"},
      {{"2024-01-01", "1", ""}, "VARCHAR"},
      {{"20240101", ""}, "INTEGER"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    gsize count = 0;
    while (cases[i].texts[count] == NULL || *cases[i].texts[count] != '\0')
      count++;
    assert_string_equal(hive_common_type(cases[i].texts, count), cases[i].type);
  }
  const char *const empty[] = {"1", ""};
  assert_string_equal(hive_common_type(empty, 2), "VARCHAR");
}

static void
values_have_one_spelling(void **state)
{
  (void)state;
  static const char *const cases[][3] = {
      {"INTEGER", "01", "1"},
      {"INTEGER", "-0", "0"},
      {"INTEGER", "+7", "7"},
      {"BIGINT", "000", "0"},
      {"BIGINT", "-012", "-12"},
      {"VARCHAR", "01", "01"},
      {"DATE", "2024-01-01", "2024-01-01"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *text = hive_canonical(cases[i][0], cases[i][1]);
    assert_string_equal(text, cases[i][2]);
  }
  assert_null(hive_canonical("INTEGER", NULL));
}

static void
values_are_ordered(void **state)
{
  (void)state;
  assert_true(hive_compare("INTEGER", "9", "10") < 0);
  assert_true(hive_compare("INTEGER", "-9", "-10") > 0);
  assert_true(hive_compare("VARCHAR", "9", "10") > 0);
  assert_true(hive_compare("BIGINT", "9223372036854775807", "-9223372036854775808") > 0);
  assert_true(hive_compare("INTEGER", NULL, "1") > 0);
  assert_true(hive_compare("INTEGER", "1", NULL) < 0);
  assert_int_equal(hive_compare("VARCHAR", NULL, NULL), 0);
  assert_int_equal(hive_compare("INTEGER", "1", "1"), 0);
  assert_true(hive_compare("VARCHAR", "z", "é") < 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(folders_are_written_as_duckdb_does),
      cmocka_unit_test(names_are_written_as_spark_does),
      cmocka_unit_test(a_column_is_found_as_its_folder_spells_it),
      cmocka_unit_test(texts_that_read_as_null_are_encoded),
      cmocka_unit_test(folders_are_read_as_duckdb_does),
      cmocka_unit_test(only_the_length_given_is_read),
      cmocka_unit_test(every_byte_comes_back),
      cmocka_unit_test(columns_have_one_type),
      cmocka_unit_test(values_have_one_spelling),
      cmocka_unit_test(values_are_ordered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
