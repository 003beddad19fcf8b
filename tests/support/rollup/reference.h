/* SPDX-License-Identifier: Apache-2.0
 *
 * What a rollup means (rollup/rollup.h), computed in the plainest way: rows are sorted by the keys of each grouping set, every
 * aggregate looks at the rows of its group. Sums of doubles by exact_sum.h. Nothing else is shared with the kernel.
 */
#pragma once

#include "rollup/rollup.h"
#include "support/rollup/sheet.h"

struct reference {
  struct result result; /* sorted */
  bool overflows;       /* a sum of integers does not fit: the kernel must not give the rollup */
};

/* The type of a column of the result: keys, aggregates, INT64. */
enum rollup_type reference_type(const struct rollup_pass_spec *pass, const struct rollup_spec *spec,
                                unsigned column);
/* An empty result of a rollup's columns. */
void reference_init(const struct rollup_pass_spec *pass, const struct rollup_spec *spec,
                    struct result *result);
/* Texts are those of the rows: they must outlive the reference. */
void reference_compute(const struct rollup_pass_spec *pass, const struct rollup_spec *spec,
                       const struct sheet *rows, struct reference *ret_reference);
void reference_clear(struct reference *reference);
