/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"
#include "report/width.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
expect(char *actual, const char *expected)
{
  assert_string_equal(actual, expected);
  g_free(actual);
}

static struct table *
two_columns(void)
{
  struct table *table = table_new();
  table_column(table, "output", TABLE_LEFT);
  table_column(table, "rows", TABLE_RIGHT);
  return table;
}

static void
numbers_stand_at_the_right(void **state)
{
  (void)state;
  AUTO(table_free) struct table *table = two_columns();
  table_row(table);
  table_cell(table, "daily-activity");
  table_cell(table, "14,571,605");
  table_row(table);
  table_cell(table, "cube");
  table_cell_format(table, "%d", 7);
  expect(table_text(table, false), "output                rows\n"
                                   "daily-activity  14,571,605\n"
                                   "cube                     7\n");
}

static void
headings_are_bold_in_colour(void **state)
{
  (void)state;
  AUTO(table_free) struct table *table = two_columns();
  expect(table_text(table, true), "\033[1moutput  rows\033[0m\n");
}

static void
wide_letters_take_two_columns(void **state)
{
  (void)state;
  AUTO(table_free) struct table *table = two_columns();
  table_row(table);
  table_cell(table, "한글");
  table_cell(table, "1");
  table_row(table);
  table_cell(table, "e\xcc\x81"); /* e and a combining accent: one column */
  table_cell(table, "2");
  expect(table_text(table, false), "output  rows\n"
                                   "한글       1\n"
                                   "e\xcc\x81          2\n");
}

static void
missing_and_surplus_cells_do_no_harm(void **state)
{
  (void)state;
  AUTO(table_free) struct table *table = two_columns();
  table_row(table);
  table_row(table);
  table_cell(table, "a");
  table_row(table);
  table_cell(table, NULL);
  table_cell(table, "1");
  table_cell(table, "surplus");
  expect(table_text(table, false), "output  rows\n\na\n           1\n");
}

static void
without_headings_there_is_no_first_line(void **state)
{
  (void)state;
  AUTO(table_free) struct table *table = table_new();
  table_column(table, "", TABLE_LEFT);
  table_column(table, "", TABLE_LEFT);
  table_cell(table, "rows");
  table_cell(table, "5");
  expect(table_text(table, true), "rows  5\n");
}

static void
cells_cannot_break_the_table(void **state)
{
  (void)state;
  AUTO(table_free) struct table *table = two_columns();
  table_row(table);
  table_cell(table, "a\nb\t\033[31m\x7f\xff");
  table_cell(table, "1");
  expect(table_text(table, false), "output               rows\n"
                                   "a\\nb\\t\\x1b[31m\\x7f\xef\xbf\xbd     1\n");
}

static void
text_is_cut_by_columns(void **state)
{
  (void)state;
  expect(width_cut("abcdef", 6), "abcdef");
  expect(width_cut("abcdef", 5), "abcd…");
  expect(width_cut("한글", 3), "한…");
  expect(width_cut("한글", 2), "…");
  expect(width_cut("abc", 1), "…");
  expect(width_cut("abc", 0), "");
  expect(width_cut("", 0), "");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_stand_at_the_right),
      cmocka_unit_test(headings_are_bold_in_colour),
      cmocka_unit_test(wide_letters_take_two_columns),
      cmocka_unit_test(missing_and_surplus_cells_do_no_harm),
      cmocka_unit_test(without_headings_there_is_no_first_line),
      cmocka_unit_test(cells_cannot_break_the_table),
      cmocka_unit_test(text_is_cut_by_columns),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
