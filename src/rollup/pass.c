/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* vasprintf */
#endif
#include "rollup/kernel.h"
#include "rollup/ranges.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPTS 32u /* a pass that starts again so often never ends */

enum rollup_status
pass_stop(struct rollup_pass *pass, enum rollup_status status, const char *reason)
{
  int none = ROLLUP_DONE;
  if (atomic_compare_exchange_strong(&pass->status, &none, (int)status))
    (void)snprintf(pass->reason, sizeof pass->reason, "%s", reason);
  return (enum rollup_status)atomic_load(&pass->status);
}

enum rollup_status
pass_again(struct rollup_pass *pass, const char *format, ...)
{
  char reason[sizeof pass->reason];
  va_list arguments;
  va_start(arguments, format);
  (void)vsnprintf(reason, sizeof reason, format, arguments);
  va_end(arguments);
  return pass_stop(pass, ROLLUP_AGAIN, reason);
}

enum rollup_status
pass_no_memory(struct rollup_pass *pass)
{
  if (pass->found.is_on) {
    atomic_store(&pass->knowledge.ignore_found, true);
    return pass_again(pass, "its rows are too many to be kept until their runs are known");
  }
  atomic_store(&pass->is_out_of_memory, true);
  return pass_stop(pass, ROLLUP_FAILED, "its groups need more memory than the kernel has");
}

void
pass_give_up(struct rollup_pass *pass, unsigned rollup, const char *format, ...)
{
  char **reason = &pass->knowledge.gave_up[rollup];
  if (*reason != NULL)
    return;
  va_list arguments;
  va_start(arguments, format);
  if (vasprintf(reason, format, arguments) < 0)
    *reason = NULL;
  va_end(arguments);
}

static void
free_spares(struct rollup_pass *pass)
{
  for (struct piece *piece = pass->spare, *next; piece != NULL; piece = next) {
    next = piece->next;
    piece_free(pass->spec.budget, piece);
  }
  pass->spare = NULL;
}

static void
clear_attempt(struct rollup_pass *pass)
{
  cuts_clear(pass);
  for (unsigned w = 0; w < pass->worker_count; w++)
    worker_free(pass->workers[w]);
  free(pass->workers);
  pass->workers = NULL;
  pass->worker_count = 0;
  for (uint32_t r = 0; r < pass->run_count; r++)
    for (struct piece *piece = pass->runs[r].pieces, *next; piece != NULL; piece = next) {
      next = piece->next;
      piece_free(pass->spec.budget, piece);
    }
  free_spares(pass);
  pass_clear_layout(pass);
  runs_forget(pass);
  found_clear(pass);
  atomic_store(&pass->rows, 0);
  atomic_store(&pass->rows_grouped, 0);
  atomic_store(&pass->range_workers, 0);
  atomic_store(&pass->runs_done, 0);
  atomic_store(&pass->ranges_done, 0);
  pass->is_finished = false;
}

static unsigned
count_sets(const struct rollup_pass_spec *spec)
{
  unsigned sets = 0;
  for (unsigned r = 0; r < spec->rollup_count; r++)
    sets += spec->rollups[r].set_count;
  return sets;
}

struct rollup_pass *
rollup_pass_new(const struct rollup_pass_spec *spec)
{
  struct rollup_pass *pass = calloc(1, sizeof *pass);
  if (pass == NULL)
    return NULL;
  (void)pthread_mutex_init(&pass->lock, NULL);
  (void)pthread_mutex_init(&pass->found.lock, NULL);
  (void)pthread_mutex_init(&pass->cuts.lock, NULL);
  (void)pthread_cond_init(&pass->cuts.changed, NULL);
  pass->knowledge.bit_words = BIT_WORDS;
  pass->sum_memory.budget = spec->budget;
  if (spec_copy(&pass->spec, spec) &&
      (pass->columns = calloc(spec->column_count + 1, sizeof *pass->columns)) != NULL &&
      (pass->knowledge.columns = calloc(spec->column_count + 1, sizeof *pass->knowledge.columns)) !=
          NULL &&
      (pass->knowledge.too_many_cells = calloc(count_sets(spec) + 1, sizeof(bool))) != NULL &&
      (pass->knowledge.gave_up = calloc(spec->rollup_count + 1, sizeof(char *))) != NULL &&
      (pass->knowledge.ran_out = calloc(spec->rollup_count + 1, sizeof(bool))) != NULL) {
    if (spec->column_count > COLUMNS_MOST)
      (void)pass_stop(pass, ROLLUP_FAILED, "it reads more columns than the kernel takes");
    return pass;
  }
  rollup_pass_free(pass);
  return NULL;
}

void
rollup_pass_free(struct rollup_pass *pass)
{
  if (pass == NULL)
    return;
  clear_attempt(pass);
  for (unsigned r = 0; pass->knowledge.gave_up != NULL && r < pass->spec.rollup_count; r++)
    free(pass->knowledge.gave_up[r]);
  free(pass->knowledge.gave_up);
  free(pass->knowledge.ran_out);
  free(pass->knowledge.too_many_cells);
  free(pass->knowledge.columns);
  space_clear(&pass->knowledge);
  free(pass->columns);
  spec_clear(&pass->spec);
  (void)pthread_mutex_destroy(&pass->lock);
  (void)pthread_mutex_destroy(&pass->found.lock);
  (void)pthread_mutex_destroy(&pass->cuts.lock);
  (void)pthread_cond_destroy(&pass->cuts.changed);
  free(pass);
}

/* Without rows there are rollups all the same: of no rows. */
static enum rollup_status
lay_out_nothing(struct rollup_pass *pass)
{
  struct rollup_column columns[COLUMNS_MOST];
  memset(columns, 0, sizeof columns);
  return pass_lay_out(pass, &(struct rollup_batch){.rows = 0, .columns = columns});
}

/* A run that is not whole would lose its rows. */
static enum rollup_status
check_runs(struct rollup_pass *pass)
{
  for (uint32_t r = 0; r < pass->run_count; r++)
    if (pass->runs[r].pieces != NULL) {
      pass->knowledge.ignore_runs = true;
      return pass_again(pass, "a part of the input has fewer rows than were told");
    }
  return ROLLUP_DONE;
}

enum rollup_status
pass_check_memory(struct rollup_pass *pass)
{
  if (atomic_load(&pass->sum_memory.has_lost))
    return pass_no_memory(pass);
  for (unsigned c = 0; c < pass->spec.column_count; c++)
    if (pass->dictionaries[c] != NULL && dictionary_lacks_ranks(pass->dictionaries[c]))
      return pass_no_memory(pass);
  return ROLLUP_DONE;
}

static enum rollup_status
add_up(struct rollup_pass *pass)
{
  enum rollup_status status = pass->is_laid_out ? check_runs(pass) : lay_out_nothing(pass);
  if (status == ROLLUP_DONE)
    status = group_rest(pass);
  for (unsigned f = 0; f < pass->family_count && status == ROLLUP_DONE; f++)
    status = presence_count(pass, &pass->families[f]);
  for (unsigned u = 0; u < pass->unit_count && status == ROLLUP_DONE; u++) {
    struct unit *unit = &pass->units[u];
    if (unit->kind != UNIT_CELLS || pass->knowledge.gave_up[unit->rollup] != NULL)
      continue;
    status = cells_add_up(pass, unit);
    for (unsigned f = 0; f < pass->family_count && status == ROLLUP_DONE; f++)
      presence_deliver(pass, &pass->families[f], unit);
  }
  return status == ROLLUP_DONE ? pass_check_memory(pass) : status;
}

/* What would soon not fit either is given more room at once: every start is a scan of all rows. */
static void
learn_sets(struct rollup_pass *pass)
{
  for (unsigned f = 0; f < pass->family_count; f++)
    for (unsigned m = 0; m < pass->families[f].measure_count; m++) {
      const struct measure *measure = &pass->families[f].measures[m];
      if (measure->kind.type != ELEMENT_SET || measure->kind.dictionary == NULL)
        continue;
      unsigned *known = &pass->knowledge.columns[measure->column].set_words;
      unsigned words = set_words_for(dictionary_count(measure->kind.dictionary));
      *known = words > *known ? words : *known;
    }
}

static void
learn_values(struct rollup_pass *pass)
{
  pass->knowledge.rows_seen = atomic_load(&pass->rows);
  for (unsigned c = 0; pass->dictionaries != NULL && c < pass->spec.column_count; c++)
    if (pass->dictionaries[c] != NULL)
      pass->knowledge.columns[c].values = dictionary_count(pass->dictionaries[c]);
}

static void
start_again(struct rollup_pass *pass)
{
  learn_sets(pass);
  learn_values(pass);
  overflow_learn(pass);
  clear_attempt(pass);
  for (unsigned r = 0; r < pass->spec.rollup_count; r++)
    if (pass->spec.rollups[r].stream_restart != NULL)
      pass->spec.rollups[r].stream_restart(pass->spec.rollups[r].stream_user);
  atomic_store(&pass->status, ROLLUP_DONE);
  atomic_store(&pass->is_out_of_memory, false);
  atomic_store(&pass->sum_memory.has_lost, false);
  pass->attempts++;
}

/* What workers hold for the rows to come is not needed any more. */
static void
free_workers(struct rollup_pass *pass)
{
  for (unsigned w = 0; w < pass->worker_count; w++)
    worker_free(pass->workers[w]);
  free(pass->workers);
  pass->workers = NULL;
  pass->worker_count = 0;
}

enum rollup_status
rollup_pass_finish(struct rollup_pass *pass)
{
  enum rollup_status status = (enum rollup_status)atomic_load(&pass->status);
  if (status == ROLLUP_DONE)
    status = add_up(pass);
  if (status == ROLLUP_FAILED && pass->is_out_of_memory && distinct_give_up(pass))
    status = ROLLUP_AGAIN;
  if (status == ROLLUP_AGAIN && pass->attempts + 1 >= ATTEMPTS) {
    (void)snprintf(pass->reason, sizeof pass->reason, "it started again %u times", ATTEMPTS);
    status = ROLLUP_FAILED;
  }
  if (status == ROLLUP_AGAIN) {
    start_again(pass);
    return status;
  }
  if (status == ROLLUP_DONE) {
    overflow_check(pass);
    free_workers(pass);
    distinct_free_tables(pass);
  }
  pass->is_finished = status == ROLLUP_DONE;
  return status;
}

const char *
rollup_pass_reason(const struct rollup_pass *pass)
{
  return pass->reason;
}
