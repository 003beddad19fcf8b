/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows and rollups from bytes into the kernel (one whose limits are small, so that few rows reach every path): what it gives equals
 * the naive reference, with one thread and with some, with and without memory enough. What the bytes mean:
 * tests/support/rollup/random_pass.c.
 */
#include "support/rollup/check.h"
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const struct random_size most = {400, 300, 6, 3, false};
  struct choose choose = choose_from_bytes(data, size);
  struct random_pass pass;
  random_pass_make(&choose, &most, &pass);
  struct tally tally = {0};
  char fault[4000] = "";
  if (!check_pass(&pass, choose_bits(&choose), SMALL_VALUES, &tally, fault, sizeof fault)) {
    (void)printf("%s\n", fault);
    random_pass_print(&pass);
    (void)fflush(stdout);
    abort();
  }
  random_pass_clear(&pass);
  return 0;
}
