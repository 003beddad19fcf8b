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
#define ORDER_MOST       12u /* keys of FIRST: their marks share 16 bits */
#define FIRST_WORDS_MOST (ORDER_MOST + 2)
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
  struct cells *total; /* UNIT_CELLS, after the pass */
};

/* Something computed for each group of rows, without predicates. */
struct measure {
  struct element_kind kind;
  unsigned column; /* the argument */
  int number;      /* number slot of the argument, or -1 */
  int valid;       /* validity slot of the argument, or -1 */
  int code;        /* code slot of the argument, or -1 */
  unsigned marks;  /* number of a UNIT_DISTINCT + 1 whose marked rows are counted, or 0 */
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

/* spec.c */
bool spec_copy(struct rollup_pass_spec *to, const struct rollup_pass_spec *from);
void spec_clear(struct rollup_pass_spec *spec);

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

/* lay_out.c: dictionaries, units, families and the layout of pieces, from the knowledge and the first batch. */
enum rollup_status pass_lay_out(struct rollup_pass *pass, const struct rollup_batch *sample);
void pass_clear_layout(struct rollup_pass *pass);
/* With what its states hold. */
void unit_free_cells(const struct unit *unit, struct cells *cells);
/* sample.c: what the first batch says of the columns. */
enum rollup_status sample_columns(struct rollup_pass *pass, const struct rollup_batch *sample);
/* Codes of a sample's column, and how many values it has, up to the limit of a small one; with more the codes are not all
 * there. False: out of memory. */
bool sample_codes(struct rollup_pass *pass, const struct rollup_batch *sample, unsigned column,
                  uint16_t *codes, uint32_t *ret_count);
/* sample_runs.c: columns whose values are not kept to one of the runs to be found: is_scattered. False: out of memory. */
bool sample_scattered(struct rollup_pass *pass, const struct rollup_batch *sample);
/* Words of a set with room for some times the values seen so far. */
unsigned set_words_for(uint32_t values);
/* What a column is used for. */
struct column_use {
  bool is_key; /* or distinct argument: small or large */
  /* Flags, texts in min, max and first, what cuts runs: small or the rollup gives up. */
  bool is_coded;
};
void columns_use(const struct rollup_pass *pass, struct column_use *ret_use);

/* slots.c: the slots of a column in pieces; made when they are not there; -1: out of memory. */
int slot_of_code(struct rollup_pass *pass, unsigned column);
int slot_of_number(struct rollup_pass *pass, unsigned column, enum number_form form);
int slot_of_valid(struct rollup_pass *pass, unsigned column);
int slots_of_words(struct rollup_pass *pass, unsigned column); /* the first */

/* measures.c */
/* The measure of an aggregate in a family, a new one when there is none; -1: out of memory; -2: the rollup has given up. */
int measure_of(struct rollup_pass *pass, struct family *family, unsigned rollup,
               const struct rollup_aggregate *aggregate);
/* The number of rows that a UNIT_DISTINCT has marked; -1: out of memory. */
int measure_of_marks(struct family *family, const struct unit *distinct);

/* spaces.c: sets of small columns, and how many combinations of their values there are. */
void space_add(struct space *space, unsigned column);
/* Those that vary in the sample. */
struct space space_of_sample(const struct knowledge *knowledge, const struct space *space);
struct space space_union(const struct space *a, const struct space *b);
/* Keeps the codes of a run in which there were too many combinations; under the pass's lock. False: out of memory. */
bool space_learn(struct rollup_pass *pass, const struct piece *piece);
void space_clear(struct knowledge *knowledge);
/* Combinations of the columns in the sample. */
uint32_t space_combos(const struct knowledge *knowledge, const struct space *space);

/* sharing.c: which units share a family, by the sample. What is saved by one family instead of two (to sort and to measure
 * rows) is weighed against what it costs (each unit goes through the combinations of all). */

/* What units ask of their family. */
struct wish {
  struct space space;
  unsigned entity[64],
      order[64]; /* columns; order: of a stream's small keys, without run columns */
  unsigned entity_count, order_count;
  bool streams;
  unsigned members; /* units; 0: it has joined another */
  unsigned joins;   /* the wish that it has joined, or itself */
  uint32_t combos;  /* in the sample */
};
struct sharing {
  struct wish *wishes;
  unsigned wish_count;
  unsigned *wish_of; /* by unit */
};
/* Units: most numbers of units. NULL: out of memory. */
struct sharing *sharing_new(unsigned units);
void sharing_free(struct sharing *sharing);
/* Both: false: out of memory. */
bool sharing_add(const struct knowledge *knowledge, struct sharing *sharing, unsigned unit,
                 struct wish *wish);
bool sharing_settle(const struct knowledge *knowledge, struct sharing *sharing);
/* The same number for units that share a family. */
unsigned sharing_group(const struct sharing *sharing, unsigned unit);

/* hosts.c: the tables of a family's units: units with the same keys share one. False: out of memory. */
bool hosts_make(struct rollup_pass *pass, struct family *family);

/* units.c: the units of all rollups, in their families. */
enum rollup_status units_make(struct rollup_pass *pass);

/* runs.c */
enum rollup_status runs_lay_out(struct rollup_pass *pass);
/* The run of a row of codes; NO_RUN: not in the list. */
uint32_t run_find(const struct rollup_pass *pass, const uint16_t *codes);
bool runs_tell_apart(const struct rollup_pass *pass, uint64_t columns);
/* How many different values the run columns among these have together in all runs; 0: not known. */
uint32_t runs_differing(const struct rollup_pass *pass, uint64_t columns);
void runs_forget(struct rollup_pass *pass);

/* found.c: whether runs are to be found, and by which columns. */
void found_choose(struct rollup_pass *pass);
/* Whether keeping all rows can pay; after the layout. */
enum rollup_status found_check(struct rollup_pass *pass);
/* The groups of a rollup with these run columns could be streamed. */
bool stream_fits(const struct rollup_pass *pass, const struct rollup_spec *spec,
                 const unsigned *columns, unsigned count, bool in_sequence);
bool is_run_column(const struct rollup_pass *pass, unsigned column);
/* found_distinct.c: columns of runs in which more distinct values can be counted, of those for which presence bits are too few,
 * than in the runs that were told; FOUND_COLUMNS at most; 0: there are none. */
unsigned found_by_distinct(struct rollup_pass *pass, unsigned *ret_columns);
void found_clear(struct rollup_pass *pass);

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
/* stream.c: groups of a complete run are collected as columns, and given away. */
enum rollup_status stream_begin(struct rollup_worker *worker, const struct unit *unit,
                                const struct grouping *grouping);
enum rollup_status stream_take(struct rollup_worker *worker, const struct family *family,
                               const struct unit *unit, const struct grouping *grouping);
enum rollup_status stream_end(struct rollup_worker *worker, struct unit *unit,
                              const struct grouping *grouping);
