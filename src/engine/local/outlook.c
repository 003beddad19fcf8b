/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/scan.h"
#include "engine/local/kernel.h"

enum { ATTEMPTS = 16 };

/* The kernel is given some rows of a pass, as in a run, and asked how it would hold its groups. Nothing is written. */
struct outlook {
  struct kernel_spec *spec;
  GPtrArray *streams; /* struct kernel_stream or NULL */
  struct rollup_pass *rollups;
  struct rollup_worker *worker;
  struct rollup_column *columns;
};

static void
stream_free(gpointer data)
{
  kernel_stream_free(data);
}

static void
outlook_clear(struct outlook *outlook)
{
  g_clear_pointer(&outlook->rollups, rollup_pass_free);
  g_clear_pointer(&outlook->streams, g_ptr_array_unref);
  g_clear_pointer(&outlook->spec, kernel_spec_free);
  g_clear_pointer(&outlook->columns, g_free);
}

static guint
output_of(const struct outlook *outlook, const struct plan_pass *pass, guint number)
{
  guint index = g_array_index(outlook->spec->numbers, guint, number);
  return ((const struct plan_kernel_rollup *)g_ptr_array_index(pass->kernel_rollups, index))
      ->output;
}

static bool
make_pass(struct outlook *outlook, struct local *local, const struct plan *plan,
          const struct plan_pass *pass)
{
  g_autofree char *reason = NULL;
  outlook->spec = kernel_spec_new(plan, pass, pass->outputs, &reason);
  if (outlook->spec == NULL)
    return false;
  struct rollup_pass_spec *spec = &outlook->spec->pass;
  spec->budget = &local->budget;
  spec->threads = local->threads;
  spec->find_runs = true;
  spec->rows = kernel_rows_of(pass);
  outlook->streams = g_ptr_array_new_with_free_func(stream_free);
  for (guint i = 0; i < outlook->spec->numbers->len; i++) {
    const struct kernel_target target = {.plan = plan, .output = output_of(outlook, pass, i)};
    g_ptr_array_add(outlook->streams,
                    local->parquet_writer != ENGINE_WRITER_KINDLING
                        ? NULL
                        : kernel_stream_new(outlook->spec, i, &target, &local->budget));
  }
  outlook->columns = g_new0(struct rollup_column, spec->column_count + 1);
  outlook->rollups = rollup_pass_new(spec);
  return outlook->rollups != NULL;
}

static gpointer
outlook_begin(gpointer user)
{
  return user;
}

static bool
outlook_take(gpointer user, const struct duck_batch *batch)
{
  struct outlook *outlook = user;
  for (guint i = 0; i < outlook->spec->pass.column_count; i++)
    outlook->columns[i] =
        (struct rollup_column){.values = batch->values[i], .validity = batch->validity[i]};
  const struct rollup_batch rows = {.rows = (uint32_t)batch->rows, .columns = outlook->columns};
  return rollup_worker_add(outlook->worker, &rows) == ROLLUP_DONE;
}

static void
outlook_end(gpointer user)
{
  (void)user;
}

/* True: it has taken all rows that there are, and knows what it can know of them. */
static bool
give_rows(struct outlook *outlook, struct local *local, const char *sql)
{
  const struct duck_sink sink = {
      .begin = outlook_begin, .take = outlook_take, .end = outlook_end, .user = outlook};
  outlook->worker = rollup_worker_new(outlook->rollups);
  return outlook->worker != NULL &&
         duck_scan(local->work, sql, DUCK_SCAN_FETCH, &sink, NULL, NULL, NULL);
}

static void
tell(const struct outlook *outlook, const struct plan *plan, const struct plan_pass *pass)
{
  for (guint i = 0; i < outlook->spec->numbers->len; i++) {
    const struct plan_kernel_rollup *kernel =
        g_ptr_array_index(pass->kernel_rollups, g_array_index(outlook->spec->numbers, guint, i));
    const struct plan_output *output = g_ptr_array_index(plan->outputs, kernel->output);
    struct plan_rollup *rollup = g_ptr_array_index(output->rollups, kernel->rollup);
    const char *distinct, *strategy = rollup_pass_strategy(outlook->rollups, i, &distinct);
    g_free(rollup->estimated_strategy);
    rollup->estimated_strategy = strategy == NULL || distinct == NULL
                                     ? g_strdup(strategy)
                                     : g_strdup_printf("%s, %s", strategy, distinct);
  }
}

void
outlook_of_pass(struct local *local, const struct plan *plan, const struct plan_pass *pass,
                const char *sql)
{
  struct outlook outlook = {0};
  bool done = false, made = make_pass(&outlook, local, plan, pass);
  for (unsigned i = 0; made && !done && i < ATTEMPTS; i++) {
    done = give_rows(&outlook, local, sql);
    if (!done && (outlook.worker == NULL || rollup_worker_finish(outlook.worker) != ROLLUP_AGAIN ||
                  rollup_pass_finish(outlook.rollups) != ROLLUP_AGAIN))
      break;
  }
  if (done)
    tell(&outlook, plan, pass);
  outlook_clear(&outlook);
}
