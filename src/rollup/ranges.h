/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: the rows of large runs, as lists of pieces.
 */
#pragma once

#include "rollup/kernel.h"

/* pieces.c: pieces that are used again, and lists of them. */

/* From and to a list that threads share. NULL: it is empty. */
struct piece *piece_pop(pthread_mutex_t *lock, struct piece **list);
void piece_push(pthread_mutex_t *lock, struct piece **list, struct piece *piece);
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
/* Whether a run of so many rows is collected in pieces of CUT_ROWS, for a cut. */
bool run_is_large(const struct rollup_pass *pass, uint64_t rows);

/* cuts.c: the runs that are being grouped so; cut.h. */
struct cut;
void cuts_add(struct rollup_pass *pass, struct cut *cut);
void cuts_clear(struct rollup_pass *pass);
/* Does what there is to do now, while other rows come. */
enum rollup_status cuts_help(struct rollup_worker *worker);

/* What is left when the last row has come. */
struct task {
  struct cut *cut; /* NULL: a run that was found */
  uint32_t number; /* of the cut's item, or the run's place in the order of all */
};
/* False: nothing is left. Waits while others do what something may follow; tasks_end must follow. */
bool tasks_take(struct rollup_pass *pass, struct task *ret_task);
void tasks_end(struct rollup_pass *pass);
bool tasks_are_left(struct rollup_pass *pass);
/* collect.c: all that is left, by one thread. */
enum rollup_status group_rest(struct rollup_pass *pass);
enum rollup_status cuts_do(struct rollup_worker *worker, const struct task *task);
