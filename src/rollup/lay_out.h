/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: from the description and the first rows to units, families and tables.
 *
 *     spec_copy --> sample_columns --> pass_lay_out: runs or found runs, units_make (sharing, hosts, slots, measures) --> ranges_choose
 */
#pragma once

#include "rollup/pass.h"

/* spec.c */
bool spec_copy(struct rollup_pass_spec *to, const struct rollup_pass_spec *from);
void spec_clear(struct rollup_pass_spec *spec);

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
  bool is_key;     /* or distinct argument: small or large */
  bool is_coded;   /* flags, what cuts runs: small or nothing */
  bool is_ordered; /* texts in min, max and first: small as long as they can be */
};
void columns_use(const struct rollup_pass *pass, struct column_use *ret_use);

/* slots.c: the slots of a column in pieces; made when they are not there; -1: out of memory. */
int slot_of_code(struct rollup_pass *pass, unsigned column);
int slot_of_number(struct rollup_pass *pass, unsigned column, enum number_form form);
int slot_of_valid(struct rollup_pass *pass, unsigned column);
int slots_of_words(struct rollup_pass *pass, unsigned column); /* the first */

/* What those below return when they fail. */
enum { PLACE_NO_MEMORY = -1, PLACE_GIVEN_UP = -2 };
/* places.c: where values whose order or identity matters stand, in pieces and in FIRST's element. */
int place_give_up(struct rollup_pass *pass, unsigned rollup, const char *reason);
/* The slots of measure->column, numbers in the form given: a text's code, a number, or several words. */
int place_argument(struct rollup_pass *pass, unsigned rollup, enum number_form form,
                   struct measure *measure);
int place_first(struct rollup_pass *pass, unsigned rollup, const struct rollup_aggregate *aggregate,
                struct measure *measure);
/* MIN and MAX as the first value by its own order, where they have no element: ends of types, large texts. */
int place_extreme_as_first(struct rollup_pass *pass, unsigned rollup,
                           const struct rollup_aggregate *aggregate, struct measure *measure);
/* measures.c */
/* The measure of an aggregate in a family, a new one when there is none. */
int measure_of(struct rollup_pass *pass, struct family *family, unsigned rollup,
               const struct rollup_aggregate *aggregate);
/* The number of rows that a UNIT_DISTINCT has marked. */
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
