/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/scan.h"
#include "engine/local/kernel.h"
#include "util/interrupt.h"
#include "util/parallel.h"

enum { ATTEMPTS_MOST = 64 }; /* the kernel itself gives up before */
/* Where rows are kept until their runs are known: what reading them takes of the time of a pass. */
#define KEEPING_SHARE 0.4

/* What the threads of the scan share. */
struct scan {
  struct rollup_pass *rollups;
  guint column_count;
  guint64 rows; /* atomic: given to the kernel in this attempt */
  gint stopped; /* atomic: a worker could not be finished */
  guint64 rows_total;
  const struct engine_run *run;
};

struct scan_worker {
  struct scan *scan;
  struct rollup_worker *worker;
  struct rollup_column columns[];
};

static gpointer
scan_begin(gpointer user)
{
  struct scan *scan = user;
  struct rollup_worker *worker = rollup_worker_new(scan->rollups);
  if (worker == NULL)
    return NULL;
  struct scan_worker *self =
      g_malloc0(sizeof *self + scan->column_count * sizeof(struct rollup_column));
  self->scan = scan;
  self->worker = worker;
  return self;
}

static bool
scan_take(gpointer user, const struct duck_batch *batch)
{
  struct scan_worker *self = user;
  for (guint i = 0; i < self->scan->column_count; i++)
    self->columns[i] =
        (struct rollup_column){.values = batch->values[i], .validity = batch->validity[i]};
  const struct rollup_batch rows = {.rows = (uint32_t)batch->rows, .columns = self->columns};
  __atomic_fetch_add(&self->scan->rows, batch->rows, __ATOMIC_RELAXED);
  return rollup_worker_add(self->worker, &rows) == ROLLUP_DONE;
}

static void
scan_end(gpointer user)
{
  struct scan_worker *self = user;
  if (rollup_worker_finish(self->worker) != ROLLUP_DONE)
    g_atomic_int_set(&self->scan->stopped, 1);
  g_free(self);
}

static bool
watch(double share, gpointer user)
{
  const struct scan *scan = user;
  guint64 rows = __atomic_load_n(&scan->rows, __ATOMIC_RELAXED);
  double read = scan->rows_total > 0 ? (double)rows / (double)scan->rows_total : 0;
  uint64_t grouped;
  double part = rollup_pass_keeps_rows(scan->rollups, &grouped) ? KEEPING_SHARE : 1;
  double done = CLAMP(MAX(share, read), 0, 1) * part;
  scan->run->progress(done > 0 ? done * KERNEL_PASS_SHARE : -1, rows, scan->run->user);
  return true;
}

/* Likewise while runs are grouped. */
static void
tell_grouped(const struct scan *scan)
{
  if (scan->run->progress == NULL)
    return;
  guint64 rows = __atomic_load_n(&scan->rows, __ATOMIC_RELAXED);
  uint64_t grouped;
  if (!rollup_pass_keeps_rows(scan->rollups, &grouped))
    return;
  double done = KEEPING_SHARE + (1 - KEEPING_SHARE) * (double)grouped / (double)MAX(rows, 1);
  scan->run->progress(MIN(done, 1) * KERNEL_PASS_SHARE, rows, scan->run->user);
}

bool
kernel_pass_fail(struct kernel_pass *pass, const char *reason)
{
  g_free(pass->failure);
  pass->failure = g_strdup(reason);
  return true;
}

guint64
kernel_rows_of(const struct plan_pass *planned)
{
  guint64 rows = 0;
  for (guint i = 0; i < planned->inputs->len; i++)
    rows += ((const struct plan_input *)g_ptr_array_index(planned->inputs, i))->rows;
  return rows;
}

/* DuckDB's names, NULL-terminated, borrowed from the columns. */
static const char **
scan_types(const struct plan_pass *planned)
{
  const char **types = g_new0(const char *, planned->scan_columns->len + 1);
  for (guint i = 0; i < planned->scan_columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(planned->scan_columns, i);
    types[i] = column->stored_type;
  }
  return types;
}

/* One of the threads that group what is left. */
static bool
group_runs(guint worker, gsize item, gpointer user, GError **error)
{
  (void)item;
  struct scan *scan = user;
  struct rollup_worker *grouping = rollup_worker_new(scan->rollups);
  bool more = grouping != NULL;
  while (more && rollup_worker_group(grouping, &more) == ROLLUP_DONE) {
    if (!interrupt_check(error))
      return false;
    if (worker == 0) /* the calling thread */
      tell_grouped(scan);
  }
  return true;
}

/* What was held until the last row had come. */
static bool
group_rest(const struct local *local, const struct kernel_pass *pass, struct scan *scan,
           GError **error)
{
  const struct rollup_runs *runs = rollup_pass_found(pass->rollups);
  for (guint i = 0; runs != NULL && i < pass->streams->len; i++) {
    struct kernel_stream *stream = g_ptr_array_index(pass->streams, i);
    if (stream != NULL)
      kernel_stream_found(stream, runs);
  }
  return !rollup_pass_holds_rows(pass->rollups) ||
         parallel_for(local->threads, local->threads, group_runs, scan, error);
}

/* All rows of a query, once. */
static bool
give_rows(const struct local *local, const struct kernel_pass *pass, const char *sql,
          struct scan *scan, GError **error)
{
  g_autofree const char **types = scan_types(pass->planned);
  const struct duck_sink sink = {
      .begin = scan_begin, .take = scan_take, .end = scan_end, .user = scan, .types = types};
  scan->rollups = pass->rollups;
  scan->column_count = pass->spec->pass.column_count;
  scan->rows = 0;
  scan->stopped = 0;
  bool is_watched = scan->run != NULL && scan->run->progress != NULL;
  return duck_scan(local->work, sql, DUCK_SCAN_ANY, &sink, is_watched ? watch : NULL, scan,
                   error) &&
         g_atomic_int_get(&scan->stopped) == 0;
}

bool
kernel_scan_look(const struct local *local, const struct kernel_pass *pass, const char *sql)
{
  struct scan scan = {0};
  for (guint i = 0; i < ATTEMPTS_MOST; i++) {
    g_autoptr(GError) problem = NULL;
    if (give_rows(local, pass, sql, &scan, &problem))
      return true;
    if (problem != NULL || rollup_pass_finish(pass->rollups) != ROLLUP_AGAIN)
      return false;
  }
  return false;
}

bool
kernel_scan_run(struct local *local, struct kernel_pass *pass, const struct engine_run *run,
                GError **error)
{
  struct scan scan = {.rows_total = kernel_rows_of(pass->planned), .run = run};
  for (guint i = 0; i < ATTEMPTS_MOST; i++) {
    GError *problem = NULL;
    bool scanned = give_rows(local, pass, pass->planned->scan_sql, &scan, &problem);
    if (problem == NULL && scanned)
      (void)group_rest(local, pass, &scan, &problem);
    if (problem != NULL) {
      g_propagate_error(error, problem);
      return false;
    }
    enum rollup_status status = rollup_pass_finish(pass->rollups);
    if (status == ROLLUP_AGAIN) {
      g_ptr_array_add(pass->restarts, g_strdup(rollup_pass_reason(pass->rollups)));
      continue;
    }
    if (status == ROLLUP_DONE && scanned)
      return true;
    pass->all_was_too_much = status == ROLLUP_FAILED;
    const char *reason = rollup_pass_reason(pass->rollups);
    return kernel_pass_fail(pass, reason != NULL ? reason : "the kernel stopped");
  }
  return kernel_pass_fail(pass, "the data was other than expected, again and again");
}
