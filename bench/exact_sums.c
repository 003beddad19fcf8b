/* SPDX-License-Identifier: Apache-2.0
 *
 * What exact sums cost where DuckDB runs an output: each output's statement with our aggregates and with DuckDB's own sum and
 * avg in their place, in turns, in one engine. Built and run by scripts/bench-sums:
 *
 *     exact_sums INPUT ROUNDS JOB...
 *
 * CPU seconds of the process, median (lowest - highest). A statement's result stays in a temporary table.
 */
#include "plan/exact_sums.h"
#include "run/run.h"
#include "util/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST_ROUNDS = 3, MOST_ROUNDS = 99 };

struct samples {
  double cpu[MOST_ROUNDS];
};

static int
compare(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static char *
with_own_sums(const char *sql)
{
  GString *text = g_string_new(sql);
  (void)g_string_replace(text, EXACT_SUM, "sum", 0);
  (void)g_string_replace(text, EXACT_AVG, "avg", 0);
  return g_string_free(text, FALSE);
}

static bool
execute(struct duck_connection *connection, const char *sql, double *ret_cpu, GError **error)
{
  g_autofree char *create = g_strdup_printf("CREATE OR REPLACE TEMP TABLE kept AS %s", sql);
  double start = clock_cpu_seconds();
  bool done = duck_exec(connection, create, error);
  *ret_cpu = clock_cpu_seconds() - start;
  return done;
}

static void
show(const char *name, struct samples *exact, struct samples *own, guint rounds)
{
  qsort(exact->cpu, rounds, sizeof(double), compare);
  qsort(own->cpu, rounds, sizeof(double), compare);
  double a = exact->cpu[rounds / 2], b = own->cpu[rounds / 2];
  printf("| %s | %.2f (%.2f - %.2f) | %.2f (%.2f - %.2f) | %.2f |\n", name, a, exact->cpu[0],
         exact->cpu[rounds - 1], b, own->cpu[0], own->cpu[rounds - 1], a / b);
}

static bool
measure(const struct run_context *context, guint index, guint rounds, struct samples *totals,
        GError **error)
{
  const struct plan_output *output = context->plan->outputs->pdata[index];
  struct duck_connection *connection = engine_connection(context->engine);
  g_autofree char *own = with_own_sums(output->plain_sql);
  if (g_str_equal(own, output->plain_sql)) /* nothing is summed */
    return true;
  if (!job_make_current(output->job, connection, error))
    return false;
  struct samples samples[2] = {0};
  for (gint round = -1; round < (gint)rounds; round++)
    for (guint side = 0; side < 2; side++) {
      double cpu = 0;
      if (!execute(connection, side == 0 ? output->plain_sql : own, &cpu, error))
        return false;
      if (round < 0)
        continue;
      samples[side].cpu[round] = cpu;
      totals[side].cpu[round] += cpu;
    }
  show(output->spec->name, &samples[0], &samples[1], rounds);
  return true;
}

static bool
measure_all(const struct run_options *options, guint rounds, GError **error)
{
  AUTO(run_context_free) struct run_context *context = run_prepare(options, error);
  if (context == NULL)
    return false;
  for (guint i = 0; i < context->inventories->len; i++)
    if (!input_create_view(engine_connection(context->engine), context->inventories->pdata[i],
                           error))
      return false;
  puts("| output | exact: CPU s | DuckDB's own: CPU s | exact : own |\n| --- | --- | --- | --- |");
  struct samples totals[2] = {0};
  for (guint i = 0; i < context->plan->outputs->len; i++)
    if (!measure(context, i, rounds, totals, error))
      return false;
  show("all of these", &totals[0], &totals[1], rounds);
  return true;
}

int
main(int argc, char **argv)
{
  guint rounds = argc > 3 ? (guint)g_ascii_strtoull(argv[2], NULL, 10) : 0;
  if (rounds < LEAST_ROUNDS || rounds > MOST_ROUNDS) {
    fputs("usage: exact_sums INPUT ROUNDS JOB...\n", stderr);
    return 2;
  }
  const struct input_binding input = {.path = argv[1]};
  const struct run_options options = {.jobs = (const char *const *)argv + 3,
                                      .job_count = (gsize)argc - 3,
                                      .inputs = &input,
                                      .input_count = 1};
  g_autoptr(GError) error = NULL;
  if (measure_all(&options, rounds, &error))
    return 0;
  fprintf(stderr, "exact_sums: %s\n", error->message);
  return 1;
}
