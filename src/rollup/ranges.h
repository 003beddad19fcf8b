/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: the rows of large runs, as lists of pieces.
 */
#pragma once

#include "rollup/kernel.h"

/* pieces.c: pieces that are used again, and lists of them. */

/* An empty piece, a used one when there is any. NULL: out of memory. */
struct piece *piece_take(struct rollup_pass *pass);
/* To be used again, with its memory; that of runs that are found is given back. */
void piece_put_back(struct rollup_pass *pass, struct piece *piece);
void pieces_put_back(struct rollup_pass *pass, struct piece *list);
/* All pieces of a list in one; the others are put back. NULL: out of memory, and all are. */
struct piece *pieces_join(struct rollup_pass *pass, struct piece *list);
/* Appends rows to the first piece of a list, or to a new one before it, so that pieces have at most CUT_ROWS. False: out of memory. */
bool pieces_append(struct rollup_pass *pass, struct piece **list, const struct piece *from,
                   uint32_t first, uint32_t rows);

/* ranges.c: large runs are grouped range by range of their entities, so that what grouping needs is bounded. */
void ranges_choose(struct rollup_pass *pass);
/* Whether a run of so many rows is collected in pieces of CUT_ROWS, for ranges_group. */
bool run_is_large(const struct rollup_pass *pass, uint64_t rows);
/* All rows of a run; the list is put back. */
enum rollup_status ranges_group(struct rollup_worker *worker, struct piece *list, uint32_t run);
