/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiver of a rollup's stream: keeps the groups, and holds them to the contract.
 */
#pragma once

#include "rollup/rollup.h"
#include "support/rollup/sheet.h"
#include <pthread.h>

/* Part of a run. */
struct received_part {
  size_t first, last; /* the numbers of its groups in the result + 1; 0: none */
  bool ended;
};
struct received_run {
  struct received_part *parts; /* NULL: no block has come */
  unsigned part_count;
};

struct receiver {
  pthread_mutex_t lock;
  const struct rollup_pass_spec *pass;
  const struct rollup_spec *spec;
  struct result *result;          /* borrowed */
  const struct rollup_runs *runs; /* that blocks are of; borrowed */
  struct received_run *received;  /* by run */
  unsigned received_count;
  char fault[200];
};

void receiver_init(struct receiver *receiver, const struct rollup_pass_spec *pass,
                   const struct rollup_spec *spec, struct result *result);
void receiver_clear(struct receiver *receiver);
/* Blocks are of these runs from now on, until the pass starts again. */
void receiver_set_runs(struct receiver *receiver, const struct rollup_runs *runs);
/* The kernel's callbacks. */
bool receiver_take(void *user, const struct rollup_block *block);
void receiver_restart(void *user);
/* False with fault set when something was wrong. */
bool receiver_finish(struct receiver *receiver, struct result *result, char *fault,
                     size_t fault_size);
