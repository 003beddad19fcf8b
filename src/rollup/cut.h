/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: a large run that is grouped range by range of its entities, by all threads that have time for it.
 *
 *     step      what is done                                              an item of it
 *     collect   rows of a run that was found are copied together          a piece
 *     vary      which bits of a column's words vary                       a piece
 *     count     how many rows have each prefix of those bits              a piece
 *     sort      a piece's rows stand in the order of their ranges         a piece
 *     group     a range's rows of all pieces are grouped like a run       a range
 *
 * The items of a step are done in any order and at once; who ends the last one begins the next step. A range that holds too many
 * rows is cut again, by the thread that has it, alone.
 */
#pragma once

#include "rollup/kernel.h"

#define PREFIX_BITS 16u
#define PREFIXES    (1u << PREFIX_BITS)
#define RANGES_MOST 64u /* at a time: a range that holds too many rows is cut again */
#define DEPTH_MOST  8u
#define SAMPLE_ROWS 8192u

enum cut_step {
  CUT_COLLECT,
  CUT_VARY,
  CUT_COUNT,
  CUT_SORT,
  CUT_GROUP,
  CUT_GROUP_WHOLE,  /* all rows are of one entity */
  CUT_GROUP_PIECES, /* without an entity rows may be cut anywhere */
  CUT_ENDED,
};

/* Rows of a block that was kept. */
struct cut_slice {
  struct kept *kept;
  uint32_t first, rows;
};

/* Of the rows that a thread has counted. */
struct histogram {
  struct histogram *next;
  uint32_t rows[PREFIXES];
};

struct cut {
  struct cut *next;   /* of the pass's */
  struct place place; /* of all its rows */
  unsigned depth;     /* 0: of a run; else of a range, and one thread's */
  uint64_t rows;
  struct piece **pieces;
  uint32_t piece_count;
  /* To collect: piece i is made of slices [begins[i], begins[i + 1]). */
  struct cut_slice *slices;
  uint32_t *begins;
  uint32_t slice_count;
  _Atomic uint64_t ones[WORDS_MOST],
      zeros[WORDS_MOST];       /* by word: bits that are set, or not, in some row */
  unsigned slots[PREFIX_BITS]; /* of the words that tell ranges apart, and which of their bits do */
  uint64_t masks[PREFIX_BITS];
  unsigned mask_count;
  struct histogram
      *histograms;     /* that no thread uses; in the end one, with the range of each prefix */
  struct piece *spare; /* that no thread uses */
  uint32_t *starts;    /* by piece and range: its rows, once they are in order of their ranges */
  uint32_t range_count;
  uint32_t parts[RANGES_MOST]; /* the ranges that have rows */
  uint32_t part_count;
  /* Under the lock of the pass's cuts. */
  enum cut_step step;
  uint32_t items, taken, done;
};

/* cut.c */

/* Takes the pieces over in any case. NULL: out of memory. */
struct cut *cut_of_pieces(struct rollup_pass *pass, struct piece *list, const struct place *place,
                          unsigned depth);
/* Of a run that was found, by its number and as the caller takes it. NULL: out of memory. */
struct cut *cut_of_found(struct rollup_pass *pass, uint32_t run, uint32_t number);
void cut_free(struct rollup_pass *pass, struct cut *cut);

/* collect.c: a run's rows in a block that was kept, and the first of them; 0: it has none. */
uint32_t kept_rows(const struct kept *kept, uint32_t run, uint32_t *ret_first);
/* They are not needed there any more. */
void kept_collected(struct rollup_pass *pass, struct kept *kept);

/* cut_sort.c: one item each. False: out of memory. */
void cut_vary(const struct rollup_pass *pass, struct cut *cut, uint32_t item);
bool cut_count(struct rollup_worker *worker, struct cut *cut, uint32_t item);
bool cut_sort(struct rollup_worker *worker, struct cut *cut, uint32_t item);
/* When all pieces have been seen: the bits of a prefix; false: none varies. */
bool cut_choose_prefix(const struct rollup_pass *pass, struct cut *cut);
/* The range of each prefix, and what sorting needs. False: out of memory. */
bool cut_choose_ranges(struct rollup_pass *pass, struct cut *cut);
void cut_list_parts(struct cut *cut);
/* Where a piece's rows of each range begin, and the end; in order of the pieces. */
uint32_t *cut_starts(const struct cut *cut, uint32_t piece);
/* Fewer bits of words vary in some rows than in those that they were taken from: that makes sorting them cheaper. */
void cut_narrow_words(const struct piece_layout *layout, struct piece *piece);

/* ranges.c */

/* Any step's item. */
enum rollup_status cut_do(struct rollup_worker *worker, struct cut *cut, uint32_t item);
/* All items of the step are done. */
enum rollup_status cut_next_step(struct rollup_worker *worker, struct cut *cut,
                                 enum cut_step *ret_step, uint32_t *ret_items);

/* cuts.c */

/* All steps, by one thread. */
enum rollup_status cut_do_alone(struct rollup_worker *worker, struct cut *cut);
