/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/drive.h"
#include "support/rollup/groups.h"
#include "support/rollup/receiver.h"
#include "support/rollup/reference.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS_MOST = 8, ATTEMPTS_MOST = 40 }; /* the kernel itself gives up at 32 */

struct slice {
  uint32_t begin, rows;
};

struct driver {
  const struct random_pass *pass;
  struct rollup_pass *kernel;
  const struct slice *slices;
  uint32_t slice_count;
  _Atomic uint32_t next;
  struct receiver *receivers;
  bool is_in_order; /* the runs that were found */
  unsigned groupers;
  _Atomic unsigned arrived; /* of them */
};

struct thread {
  struct driver *driver;
  struct choose choose;
  struct rollup_worker *worker;
  enum rollup_status status;
  bool finishes;
};

static void
fill_rubbish(struct choose *choose, void *data, size_t bytes)
{
  uint64_t word = choose_bits(choose);
  for (size_t i = 0; i < bytes; i++)
    ((uint8_t *)data)[i] = (uint8_t)(word >> (i % 8 * 8));
}

static void
copy_values(const struct sheet *rows, unsigned column, const struct slice *slice, char *values,
            struct arena *arena)
{
  size_t width = rollup_type_bytes(rows->types[column]);
  struct rollup_column source = sheet_column(rows, column);
  for (uint32_t i = 0; i < slice->rows; i++) {
    if (!rollup_is_valid(&source, slice->begin + i))
      continue;
    char *value = values + i * width;
    memcpy(value, (const char *)source.values + (slice->begin + i) * width, width);
    if (rows->types[column] != ROLLUP_STRING)
      continue;
    struct rollup_string text;
    memcpy(&text, value, sizeof text);
    if (text.length > sizeof text.inlined)
      text.pointer.address = arena_copy(arena, text.pointer.address, text.length);
    memcpy(value, &text, sizeof text);
  }
}

/* NULL, or with rubbish in the bits behind the last row. */
static uint64_t *
copy_validity(struct choose *choose, const struct sheet *rows, unsigned column,
              const struct slice *slice, struct arena *arena)
{
  struct rollup_column source = sheet_column(rows, column);
  size_t words = (slice->rows + 63) / 64;
  uint64_t *bits = arena_alloc(arena, words * sizeof *bits);
  fill_rubbish(choose, bits, words * sizeof *bits);
  bool has_null = false;
  for (uint32_t i = 0; i < slice->rows; i++) {
    bool is_valid = rollup_is_valid(&source, slice->begin + i);
    bits[i / 64] &= ~(UINT64_C(1) << i % 64);
    bits[i / 64] |= (uint64_t)is_valid << i % 64;
    has_null = has_null || !is_valid;
  }
  return has_null || choose_bits(choose) % 2 == 0 ? bits : NULL;
}

static enum rollup_status
give(struct thread *thread, const struct slice *slice)
{
  const struct sheet *rows = &thread->driver->pass->rows;
  struct arena arena = {0};
  struct rollup_column *columns = arena_alloc(&arena, rows->column_count * sizeof *columns);
  for (unsigned c = 0; c < rows->column_count; c++) {
    size_t bytes = (size_t)slice->rows * rollup_type_bytes(rows->types[c]);
    char *values = arena_alloc(&arena, bytes);
    fill_rubbish(&thread->choose, values, bytes);
    copy_values(rows, c, slice, values, &arena);
    columns[c] =
        (struct rollup_column){values, copy_validity(&thread->choose, rows, c, slice, &arena)};
    if (rows->types[c] == ROLLUP_BOOL) /* 0 or 1 at a NULL, too */
      for (uint32_t i = 0; i < slice->rows; i++)
        values[i] &= 1;
  }
  struct rollup_batch batch = {slice->rows, columns};
  enum rollup_status status = rollup_worker_add(thread->worker, &batch);
  for (unsigned c = 0; c < rows->column_count; c++) {
    size_t bytes = (size_t)slice->rows * rollup_type_bytes(rows->types[c]);
    memset((void *)(uintptr_t)columns[c].values, 0xdd, bytes);
  }
  arena_clear(&arena);
  return status;
}

static void *
work(void *data)
{
  struct thread *thread = data;
  struct driver *driver = thread->driver;
  thread->worker = rollup_worker_new(driver->kernel);
  thread->status = thread->worker == NULL ? ROLLUP_FAILED : ROLLUP_DONE;
  while (thread->status == ROLLUP_DONE) {
    uint32_t at = atomic_fetch_add(&driver->next, 1);
    if (at >= driver->slice_count)
      break;
    thread->status = give(thread, &driver->slices[at]);
  }
  if (thread->worker != NULL && thread->finishes)
    (void)rollup_worker_finish(thread->worker);
  return NULL;
}

/* There is so little to be grouped that one thread would be done before the next one is there. */
static void
wait_for_others(struct driver *driver)
{
  atomic_fetch_add(&driver->arrived, 1);
  for (unsigned i = 0; i < 1000 && atomic_load(&driver->arrived) < driver->groupers; i++)
    (void)sched_yield();
}

static void *
group(void *data)
{
  struct thread *thread = data;
  wait_for_others(thread->driver);
  thread->worker = rollup_worker_new(thread->driver->kernel);
  bool more = thread->worker != NULL;
  while (more && rollup_worker_group(thread->worker, &more) == ROLLUP_DONE) {
  }
  return NULL;
}

/* Runs come in the order of their values, each once. */
static bool
are_in_order(const struct rollup_pass_spec *spec, const struct rollup_runs *runs)
{
  for (uint32_t i = 1; i < runs->values.rows; i++) {
    int order = 0;
    for (unsigned c = 0; c < runs->column_count && order == 0; c++) {
      enum rollup_type type = spec->columns[runs->columns[c]];
      struct cell before = cell_of(type, &runs->values.columns[c], i - 1);
      struct cell after = cell_of(type, &runs->values.columns[c], i);
      order = cell_compare(type, &before, &after);
    }
    if (order >= 0)
      return false;
  }
  return true;
}

/* Groups what is left, or some of it. False: the runs found are not in order. */
static bool
group_rest(struct driver *driver, const struct drive_options *options, struct choose *choose)
{
  const struct rollup_runs *runs = rollup_pass_found(driver->kernel);
  for (unsigned r = 0; runs != NULL && r < driver->pass->spec.rollup_count; r++)
    receiver_set_runs(&driver->receivers[r], runs);
  struct thread threads[THREADS_MOST] = {0};
  pthread_t handles[THREADS_MOST];
  bool started[THREADS_MOST] = {false};
  unsigned count = choose_bits(choose) % 8 == 0 ? 0 : options->threads;
  if (!rollup_pass_holds_rows(driver->kernel))
    count = 0;
  driver->groupers = count;
  atomic_store(&driver->arrived, 0);
  for (unsigned t = 0; t < count; t++) {
    threads[t].driver = driver;
    started[t] = t + 1 < count && pthread_create(&handles[t], NULL, group, &threads[t]) == 0;
    if (!started[t])
      (void)group(&threads[t]);
  }
  for (unsigned t = 0; t < count; t++)
    if (started[t])
      (void)pthread_join(handles[t], NULL);
  return runs == NULL || are_in_order(&driver->pass->spec, runs);
}

/* Batches of random sizes, most often as large as they may be, as DuckDB gives them. */
static struct slice *
cut(struct choose *choose, uint32_t rows, uint32_t most, uint32_t *ret_count)
{
  struct slice *slices = calloc(rows + 2U, sizeof *slices);
  uint32_t count = 0;
  if (rows == 0 && choose_bits(choose) % 2 == 0)
    slices[count++] = (struct slice){0, 0};
  for (uint32_t at = 0; at < rows; at += slices[count - 1].rows) {
    uint32_t size =
        choose_bits(choose) % 3 != 0 ? most : 1 + (uint32_t)(choose_bits(choose) % most);
    slices[count++] = (struct slice){at, size < rows - at ? size : rows - at};
  }
  if (choose_bits(choose) % 4 == 0) /* in any order */
    for (uint32_t i = count; i > 1; i--) {
      uint32_t other = (uint32_t)(choose_bits(choose) % i);
      struct slice kept = slices[i - 1];
      slices[i - 1] = slices[other];
      slices[other] = kept;
    }
  *ret_count = count;
  return slices;
}

static enum rollup_status
give_all(struct driver *driver, const struct drive_options *options, struct choose *choose)
{
  struct thread threads[THREADS_MOST] = {0};
  pthread_t handles[THREADS_MOST];
  bool started[THREADS_MOST] = {false};
  atomic_store(&driver->next, 0);
  for (unsigned t = 0; t < options->threads; t++) {
    threads[t] = (struct thread){.driver = driver,
                                 .choose = choose_from_seed(choose_bits(choose)),
                                 .finishes = choose_bits(choose) % 4 != 0};
    if (t + 1 < options->threads)
      started[t] = pthread_create(&handles[t], NULL, work, &threads[t]) == 0;
    if (!started[t])
      (void)work(&threads[t]);
  }
  for (unsigned t = 0; t < options->threads; t++)
    if (started[t])
      (void)pthread_join(handles[t], NULL);
  for (unsigned t = 0; t < options->threads; t++)
    if (threads[t].worker != NULL && !threads[t].finishes)
      (void)rollup_worker_finish(threads[t].worker);
  driver->is_in_order = group_rest(driver, options, choose) && driver->is_in_order;
  return rollup_pass_finish(driver->kernel);
}

static bool
read_rollup(const struct driver *driver, const struct rollup_spec *spec, unsigned rollup,
            struct receiver *receiver, struct choose *choose, struct drive_rollup *ret_rollup,
            char *fault, size_t fault_size)
{
  struct rollup_outcome outcome = rollup_pass_outcome(driver->kernel, rollup);
  ret_rollup->has_result = outcome.kind != ROLLUP_GAVE_UP;
  if (outcome.kind == ROLLUP_GAVE_UP) {
    (void)snprintf(ret_rollup->reason, sizeof ret_rollup->reason, "%s",
                   outcome.reason != NULL ? outcome.reason : "no reason");
  } else if (outcome.kind == ROLLUP_STREAMED) {
    ret_rollup->was_streamed = true;
    if (spec->stream == NULL) {
      (void)snprintf(fault, fault_size, "rollup %u was streamed, and nobody asked", rollup);
      return false;
    }
    if (!receiver_finish(receiver, &ret_rollup->result, fault, fault_size))
      return false;
  } else {
    result_empty(&ret_rollup->result); /* what was streamed before is void */
    if (!groups_read(driver->kernel, spec, rollup, choose, ret_rollup, fault, fault_size))
      return false;
  }
  result_sort(&ret_rollup->result);
  return true;
}

static bool
drive_kernel(const struct rollup_pass_spec *spec, struct driver *driver, struct receiver *receivers,
             const struct drive_options *options, struct driven *driven, char *fault,
             size_t fault_size)
{
  struct choose choose = choose_from_seed(options->seed);
  uint32_t slice_count = 0;
  struct slice *slices = cut(&choose, driver->pass->rows.rows, options->batch_rows, &slice_count);
  driver->slices = slices;
  driver->slice_count = slice_count;
  enum rollup_status status = ROLLUP_AGAIN;
  while (status == ROLLUP_AGAIN && driven->attempts < ATTEMPTS_MOST) {
    driven->attempts++;
    status = give_all(driver, options, &choose);
  }
  free(slices);
  if (!driver->is_in_order) {
    (void)snprintf(fault, fault_size, "the runs found are not in order");
    return false;
  }
  if (status == ROLLUP_FAILED) {
    for (unsigned r = 0; r < spec->rollup_count; r++)
      (void)snprintf(driven->rollups[r].reason, sizeof driven->rollups[r].reason, "failed: %s",
                     rollup_pass_reason(driver->kernel));
    return true;
  }
  if (status != ROLLUP_DONE) {
    (void)snprintf(fault, fault_size, "status %u after %u attempts: %s", status, driven->attempts,
                   rollup_pass_reason(driver->kernel));
    return false;
  }
  struct rollup_report report = rollup_pass_report(driver->kernel);
  uint64_t grouped = 0;
  driven->found = report.found;
  driven->ranges = report.ranges;
  driven->range_workers = report.range_workers;
  bool keeps = rollup_pass_keeps_rows(driver->kernel, &grouped);
  if ((report.found && !keeps) || grouped != (keeps || grouped > 0 ? report.rows : 0)) {
    (void)snprintf(fault, fault_size, "%llu of %llu rows kept are said to be grouped",
                   (unsigned long long)grouped, (unsigned long long)report.rows);
    return false;
  }
  for (unsigned r = 0; r < spec->rollup_count; r++)
    if (!read_rollup(driver, &spec->rollups[r], r, &receivers[r], &choose, &driven->rollups[r],
                     fault, fault_size))
      return false;
  return true;
}

/* Copies what the kernel must copy itself, so that what it did not shows. */
static struct rollup_spec *
copy_rollups(const struct rollup_pass_spec *spec, struct receiver *receivers)
{
  struct rollup_spec *rollups = calloc(spec->rollup_count, sizeof *rollups);
  for (unsigned r = 0; r < spec->rollup_count; r++) {
    rollups[r] = spec->rollups[r];
    if (rollups[r].stream == NULL)
      continue;
    rollups[r].stream = receiver_take;
    rollups[r].stream_restart = receiver_restart;
    rollups[r].stream_user = &receivers[r];
  }
  return rollups;
}

bool
drive(const struct random_pass *pass, const struct drive_options *options,
      struct driven *ret_driven, char *fault, size_t fault_size)
{
  struct rollup_budget budget = {.limit_bytes = options->limit_bytes};
  struct rollup_pass_spec spec = pass->spec;
  unsigned count = spec.rollup_count;
  *ret_driven =
      (struct driven){.rollup_count = count, .rollups = calloc(count, sizeof(struct drive_rollup))};
  struct receiver *receivers = calloc(count, sizeof *receivers);
  for (unsigned r = 0; r < count; r++) {
    reference_init(&pass->spec, &pass->spec.rollups[r], &ret_driven->rollups[r].result);
    receiver_init(&receivers[r], &pass->spec, &pass->spec.rollups[r],
                  &ret_driven->rollups[r].result);
  }
  struct rollup_spec *rollups = copy_rollups(&spec, receivers);
  spec.rollups = rollups;
  spec.budget = &budget;
  spec.threads = options->threads;
  spec.plain = options->plain;
  struct driver driver = {
      .pass = pass, .kernel = rollup_pass_new(&spec), .receivers = receivers, .is_in_order = true};
  memset(rollups, 0xdd, count * sizeof *rollups);
  free(rollups);
  spec.rollups = pass->spec.rollups;
  bool ok = true;
  if (driver.kernel != NULL)
    ok = drive_kernel(&spec, &driver, receivers, options, ret_driven, fault, fault_size);
  else
    for (unsigned r = 0; r < count; r++)
      (void)snprintf(ret_driven->rollups[r].reason, 40, "no pass");
  rollup_pass_free(driver.kernel);
  for (unsigned r = 0; r < count; r++)
    receiver_clear(&receivers[r]);
  free(receivers);
  if (ok && (budget.used_bytes != 0 || budget.peak_bytes > budget.limit_bytes)) {
    (void)snprintf(fault, fault_size, "%llu bytes not given back, %llu at most of %llu",
                   (unsigned long long)budget.used_bytes, (unsigned long long)budget.peak_bytes,
                   (unsigned long long)budget.limit_bytes);
    return false;
  }
  return ok;
}

void
driven_clear(struct driven *driven)
{
  for (unsigned r = 0; r < driven->rollup_count; r++)
    result_clear(&driven->rollups[r].result);
  free(driven->rollups);
  *driven = (struct driven){0};
}
