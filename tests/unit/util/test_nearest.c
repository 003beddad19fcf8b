/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const commands[] = {"run", "explain", "inspect", "compare", "gc", NULL};

struct nearest_case {
  const char *word;
  const char *expected;
};

static const struct nearest_case cases[] = {
    {"run", "run"},        {"rn", "run"},           {"urn", "run"},
    {"RUN", "run"},        {"expalin", "explain"},  {"exlpian", "explain"},
    {"inspct", "inspect"}, {"inspecct", "inspect"}, {"comprae", "compare"},
    {"cg", "gc"},          {"delete", NULL},        {"", NULL},
    {"x", NULL},           {"zzz", NULL},
};

static void
nearest_is_found(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    const char *nearest = text_nearest(cases[i].word, commands);
    if (g_strcmp0(nearest, cases[i].expected) != 0)
      fail_msg("'%s': got '%s'", cases[i].word, nearest == NULL ? "nothing" : nearest);
  }
}

static void
long_words_have_no_neighbour(void **state)
{
  (void)state;
  g_autofree char *word = g_strnfill(100000, 'r');
  const char *const candidates[] = {word, "r", NULL};
  assert_null(text_nearest(word, candidates));
  g_autofree char *longest = g_strnfill(64, 'r');
  const char *const same[] = {word, longest, NULL};
  assert_string_equal(text_nearest(longest, same), longest);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nearest_is_found),
      cmocka_unit_test(long_words_have_no_neighbour),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
