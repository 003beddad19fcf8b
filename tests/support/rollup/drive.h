/* SPDX-License-Identifier: Apache-2.0
 *
 * Gives a random pass's rows to the kernel, as hostile as its contract allows: from several threads, in batches of random
 * sizes, each in memory of its own that is spoilt and freed when the kernel has taken it, with rubbish at every NULL. And
 * holds what comes out to the contract: parts of cursors, streams (each run once, in order), memory given back.
 */
#pragma once

#include "support/rollup/random_pass.h"

struct drive_options {
  uint64_t seed; /* of batch sizes, distribution, parts */
  unsigned threads;
  uint32_t batch_rows;  /* most rows of a batch */
  uint64_t limit_bytes; /* of the budget */
  bool plain;
};

struct drive_rollup {
  bool has_result;
  bool was_streamed;
  bool was_ordered;     /* read in an order of its keys */
  char reason[200];     /* why it has none */
  struct result result; /* sorted */
};

struct driven {
  unsigned rollup_count;
  struct drive_rollup *rollups;
  unsigned attempts;
  bool found;             /* the runs, by the kernel */
  uint64_t ranges;        /* that it cut large runs into */
  uint64_t range_workers; /* by which they were grouped */
};

/* False: the kernel broke its contract, and fault says how. */
bool drive(const struct random_pass *pass, const struct drive_options *options,
           struct driven *ret_driven, char *fault, size_t fault_size);
void driven_clear(struct driven *driven);
