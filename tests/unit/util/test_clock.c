/* SPDX-License-Identifier: Apache-2.0 */
#include "util/clock.h"
#include "util/hash.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
run_ids_have_their_form_and_differ(void **state)
{
  (void)state;
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < 1000; i++) {
    char *id = clock_run_id();
    assert_true(g_regex_match_simple("^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}$", id, 0, 0));
    (void)g_hash_table_add(seen, id);
  }
  assert_int_equal(g_hash_table_size(seen), 1000);
}

static void
clocks_run(void **state)
{
  (void)state;
  double start = clock_seconds();
  double cpu = clock_cpu_seconds();
  while (clock_seconds() < start + 0.02)
    continue;
  double spent = clock_cpu_seconds() - cpu;
  assert_true(spent > 0 && spent < 5);
  assert_true(clock_wall_ms() > 1700000000000);
  assert_true(clock_peak_memory_bytes() > 100000);
}

static void
hashes_are_sha256(void **state)
{
  (void)state;
  g_autofree char *empty = hash_text("", -1);
  assert_string_equal(empty, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  g_autofree char *abc = hash_text("abcdef", 3);
  assert_string_equal(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(run_ids_have_their_form_and_differ),
      cmocka_unit_test(clocks_run),
      cmocka_unit_test(hashes_are_sha256),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
