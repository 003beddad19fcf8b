/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: from rows to groups.
 *
 *     worker_add_to_run --> group_run: combos_find --> segments_sort --> for each stretch: segments_next, distinct_take,
 *                           measures_compute --> groups_make --> cells, tables, streams
 */
#pragma once

#include "rollup/pass.h"

/* worker.c */
/* The first batch decides how columns are kept; without one this has been decided. */
enum rollup_status worker_make_ready(struct rollup_worker *worker,
                                     const struct rollup_batch *batch);
void worker_free(struct rollup_worker *worker);
enum rollup_status worker_add_to_run(struct rollup_worker *worker, uint32_t run,
                                     const struct rollup_batch *batch, uint16_t *const *codes);
/* scatter.c: a batch whose rows may belong to several runs. */
enum rollup_status scatter_batch(struct rollup_worker *worker, const struct rollup_batch *batch);

/* pass.c */
/* The pass starts again, for the reason given; or fails. Both return the status, for a caller to return. */
enum rollup_status pass_again(struct rollup_pass *pass, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
enum rollup_status pass_no_memory(struct rollup_pass *pass);
/* Loops over rows and states go on when there is no memory for ranks or for wide sums; what they give is not to be used. */
enum rollup_status pass_check_memory(struct rollup_pass *pass);
enum rollup_status pass_stop(struct rollup_pass *pass, enum rollup_status status,
                             const char *reason);
void pass_give_up(struct rollup_pass *pass, unsigned rollup, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* keep.c: the rows that a worker has collected are kept in the order of their runs; its piece is empty again. */
enum rollup_status keep_rows(struct rollup_worker *worker);
/* group.c: all that is done with a run's rows, or with those of some of its entities. */
enum rollup_status group_run(struct rollup_worker *worker, const struct piece *piece,
                             const struct place *place);

/* combos.c */
/* Whether a run of so many rows would be split for its combinations, as its first ones show: sooner seen, less done twice. */
enum rollup_status combos_look(struct rollup_worker *worker, const struct piece *piece,
                               uint32_t rows);
enum rollup_status combos_find(struct rollup_worker *worker, const struct family *family,
                               struct grouping *grouping);
/* segments.c: the rows in order; then, until row_end is the last of them, one stretch after the other. */
enum rollup_status segments_sort(struct rollup_worker *worker, const struct family *family,
                                 struct grouping *grouping);
enum rollup_status segments_next(struct rollup_worker *worker, const struct family *family,
                                 struct grouping *grouping);
/* Entities from all over the sorted run, in order, each once. In worker->entity_words; NULL: out of memory. */
const uint64_t *segments_sample(struct rollup_worker *worker, const struct family *family,
                                const struct grouping *grouping, uint32_t *ret_count);
/* measure.c: of a stretch's segments; the combinations' are added to. */
enum rollup_status measures_compute(struct rollup_worker *worker, const struct family *family,
                                    struct grouping *grouping);
/* FIRST's element of a run is a row's number: takes the row if it comes before *to. */
void measure_fold_first(const struct measure *measure, const struct piece *piece, uint32_t *to,
                        uint32_t row);
/* Row rows[i] into the state's element at base + index[i] * stride; UINT32_MAX in either: none. */
void measure_merge_first(const struct measure *measure, const struct piece *piece,
                         const uint32_t *rows, void *base, size_t stride, const uint32_t *index,
                         uint32_t count);
/* The row as a state's element: kind.bytes of words. */
void measure_write_first(const struct measure *measure, const struct piece *piece, uint32_t row,
                         uint64_t *ret_words);

/* flags.c */
/* Whether a flag's slot is true in each combination; slot -1: in all. */
bool flag_is_true(const struct rollup_pass *pass, const struct grouping *grouping, int slot,
                  uint32_t combo);
/* The codes of a unit's small keys in a combination, four a word. */
void unit_key(const struct unit *unit, const struct grouping *grouping, uint32_t combo,
              uint64_t *ret_words);

/* unit_cells.c: a stretch's entities are counted in the cells of a unit whose groups are each in one run. */
enum rollup_status cells_count_entities(struct rollup_worker *worker, const struct unit *unit,
                                        const struct grouping *grouping);
/* A run's combinations are added to the worker's cells. */
enum rollup_status cells_take(struct rollup_worker *worker, const struct family *family,
                              struct unit *unit, const struct grouping *grouping);
/* All workers' cells as one; after the last row. */
enum rollup_status cells_add_up(struct rollup_pass *pass, struct unit *unit);

/* groups.c: a stretch's groups of a unit with entity keys; of a host, also those of the units that share its table: they have the same
 * groups, in some of which none of their rows count. */
enum rollup_status groups_make(struct rollup_worker *worker, const struct family *family,
                               const struct unit *host, const struct grouping *grouping);
/* tables.c: groups are merged into tables; before the first of a run their parts must have been chosen. */
enum rollup_status tables_begin(struct rollup_worker *worker, struct family *family,
                                const struct grouping *grouping);
bool tables_have_begun(const struct family *family);
enum rollup_status table_take(struct rollup_worker *worker, const struct family *family,
                              struct unit *unit, const struct grouping *grouping);
enum rollup_status entities_take(struct rollup_worker *worker, struct family *family,
                                 const struct grouping *grouping);
/* Each part of a table that has some of the groups is merged under its lock; parts that other threads are busy with are left
 * for later. cuts: table_cut's. False: merge said so. */
typedef bool (*part_merge)(struct rollup_worker *worker, const void *user, struct table *table,
                           struct table_part *part, uint32_t first, uint32_t end);
bool table_merge_parts(struct rollup_worker *worker, struct table *table, const uint32_t *cuts,
                       part_merge merge, const void *user);
/* distinct.c: rows of a stretch are marked, one of each value that a group has not had before; for other families' measures. */
enum rollup_status distinct_take(struct rollup_worker *worker, struct unit *unit,
                                 const struct grouping *grouping);
/* Makes the table of a UNIT_DISTINCT that is not local. False: out of memory. */
bool distinct_lay_out(const struct rollup_pass *pass, const struct family *family,
                      struct unit *unit);
/* After the last row the tables are not needed. */
void distinct_free_tables(struct rollup_pass *pass);
/* After a pass that has failed for want of memory: the rollup whose distinct values take most of it gives up. False: they
 * take little. */
bool distinct_give_up(struct rollup_pass *pass);
/* presence.c */
/* The presence bits of each combination, family->bit_words words each, in worker->masks. */
enum rollup_status presence_masks(struct rollup_worker *worker, struct family *family,
                                  const struct grouping *grouping);
/* How many entities have each bit; after the last row. */
enum rollup_status presence_count(struct rollup_pass *pass, struct family *family);
/* Writes the counts into the cells of a unit. */
void presence_deliver(const struct rollup_pass *pass, const struct family *family,
                      struct unit *unit);
/* overflow.c: 128-bit integers, whose sums need not fit their type. A rollup with one that does not is given up: whoever computes it
 * in another way finds the same, or leaves the group out. */
/* Whether the groups of a stretch have one. */
bool overflow_in_groups(const struct unit *unit, const struct unit_groups *groups);
/* Rollups with one in groups that were not streamed give up; after the last row. */
void overflow_check(struct rollup_pass *pass);
/* Rollups with one that was met in streaming give up, before the pass starts again. */
void overflow_learn(struct rollup_pass *pass);
/* stream.c: groups of a complete run are collected as columns, and given away. */
enum rollup_status stream_begin(struct rollup_worker *worker, const struct unit *unit,
                                const struct grouping *grouping);
enum rollup_status stream_take(struct rollup_worker *worker, const struct family *family,
                               struct unit *unit, const struct grouping *grouping);
enum rollup_status stream_end(struct rollup_worker *worker, struct unit *unit,
                              const struct grouping *grouping);
