/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: the records of a table in the order of their keys. A table's parts are ranges of the entity's words, so
 * each part is sorted by itself, when its turn comes.
 *
 * Cost: 21 bytes a record of a part and 8 for each word of its key, for the part at hand.
 */
#pragma once

#include "rollup/kernel.h"

struct in_order;

/* Whether the unit's groups can be had in the order of these keys of its rollup, ascending, NULL last: the entity's columns in the
 * order of its words, then small keys. */
bool in_order_fits(const struct rollup_pass *pass, const struct unit *unit, const unsigned *keys,
                   unsigned key_count);

/* Part `part` of `parts` of a unit that fits; keys are borrowed. NULL: out of memory. */
struct in_order *in_order_new(const struct rollup_pass *pass, const struct unit *unit,
                              const struct table *table, const unsigned *keys, unsigned key_count,
                              unsigned part, unsigned parts);
void in_order_free(struct in_order *in_order);

/* The next records, at most `most` of them; 0 at the end. False: out of memory. */
bool in_order_next(struct in_order *in_order, uint32_t *ret_records, uint32_t most,
                   uint32_t *ret_count);
