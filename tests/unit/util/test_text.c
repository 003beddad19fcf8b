/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include "util/text.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct size_case {
  const char *text;
  guint64 total;
  guint64 expected; /* 0: refused */
};

static const struct size_case size_cases[] = {
    {"1", 0, 1},
    {"1000000", 0, 1000000},
    {"512MB", 0, 512000000},
    {"512mb", 0, 512000000},
    {"4 GiB", 0, 4ull << 30},
    {"1.5GB", 0, 1500000000},
    {"0.5KiB", 0, 512},
    {"7B", 0, 7},
    {"3TiB", 0, 3ull << 40},
    {"80%", 1000, 800},
    {"100%", 12345, 12345},
    {"12.5 %", 1000, 125},
    {"18446744073709551615", 0, G_MAXUINT64},
    {"18446744073709551616", 0, 0},
    {"18446744073709551615kB", 0, 0},
    {"99999999999999999999999999", 0, 0},
    {"16777216TiB", 0, 0},
    {"0", 0, 0},
    {"0MB", 0, 0},
    {"0%", 1000, 0},
    {"101%", 1000, 0},
    {"100.1%", 1000, 0},
    {"80%", 0, 0},
    {"", 0, 0},
    {" 1", 0, 0},
    {"-1", 0, 0},
    {"+1", 0, 0},
    {".5GB", 0, 0},
    {"1.", 0, 0},
    {"1.2.3", 0, 0},
    {"1e9", 0, 0},
    {"0x10", 0, 0},
    {"4g", 0, 0},
    {"4 G B", 0, 0},
    {"GB", 0, 0},
    {"1GBx", 0, 0},
    {"\xff", 0, 0},
    {"nan", 0, 0},
};

static void
sizes_are_read(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(size_cases); i++) {
    const struct size_case *c = &size_cases[i];
    g_autoptr(GError) error = NULL;
    guint64 bytes = 42;
    bool read = text_parse_size(c->text, c->total, &bytes, &error);
    if (read != (c->expected != 0) || (read && bytes != c->expected))
      fail_msg("size '%s': read %d, %" G_GUINT64_FORMAT, c->text, read, bytes);
    if (!read) {
      assert_true(error_is(error, ERROR_USAGE));
      assert_int_equal(bytes, 42);
    }
  }
}

static void
refused_size_says_why(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  guint64 bytes;
  assert_false(text_parse_size("4g", 0, &bytes, &error));
  assert_string_equal(error->message,
                      "'4g' is not a size: unknown unit\nHINT: Write 512MB, 4GiB or 80%; kB, MB, "
                      "GB, TB are powers of 1000, KiB, MiB, GiB, TiB powers of 1024.");
}

struct duration_case {
  const char *text;
  gint64 expected; /* -1: refused */
};

static const struct duration_case duration_cases[] = {
    {"90s", 90000},
    {"30m", 1800000},
    {"12h", 43200000},
    {"7d", 604800000},
    {"2w", 1209600000},
    {"1.5h", 5400000},
    {"0s", 0},
    {"7 D", 604800000},
    {"36525d", 36525ll * 86400000},
    {"36526d", -1},
    {"7", -1},
    {"", -1},
    {"d", -1},
    {"-7d", -1},
    {"7days", -1},
    {"7d12h", -1},
    {"99999999999999w", -1},
    {"18446744073709551615s", -1},
    {"7ms", -1},
    {"7y", -1},
};

static void
durations_are_read(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(duration_cases); i++) {
    const struct duration_case *c = &duration_cases[i];
    g_autoptr(GError) error = NULL;
    gint64 ms = -1;
    bool read = text_parse_duration(c->text, &ms, &error);
    if (read != (c->expected >= 0) || ms != c->expected)
      fail_msg("duration '%s': read %d, %" G_GINT64_FORMAT, c->text, read, ms);
    assert_true(read || error_is(error, ERROR_USAGE));
  }
}

struct count_case {
  const char *text;
  guint64 lowest;
  guint64 highest;
  bool good;
  guint64 expected;
};

static const struct count_case count_cases[] = {
    {"1", 1, 10, true, 1},
    {"10", 1, 10, true, 10},
    {"007", 1, 10, true, 7},
    {"0", 1, 10, false, 0},
    {"11", 1, 10, false, 0},
    {"18446744073709551615", 0, G_MAXUINT64, true, G_MAXUINT64},
    {"18446744073709551616", 0, G_MAXUINT64, false, 0},
    {"", 0, 10, false, 0},
    {"-1", 0, 10, false, 0},
    {"+1", 0, 10, false, 0},
    {" 1", 0, 10, false, 0},
    {"1 ", 0, 10, false, 0},
    {"1.0", 0, 10, false, 0},
    {"1e1", 0, 10, false, 0},
    {"0x1", 0, 10, false, 0},
    {"1,000", 0, 10000, false, 0},
    {"\xd9\xa1", 0, 10, false, 0}, /* ARABIC-INDIC DIGIT ONE */
};

static void
counts_are_read(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(count_cases); i++) {
    const struct count_case *c = &count_cases[i];
    g_autoptr(GError) error = NULL;
    guint64 count = 0;
    bool read = text_parse_count(c->text, c->lowest, c->highest, &count, &error);
    if (read != c->good || (read && count != c->expected))
      fail_msg("count '%s': read %d, %" G_GUINT64_FORMAT, c->text, read, count);
    assert_true(read || error_is(error, ERROR_USAGE));
  }
}

static void
expect(char *actual, const char *expected)
{
  assert_string_equal(actual, expected);
  g_free(actual);
}

static void
quantities_are_printed(void **state)
{
  (void)state;
  expect(text_bytes(0), "0 B");
  expect(text_bytes(999), "999 B");
  expect(text_bytes(1000), "1.0 kB");
  expect(text_bytes(9949), "9.9 kB");
  expect(text_bytes(9951), "10 kB");
  expect(text_bytes(999499), "999 kB");
  expect(text_bytes(999500), "1.0 MB");
  expect(text_bytes(371000000), "371 MB");
  expect(text_bytes(1200000000), "1.2 GB");
  expect(text_bytes(G_MAXUINT64), "18 EB");
  expect(text_count(0), "0");
  expect(text_count(999), "999");
  expect(text_count(1000), "1,000");
  expect(text_count(14571605), "14,571,605");
  expect(text_count(G_MAXUINT64), "18,446,744,073,709,551,615");
  expect(text_seconds(0.24), "0.24 s");
  expect(text_seconds(-1), "0.00 s");
  expect(text_seconds((double)NAN), "0.00 s");
  expect(text_seconds(0.996), "1.0 s");
  expect(text_seconds(3.14), "3.1 s");
  expect(text_seconds(59.96), "1 min 00 s");
  expect(text_seconds(125), "2 min 05 s");
  expect(text_seconds(3599.6), "1 h 00 min");
  expect(text_seconds(3720), "1 h 02 min");
  expect(text_utc(1795575671000), "2026-11-25T03:01:11Z");
  expect(text_utc(-1), "1969-12-31T23:59:59Z");
}

static void
sql_is_quoted(void **state)
{
  (void)state;
  expect(text_sql_string("it's"), "'it''s'");
  expect(text_sql_string(""), "''");
  expect(text_sql_string("\\'\""), "'\\''\"'");
  expect(text_sql_file("/a b/it's.parquet"), "'/a b/it''s.parquet'");
  expect(text_sql_file("/[a]/*?{b}.parquet"), "'/[[]a]/[*][?]{b}.parquet'");
  expect(text_sql_name("a\"b"), "\"a\"\"b\"");
  expect(text_sql_name("it's"), "\"it's\"");
}

struct position_case {
  const char *text;
  gsize offset;
  guint line;
  guint column;
};

static const struct position_case position_cases[] = {
    {"", 0, 1, 1},
    {"", 9, 1, 1},
    {"abc", 0, 1, 1},
    {"abc", 2, 1, 3},
    {"abc", 99, 1, 4},
    {"a\nb", 1, 1, 2},
    {"a\nb", 2, 2, 1},
    {"\n\n\n", 3, 4, 1},
    {"\xed\x95\x9c\xea\xb8\x80x", 6, 1, 3}, /* two Hangul letters */
    {"\xed\x95\x9c\n\xea\xb8\x80x", 7, 2, 2},
    {"\x80\x80\x80", 3, 1, 1}, /* no UTF-8: counts nothing, reads nothing beyond */
};

static void
positions_are_found(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(position_cases); i++) {
    const struct position_case *c = &position_cases[i];
    struct text_position position = text_position_of(c->text, c->offset);
    if (position.line != c->line || position.column != c->column)
      fail_msg("case %zu: %u:%u", i, position.line, position.column);
  }
}

static void
long_texts_are_cut_between_letters(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    gsize bytes;
    const char *shown;
  } cases[] = {{"", 0, ""},
               {"a", 0, "..."},
               {"abc", 3, "abc"},
               {"abcd", 3, "abc..."},
               {"a\303\251", 3, "a\303\251"},
               {"a\303\251x", 2, "a..."},
               {"\360\237\224\245", 3, "..."},
               {"\200\200", 1, "..."}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *shown = text_shorten(cases[i].text, cases[i].bytes);
    assert_string_equal(shown, cases[i].shown);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sizes_are_read),
      cmocka_unit_test(refused_size_says_why),
      cmocka_unit_test(durations_are_read),
      cmocka_unit_test(counts_are_read),
      cmocka_unit_test(quantities_are_printed),
      cmocka_unit_test(sql_is_quoted),
      cmocka_unit_test(long_texts_are_cut_between_letters),
      cmocka_unit_test(positions_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
