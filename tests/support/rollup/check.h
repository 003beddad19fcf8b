/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds the kernel to the reference over one random pass: with one thread and with some, with large and small batches, with
 * and without newer instructions, with plenty of memory and with little. A result is right, bit for bit, or there is none.
 */
#pragma once

#include "support/rollup/random_pass.h"

struct tally {
  uint64_t passes, rollups, core, results, streamed, ordered, again;
  uint64_t gave_up;                 /* rollups, with enough memory */
  uint64_t found, found_streamed;   /* with runs that the kernel found: passes, rollups */
  uint64_t cut, cut_streamed;       /* large runs were cut into ranges: passes, rollups */
  uint64_t shared, shared_streamed; /* which several threads have grouped */
  uint64_t tiny, tiny_gave_up;
  struct reason {
    char text[200];
    uint64_t count;
  } reasons[40];
};

/* small: values up to which the kernel takes a column for a small one. False: fault says what is wrong. */
bool check_pass(const struct random_pass *pass, uint64_t seed, uint32_t small, struct tally *tally,
                char *fault, size_t fault_size);
void tally_print(const struct tally *tally);
