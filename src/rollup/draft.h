/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: a rollup's grouping set under inspection, before units are made of it.
 */
#pragma once

#include "rollup/kernel.h"

struct draft {
  unsigned rollup;
  uint64_t set;
  const struct rollup_spec *spec;
  unsigned small[64], large[64];
  unsigned small_count, large_count;
  int distinct;  /* a large argument of count(DISTINCT), or any of one that counts rows; or -1 */
  bool has_more; /* than that one */
  bool has_rows; /* some count rows of several columns */
  bool is_local; /* each group is within one run; watched: because of this column */
  int watched;
  bool by_marks; /* large distinct arguments are counted by marks (distinct.c), else by presence */
  bool is_refused;
  unsigned place;          /* among all grouping sets of all rollups */
  struct sharing *sharing; /* NULL: units share a family wherever they can */
};

/* rollup, set, spec and place are given: its keys, small and large, and its large distinct arguments are found. */
void draft_make(struct rollup_pass *pass, struct draft *draft);
/* The columns of an aggregate's distinct values: argument, others; index is below draft_counted. */
unsigned draft_counted(const struct rollup_aggregate *aggregate);
unsigned draft_counted_column(const struct rollup_aggregate *aggregate, unsigned index);
/* Whether an aggregate counts the distinct values of a large column, or rows. */
bool draft_counts(const struct rollup_pass *pass, const struct rollup_aggregate *aggregate);
/* Whether it streams: its keys are then in the stream's order. */
bool draft_order(const struct rollup_pass *pass, struct draft *draft);
/* is_local and watched. */
void draft_locality(const struct rollup_pass *pass, struct draft *draft);
/* The columns of the entity that its rows are sorted by: at most 64. A set whose keys are all small is computed where its
 * distinct argument is the entity, when that is one. */
unsigned draft_entity(const struct draft *draft, unsigned *ret_columns);
/* The small columns that tell its rows apart. */
struct space draft_space(const struct rollup_pass *pass, const struct draft *draft);
