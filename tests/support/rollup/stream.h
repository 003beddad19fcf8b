/* SPDX-License-Identifier: Apache-2.0
 *
 * The receiver of a rollup's stream: keeps the groups, and holds them to the contract.
 */
#pragma once

#include "rollup/rollup.h"
#include "support/rollup/sheet.h"
#include <pthread.h>

struct stream {
  pthread_mutex_t lock;
  const struct rollup_pass_spec *pass;
  const struct rollup_spec *spec;
  struct result *result; /* borrowed */
  bool *seen;            /* by run */
  char fault[200];
};

void stream_init(struct stream *stream, const struct rollup_pass_spec *pass,
                 const struct rollup_spec *spec, struct result *result);
void stream_clear(struct stream *stream);
/* The kernel's callbacks. */
bool stream_take(void *user, const struct rollup_block *block);
void stream_restart(void *user);
/* False with fault set when something was wrong. */
bool stream_finish(struct stream *stream, struct result *result, char *fault, size_t fault_size);
