/* SPDX-License-Identifier: Apache-2.0
 *
 * A random rollup over a random pass's columns.
 */
#pragma once

#include "support/rollup/random_pass.h"

/* What it points to lives in the pass's arena. One that asks for a stream has the driver's callback put in by it: until then
 * stream is random_stream_wanted. */
void random_rollup(struct choose *choose, struct random_pass *pass, struct rollup_spec *ret_spec);
bool random_stream_wanted(void *user, const struct rollup_block *block);

/* There is no reason to give it up: its keys and distinct arguments with more values than small fit an entity's words, and so do
 * texts that are put in an order. */
bool random_rollup_is_core(const struct random_pass *pass, const struct rollup_spec *spec,
                           uint32_t small);
