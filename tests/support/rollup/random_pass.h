/* SPDX-License-Identifier: Apache-2.0
 *
 * A random pass: rows, rollups over them, and which rows make the runs. Always one that the kernel must compute or give up.
 */
#pragma once

#include "rollup/rollup.h"
#include "support/rollup/choose.h"
#include "support/rollup/sheet.h"

struct random_size {
  uint32_t most_rows, most_values; /* values: of a column with many of them */
  unsigned most_columns, most_rollups;
  bool crowds; /* nothing streams, and distinct values are counted for as many groups as can be */
};

struct random_pass {
  struct sheet rows;
  struct rollup_pass_spec spec; /* budget, threads and plain are the driver's */
  uint32_t *run_of;             /* of each row; NULL when no runs are known */
  uint32_t *distinct;           /* values of a column, at most, NULL among them */
  bool clustered;               /* rows of a run stand together */
  bool crowds;                  /* of the size */
  struct arena arena;
};

void random_pass_make(struct choose *choose, const struct random_size *size,
                      struct random_pass *ret_pass);
void random_pass_clear(struct random_pass *pass);

/* Everything about it in a few lines, for a failing case. */
void random_pass_print(const struct random_pass *pass);
