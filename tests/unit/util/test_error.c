/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include <errno.h>
#include <gio/gio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
message_grows_outwards(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  assert_false(error_set(&error, ERROR_INPUT, "no file '%s'", "x"));
  assert_false(error_prefix(&error, "job '%s': ", "j"));
  assert_false(error_hint(&error, "Give %d.", 1));
  assert_false(error_hint(&error, "Or none."));
  assert_string_equal(error->message, "job 'j': no file 'x'\nHINT: Give 1.\nHINT: Or none.");
  assert_true(error_is(error, ERROR_INPUT));
  assert_false(error_is(error, ERROR_SCRIPT));
}

static void
signals_have_no_place(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  error_set(&error, ERROR_TERMINATED, "terminated: nothing was published");
  assert_false(error_prefix(&error, "output 'x': "));
  assert_string_equal(error->message, "terminated: nothing was published");
}

static void
no_place_for_the_error_is_fine(void **state)
{
  (void)state;
  g_autoptr(GError) none = NULL;
  assert_false(error_set(NULL, ERROR_INPUT, "x"));
  assert_false(error_prefix(&none, "x"));
  assert_false(error_hint(NULL, "x"));
  assert_false(error_adopt(&none, ERROR_INPUT));
  assert_null(none);
}

struct errno_case {
  int number;
  enum error_kind kind;
  const char *message;
};

static const struct errno_case errno_cases[] = {
    {ENOENT, ERROR_INPUT, "cannot read 'x': no such file or directory"},
    {EACCES, ERROR_ACCESS, "cannot read 'x': permission denied"},
    {EPERM, ERROR_ACCESS, "cannot read 'x': operation not permitted"},
    {EROFS, ERROR_ACCESS, "cannot read 'x': read-only file system"},
    {ENOSPC, ERROR_LIMIT, "cannot read 'x': no space left on device"},
};

static void
errno_chooses_the_kind(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(errno_cases); i++) {
    g_autoptr(GError) error = NULL;
    assert_false(
        error_set_errno(&error, ERROR_INPUT, errno_cases[i].number, "cannot read '%s'", "x"));
    assert_string_equal(error->message, errno_cases[i].message);
    assert_true(error_is(error, errno_cases[i].kind));
  }
}

static void
foreign_errors_are_adopted(void **state)
{
  (void)state;
  g_autoptr(GError) denied = g_error_new(G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "no");
  assert_int_equal(error_row(denied)->exit_code, 1);
  assert_false(error_adopt(&denied, ERROR_INPUT));
  assert_true(error_is(denied, ERROR_ACCESS));
  g_autoptr(GError) other = g_error_new(G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no");
  assert_false(error_adopt(&other, ERROR_OUTPUT));
  assert_true(error_is(other, ERROR_OUTPUT));
  assert_false(error_adopt(&other, ERROR_INPUT)); /* ours already */
  assert_true(error_is(other, ERROR_OUTPUT));
}

static void
rights_and_full_disks_have_a_next_step(void **state)
{
  (void)state;
  static const struct {
    enum error_kind kind;
    const char *message;
    const char *hint;
  } cases[] = {
      {ERROR_ACCESS, "cannot read 'x': permission denied",
       "\nHINT: Run it as a user who has the right, or give another path."},
      {ERROR_ACCESS, "no\nHINT: Do this.", ""},
      {ERROR_LIMIT, "could not write 'x': No space left on device",
       "\nHINT: Free space on that disk, or use another one."},
      {ERROR_LIMIT, "cannot write 'x': disk quota exceeded",
       "\nHINT: Free space on that disk, or use another one."},
      {ERROR_LIMIT, "out of memory", ""},
      {ERROR_FAILED, "no space left on device", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    GError *error = NULL;
    error_set(&error, cases[i].kind, "%s", cases[i].message);
    assert_false(error_advise(&error));
    g_autofree char *wanted = g_strconcat(cases[i].message, cases[i].hint, NULL);
    assert_string_equal(error->message, wanted);
    g_error_free(error);
  }
  assert_false(error_advise(NULL));
}

static void
every_kind_has_its_exit_code(void **state)
{
  (void)state;
  static const int codes[] = {1, 1, 2, 2, 2, 2, 4, 6, 7, 8, 130, 143};
  gsize count;
  const struct error_kind_row *rows = error_kind_rows(&count);
  assert_int_equal(count, G_N_ELEMENTS(codes));
  for (gsize i = 0; i < count; i++)
    assert_int_equal(rows[i].exit_code, codes[i]);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(message_grows_outwards),
      cmocka_unit_test(signals_have_no_place),
      cmocka_unit_test(no_place_for_the_error_is_fine),
      cmocka_unit_test(errno_chooses_the_kind),
      cmocka_unit_test(foreign_errors_are_adopted),
      cmocka_unit_test(rights_and_full_disks_have_a_next_step),
      cmocka_unit_test(every_kind_has_its_exit_code),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
