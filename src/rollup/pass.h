/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: what a pass is made of.
 *
 *     pass ── rollups ── units: a rollup's grouping set
 *       ├──── families: units that are computed from the same sorted rows, with their tables
 *       ├──── dictionaries: of the small columns
 *       ├──── runs: rows that are grouped together
 *       └──── workers: a thread's pieces of runs, scratch memory and cells
 *
 * A column is small (its values are numbered by a dictionary) or large (part of an entity). Which one is decided by what is
 * seen, and so are the other assumptions in struct knowledge: one that turns out wrong is put right there, and the pass
 * takes all rows again.
 */
#pragma once

#include "rollup/dictionary.h"
#include "rollup/element.h"
#include "rollup/emit.h"
#include "rollup/piece.h"
#include "rollup/rollup.h"
#include "rollup/sort.h"
#include "rollup/table.h"
#include "rollup/words.h"
#include <pthread.h>

#ifndef SMALL_VALUES
#define SMALL_VALUES 4096u /* most values of a small column */
#endif
#ifndef CUT_ROWS
#define CUT_ROWS 65535u /* rows of a run whose end is not known: combinations fit 16 bits */
#endif
#ifndef STRETCH_ROWS
#define STRETCH_ROWS 4096u /* of a sorted run that are grouped at a time: in the cache */
#endif
#ifndef RANGE_ROWS
#define RANGE_ROWS 98304u /* rows of a range of a large run's entities, about */
#endif
#define LARGE_RUN_ROWS (2 * RANGE_ROWS) /* a run of more is grouped range by range */
#ifndef SPACE_ROWS
#define SPACE_ROWS 4096u /* of a run, by which families are chosen; a power of two */
#endif
#define NO_RUN   UINT32_MAX
#define NO_GROUP UINT32_MAX
#ifndef BIT_WORDS
#define BIT_WORDS 6u /* presence bits of an entity to begin with, 64 a word */
#endif
#ifndef BIT_WORDS_MOST
#define BIT_WORDS_MOST 64u
#endif
#define COLUMNS_MOST     ROLLUP_COLUMNS_MOST
#define WORDS_MOST       64u /* of an entity */
#define KEY_WORDS_MOST   16u /* of small keys: 64 of them */
#define FIRST_WORDS_MOST (1u + (ROLLUP_ORDER_MOST + 1u) * WORDS_STRING_MOST)
#define RUN_COLUMNS      8u
#define FOUND_COLUMNS    4u /* of runs that are found: their codes are one word */
#ifndef FOUND_RUNS_MOST
#define FOUND_RUNS_MOST 32768u
#endif
#ifndef FOUND_RUNS_LEAST
#define FOUND_RUNS_LEAST 16u /* for distinct counts alone, so that threads can share them */
#endif
#ifndef FOUND_RUN_ROWS
#define FOUND_RUN_ROWS 64u /* rows of such a run at least, on average */
#endif

/* What is known of the data; survives when the pass starts again. */
struct column_knowledge {
  bool is_large;
  bool is_not_local;      /* its values are not kept to one run */
  bool is_scattered;      /* the same, of runs that are found */
  bool is_too_long;       /* its texts do not fit words */
  unsigned words;         /* of an entity's column; 0: not known */
  unsigned set_words;     /* of a set of its values in a state */
  uint32_t values;        /* of a small key, before the pass started again; 0: it has not */
  uint32_t sample_values; /* in the first batch */
  unsigned sum_base;      /* where exact sums of it place their windows */
  unsigned window_base;   /* the same for sums that are but a window; 0: they would not do */
  bool has_extreme;       /* a value at the end of its type: MIN and MAX of it are kept as FIRST */
  float true_share;       /* of a predicate, in the first batch */
};
/* Codes of some rows of a run; columns that did not vary in it are left out. */
struct space_sample {
  uint32_t rows;
  unsigned *columns;
  uint16_t **codes; /* by index into columns */
  uint32_t *values; /* codes are below */
  unsigned column_count;
};
/* A set of small columns. */
struct space {
  uint64_t columns[COLUMNS_MOST / 64];
};
struct knowledge {
  _Atomic bool ignore_found; /* no runs are to be found */
  bool is_sampled;
  uint64_t rows_seen; /* before the pass started again */
  bool ignore_runs;   /* runs are too large to be numbered */
  _Atomic bool split; /* units share a family only where that is cheaper, by the sample */
  struct space_sample sample;
  unsigned bit_words;
  bool *too_many_cells; /* by ordinal of a grouping set: presence bits do not hold its cells */
  struct column_knowledge *columns;
  char **gave_up; /* a reason a rollup, or NULL */
  bool *ran_out;  /* by rollup: it gave up for want of memory */
};

enum unit_kind {
  UNIT_CELLS,    /* small keys only: cells, of each worker, added up at the end */
  UNIT_TABLE,    /* entity keys: a table of groups */
  UNIT_ENTITY,   /* keys are the entity alone: a part of the family's entity table */
  UNIT_STREAM,   /* entity keys, and every group within one run: given away */
  UNIT_DISTINCT, /* hidden: marks a row of each distinct value of another unit's groups */
};

/* One aggregate of a unit. */
struct unit_aggregate {
  const struct rollup_aggregate *spec;
  struct element_kind kind;
  int measure;     /* index into the family's measures; -1: distinct entities, by presence */
  int filter;      /* code slot of the flag, or -1 */
  uint32_t offset; /* in a state */
  bool in_run;     /* distinct entities are counted in each run */
  int same_as;     /* an aggregate before it with the same element (sum and average), or -1 */
};

struct unit {
  unsigned rollup, number; /* number: index into pass->units */
  unsigned ordinal;        /* of its grouping set among those of all rollups */
  uint64_t set;
  enum unit_kind kind;
  bool is_local; /* each of its groups is in one run */
  unsigned family;
  /* Code slots of its small keys, in the order of the rollup's keys; streamed: in the stream's order. */
  unsigned *small;
  unsigned small_count;
  int watched;        /* the column that must stay local, or -1 */
  unsigned key_words; /* codes of the small keys, four a word */
  int where;          /* code slot of the flag, or -1 */
  struct unit_aggregate *aggregates;
  unsigned aggregate_count;
  uint32_t state_bytes; /* rows that count, then the aggregates' elements */
  int filter,
      valid; /* UNIT_DISTINCT: code slot of the aggregate's flag, or -1; validity slot of the argument, -1: of rows */
  const struct rollup_aggregate *counted; /* UNIT_DISTINCT: whose values */
  struct packing *packing;                /* UNIT_DISTINCT with a table: its key */
  uint64_t distinct_bytes;                /* of its table, which is gone after the pass */
  unsigned host;        /* UNIT_TABLE: the unit whose table and groups it shares; else itself */
  uint32_t table_bytes; /* of a host with a table: of its states */
  int groups_where;     /* of a host: the predicate of all that share its groups, or -1 */
  /* UNIT_TABLE; the host's; UNIT_DISTINCT that is not local: values met so far. */
  struct table *table;
  uint32_t state_at; /* offset in the states of its table or the entity table */
  _Atomic uint64_t streamed;
  _Atomic bool has_overflown; /* UNIT_STREAM: a sum does not fit its type */
  struct cells *total;        /* UNIT_CELLS, after the pass */
};

/* Something computed for each group of rows, without predicates. */
struct measure {
  struct element_kind kind;
  unsigned column; /* the argument */
  /* The slot of the argument's first word, or -1: a number slot; a word slot, when it is a large text. */
  int number;
  unsigned words; /* two of a 128-bit integer: number + 1 is the low one */
  bool is_text;
  int valid;      /* validity slot of the argument, or -1 */
  int code;       /* code slot of the argument, or -1 */
  unsigned marks; /* number of a UNIT_DISTINCT + 1 whose marked rows are counted, or 0 */
  bool is_unsigned;
  bool is_for_cells; /* wanted by combination too */
  bool skip_null_argument, skip_null_order;
  struct first_order *order; /* owned */
  unsigned order_count;
};

/* Entities that a unit, perhaps of another family, counts by bits in the entity table. */
struct presence {
  unsigned unit, aggregate;
};

/* Whether a column is one of some. */
static inline bool
columns_have(const unsigned *columns, unsigned count, unsigned column)
{
  for (unsigned i = 0; i < count; i++)
    if (columns[i] == column)
      return true;
  return false;
}

struct family {
  unsigned number;
  unsigned *entity; /* columns */
  unsigned entity_count;
  unsigned *words; /* word slots of the entity, in order */
  unsigned word_count;
  /* Combinations are numbered in order, for a unit whose groups must be neighbours. */
  bool is_ordered;
  bool streams;
  unsigned *stream_keys; /* columns: the small keys of its streams' order, without run columns */
  unsigned stream_count;
  unsigned group;  /* sharing_group of its units; NO_GROUP: of marks or presence bits alone */
  unsigned *space; /* code slots that tell its rows apart, first those of the ordered unit */
  unsigned space_count;
  struct unit **units;
  unsigned unit_count;
  /* Grouping sets that are computed here, or marked or counted for other families. */
  unsigned rider_count;
  bool has_measures; /* some unit computes more than marks */
  struct measure *measures;
  unsigned measure_count;
  struct presence *presences;
  unsigned presence_count;
  /* Presence bits, then the states of UNIT_ENTITY units; NULL when not needed. */
  struct table *entities;
  bool needs_entities;
  bool has_sums; /* of doubles */
  uint32_t entity_state_bytes;
  /* presence bits: (item, cell) -> bit */
  pthread_mutex_t bits_lock;
  bool has_lock;
  unsigned bit_words; /* of a state; 0: no presence bits */
  bool is_full;       /* more bits are needed, and that is known */
  struct cells *bits; /* key: item, then the unit's key words */
  uint64_t *bit_counts;
};

struct run {
  uint64_t rows; /* that will come */
  _Atomic uint64_t claimed, have;
  struct piece *pieces; /* under the pass's lock */
};

/* A piece whose rows stand in the order of their runs. */
struct kept {
  struct piece *piece;
  _Atomic uint32_t left; /* runs that have not been collected */
  uint32_t count;
  uint32_t *runs, *starts; /* count runs in order, and where their rows begin; count + 1 starts */
  size_t bytes;            /* of this block, which holds both */
};

/* Runs that are found while rows come in; all under lock until the last row has come. */
struct found {
  _Atomic bool is_on; /* of the attempt at hand */
  pthread_mutex_t lock;
  uint32_t count, capacity, mask;
  uint64_t *keys;  /* by run: the codes of the run columns, 16 bits each */
  uint64_t *rows;  /* by run */
  uint32_t *slots; /* hash of keys: run + 1 */
  struct kept **kept;
  uint32_t kept_count, kept_capacity;
  /* Runs by the values of their columns: what the caller takes for their numbers. */
  uint32_t *order;
  uint32_t *queue; /* positions in order, as they are to be grouped */
  uint32_t next;   /* in queue; under the lock of the pass's cuts */
  struct rollup_runs told;
};

/* Rows that are grouped together: some of a run's; as struct rollup_block has it. */
struct place {
  uint32_t run, part, parts;
  bool more;
};

/* Large runs whose rows are all there, and what is left of grouping them. */
struct cuts {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  struct cut *first;     /* oldest first */
  _Atomic uint32_t open; /* their number */
  uint32_t busy;         /* threads that do something which more may follow */
};

struct rollup_pass {
  struct rollup_pass_spec spec; /* a deep copy */
  struct knowledge knowledge;
  pthread_mutex_t lock;
  _Atomic int status; /* enum rollup_status: why no rows are taken any more */
  char reason[256];
  _Atomic bool is_out_of_memory;
  struct exact_sum_memory sum_memory; /* of all attempts' sums of doubles */

  /* from here on: of the attempt at hand */
  bool is_laid_out;
  struct column_knowledge *columns; /* what it was laid out by; knowledge goes on changing */
  unsigned attempts;
  struct piece_layout layout;
  struct dictionary **dictionaries; /* by column, or NULL */
  struct run *runs;
  uint32_t run_count;
  uint64_t told_rows;  /* of all runs that were told; 0: none are known */
  uint16_t *run_codes; /* a row a run of column_count codes */
  uint32_t *run_slots; /* hash of run_codes */
  uint32_t run_mask;
  uint32_t **local_run; /* by column, by code: the run that has the value + 1, or NULL */
  unsigned run_columns[RUN_COLUMNS]; /* that cut runs, told or found */
  unsigned run_column_count;
  struct found found;
  struct cuts cuts;
  struct family *families;
  unsigned family_count;
  unsigned *family_order; /* numbers: one that counts what another has marked comes after it */
  struct unit *units;
  unsigned unit_count;
  bool has_ranges;        /* large runs can be grouped range by range */
  int range_column;       /* of whose values; -1: rows need not be kept together */
  _Atomic bool has_giant; /* a large run that was told has more than half of all rows */
  struct rollup_worker **workers;
  unsigned worker_count;
  struct piece *spare;
  _Atomic uint64_t rows, runs_done, ranges_done, range_workers, rows_grouped;
  bool is_finished;
};

/* Memory of a worker that is used again from run to run; contents are not kept when it grows. */
struct scratch {
  void *data;
  size_t bytes;
};
bool scratch_need(struct rollup_budget *budget, struct scratch *scratch, size_t bytes);

/* A run's rows as the family at hand sees them: sorted, then a stretch of whole entities at a time. */
struct grouping {
  const struct piece *piece;
  struct place place;
  /* combinations of small values, in order */
  uint32_t combo_count;
  const uint16_t *combo;    /* of each row; NULL: all rows are combination 0 */
  uint32_t *representative; /* a row of each combination */
  /* segments: neighbours of one entity and one combination; without an entity: the combinations */
  uint32_t segment_count;
  const uint32_t *order;   /* rows in order; NULL: without an entity */
  uint32_t row_end;        /* of the stretch: rows before it in order have been seen */
  uint32_t *segment_start; /* segment_count + 1 positions in order */
  uint16_t *segment_combo;
  uint32_t entity_count;
  uint32_t *entity_segment; /* entity_count + 1 */
  uint64_t *entity_words;   /* an entity's words behind one another */
  bool has_null_entity;     /* the last one */
  void **elements;          /* by measure: an element a segment */
  void **combo_elements;    /* by measure: an element a combination, of all stretches so far */
};

/* The groups that a unit makes of a stretch: entities and small keys; and their elements. */
struct unit_groups {
  uint32_t count;
  struct scratch segment_group; /* uint32_t a segment; UINT32_MAX: none */
  struct scratch entity;        /* uint32_t a group */
  struct scratch combo;         /* uint16_t a group: one of its combinations */
  struct scratch marks;         /* UNIT_DISTINCT: a byte a row */
  struct scratch *folded;       /* an aggregate each, then the rows */
  void **elements;              /* the same: an element a group */
  struct scratch emitted;       /* UNIT_STREAM: the run's groups so far */
  struct emitter emitter;       /* in them */
};

struct rollup_worker {
  struct rollup_pass *pass;
  unsigned number;
  bool is_ready, is_finished;
  bool has_looked, has_ranges;    /* at the combinations of the first rows; has grouped some */
  struct dictionary_memo **memos; /* by column */
  uint16_t **codes;               /* by column: of the batch at hand */
  uint32_t batch_capacity;
  struct piece *current; /* when no runs are known */
  struct piece *range;   /* of a large run: the range at hand */
  struct piece **open;   /* by run */
  struct cells **cells;  /* by unit */
  struct sort_scratch sort;
  struct grouping grouping;
  struct unit_groups *groups; /* by unit */
  unsigned measure_capacity;
  struct scratch *measures, *combo_measures; /* by measure of the family at hand */
  struct scratch entity_words, combo, row_combo, combo_map, combo_order, representative,
      segment_start, segment_combo, entity_segment;
  struct scratch cell_of_combo, filtered, stamps, sub_of_combo, row_of_group;
  struct scratch masks, keys, records, first;
  struct scratch run_keys, run_of_row, run_starts;
};
#define SCRATCHES_OF(w)                                                                            \
  &(w)->entity_words, &(w)->combo, &(w)->row_combo, &(w)->combo_map, &(w)->combo_order,            \
      &(w)->representative, &(w)->segment_start, &(w)->segment_combo, &(w)->entity_segment,        \
      &(w)->cell_of_combo, &(w)->filtered, &(w)->stamps, &(w)->sub_of_combo, &(w)->row_of_group,   \
      &(w)->masks, &(w)->keys, &(w)->records, &(w)->first, &(w)->run_keys, &(w)->run_of_row,       \
      &(w)->run_starts
