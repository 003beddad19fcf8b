/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"
#include "util/error.h"
#include <math.h>

enum { FILES_MOST = 4 };
#define ROWS_MOST G_GUINT64_CONSTANT(200000)
#define SAMPLE    "kindling_sample"

/* The rows of a pass that are looked at. */
struct sample {
  struct local *local;
  const struct plan *plan;
  const struct plan_pass *pass;
  guint64 rows, rows_total; /* of the sample, of the pass */
};

/* Files spread over the list, few enough rows together; one at least. */
static GArray *
choose_files(const struct inventory *inventory, const struct plan_input *input)
{
  GArray *files = g_array_new(FALSE, FALSE, sizeof(guint));
  guint64 rows = 0;
  guint count = MIN(input->files->len, (guint)FILES_MOST);
  for (guint i = 0; i < count; i++) {
    guint index =
        g_array_index(input->files, guint, (guint)((guint64)input->files->len * i / count));
    const struct inventory_file *file = g_ptr_array_index(inventory->files, index);
    if (i > 0 && rows + file->rows > ROWS_MOST)
      continue;
    rows += file->rows;
    g_array_append_val(files, index);
  }
  return files;
}

/* Joins are sampled on the side of their first input only. */
static bool
take_sample(struct sample *sample, const struct job *job, GError **error)
{
  const struct plan_pass *pass = sample->pass;
  if (pass->inputs->len == 0 ||
      !views_make_current_for_pass(sample->local, sample->plan, pass, job, error))
    return false;
  const struct plan_input *input = g_ptr_array_index(pass->inputs, 0);
  sample->rows_total = input->rows;
  const struct inventory *inventory =
      g_ptr_array_index(sample->plan->inventories, input->inventory);
  g_autoptr(GArray) files = choose_files(inventory, input);
  if (!views_make_over(sample->local, inventory, files, error))
    return false;
  g_autofree char *sql = g_strdup_printf("CREATE OR REPLACE TEMP TABLE " SAMPLE
                                         " AS SELECT * FROM (%s) LIMIT %" G_GUINT64_FORMAT,
                                         pass->scan_sql, ROWS_MOST);
  if (!duck_exec(sample->local->work, sql, error))
    return false;
  AUTO(duck_result_free)
  struct duck_result *rows =
      duck_query(sample->local->work, "SELECT count(*) FROM " SAMPLE, NULL, NULL, error);
  if (rows == NULL)
    return false;
  sample->rows = (guint64)duck_result_int(rows, 0, 0, 0);
  return true;
}

/* The place of a scan column among the input's partition columns, or -1. */
static gint
run_column_of(const struct plan_pass *pass, guint column)
{
  for (guint i = 0; i < pass->run_columns->len; i++)
    if (g_array_index(pass->run_columns, guint, i) == column)
      return (gint)i;
  return -1;
}

/* How many different values the pass's files have in the partition columns whose bits are set. */
static guint64
count_partitions(const struct sample *sample, guint64 columns)
{
  const struct plan_input *input = g_ptr_array_index(sample->pass->inputs, 0);
  const struct inventory *inventory =
      g_ptr_array_index(sample->plan->inventories, input->inventory);
  g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < input->files->len; i++) {
    const struct inventory_file *file =
        g_ptr_array_index(inventory->files, g_array_index(input->files, guint, i));
    const struct inventory_partition *partition =
        g_ptr_array_index(inventory->partitions, file->partition);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint k = 0; k < inventory->partition_columns->len; k++)
      if (k >= 64 || (columns >> k & 1) != 0)
        g_string_append_printf(text, "%s/",
                               partition->values[k] != NULL ? partition->values[k] : "");
    g_hash_table_add(known, g_strdup(text->str));
  }
  return MAX(g_hash_table_size(known), 1);
}

/* The guaranteed-error estimator: values met once stand for many that were not met. Source: Charikar, Chaudhuri, Motwani,
 * Narasayya: Towards estimation error guarantees for distinct values (2000). */
static double
expect_groups(double groups, double met_once, double rows, double rows_total)
{
  double times = rows > 0 ? MAX(rows_total / rows, 1) : 1;
  return MIN(groups - met_once + met_once * sqrt(times), rows_total);
}

/* Names of scan columns: of the partition columns among a grouping set's keys, of all keys, of all partition columns. */
struct set_columns {
  GString *keys, *partition_keys, *partitions;
  guint64 partition_bits; /* of the partition keys */
};

static void
add_name(GString *names, guint column)
{
  g_string_append_printf(names, "%sc%u", names->len == 0 ? "" : ", ", column);
}

static struct set_columns
set_columns_of(const struct sample *sample, const struct plan_kernel_rollup *kernel,
               const GArray *set)
{
  struct set_columns columns = {g_string_new(NULL), g_string_new(NULL), g_string_new(NULL), 0};
  const GArray *run_columns = sample->pass->run_columns;
  for (guint i = 0; i < run_columns->len; i++)
    add_name(columns.partitions, g_array_index(run_columns, guint, i));
  for (guint i = 0; i < set->len; i++) {
    guint column = g_array_index(kernel->keys, guint, g_array_index(set, guint, i));
    gint place = run_column_of(sample->pass, column);
    add_name(columns.keys, column);
    if (place < 0)
      continue;
    add_name(columns.partition_keys, column);
    columns.partition_bits |= G_GUINT64_CONSTANT(1) << place;
  }
  return columns;
}

static void
set_columns_clear(struct set_columns *columns)
{
  (void)g_string_free(columns->keys, TRUE);
  (void)g_string_free(columns->partition_keys, TRUE);
  (void)g_string_free(columns->partitions, TRUE);
}

/* How many different values some columns have in the sample's rows that count; 1 without columns. Negative: an error. */
static gint64
count_values(const struct sample *sample, const char *where, const char *columns, const char *more,
             GError **error)
{
  if (*columns == '\0' && *more == '\0')
    return 1;
  g_autofree char *sql =
      g_strdup_printf("SELECT count(*) FROM (SELECT DISTINCT %s%s%s FROM " SAMPLE "%s)", columns,
                      *columns != '\0' && *more != '\0' ? ", " : "", more, where);
  AUTO(duck_result_free)
  struct duck_result *found = duck_query(sample->local->work, sql, NULL, NULL, error);
  return found == NULL ? -1 : duck_result_int(found, 0, 0, 0);
}

static gint64
count_met_once(const struct sample *sample, const char *where, const char *keys, GError **error)
{
  g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM (SELECT count(*) AS n FROM " SAMPLE
                                         "%s GROUP BY %s) WHERE n = 1",
                                         where, keys);
  AUTO(duck_result_free)
  struct duck_result *found = duck_query(sample->local->work, sql, NULL, NULL, error);
  return found == NULL ? -1 : duck_result_int(found, 0, 0, 0);
}

/* Groups of one grouping set. Its partition keys are known from the folders, and what is in one partition is expected in each;
 * without any, groups that no two partitions of the sample share (those by a date) are taken to be shared by none. */
static bool
estimate_set(const struct sample *sample, const struct plan_kernel_rollup *kernel,
             const struct set_columns *columns, double *ret_groups, GError **error)
{
  *ret_groups = 1;
  if (columns->keys->len == 0)
    return true;
  g_autofree char *where =
      kernel->where < 0 ? g_strdup("") : g_strdup_printf(" WHERE c%d", kernel->where);
  const char *keys = columns->keys->str, *partitions = columns->partitions->str;
  gint64 groups = count_values(sample, where, keys, "", error);
  gint64 met_once = groups < 0 ? -1 : count_met_once(sample, where, keys, error);
  gint64 apart = met_once < 0 ? -1 : count_values(sample, where, keys, partitions, error);
  gint64 parts = apart < 0 ? -1 : count_values(sample, where, partitions, "", error);
  gint64 key_parts =
      parts < 0 ? -1 : count_values(sample, where, columns->partition_keys->str, "", error);
  if (key_parts < 0)
    return false;
  double key_share = (double)MAX(key_parts, 1);
  double all =
      columns->partition_bits == 0 ? 1 : (double)count_partitions(sample, columns->partition_bits);
  *ret_groups =
      all * expect_groups((double)groups / key_share, (double)met_once / key_share,
                          (double)sample->rows / key_share, (double)sample->rows_total / all);
  if (columns->partition_bits == 0 && apart == groups && parts > 1)
    *ret_groups = MAX(*ret_groups, (double)apart / (double)parts *
                                       (double)count_partitions(sample, G_MAXUINT64));
  return true;
}

/* Of a group that the kernel holds: its keys as words, its rows, its states, its slots. */
static guint64
bytes_of_group(const struct sample *sample, const struct plan_kernel_rollup *kernel)
{
  static const guint8 bytes[] = {
      [PLAN_COUNT_ROWS] = 0, [PLAN_COUNT] = 8,    [PLAN_COUNT_DISTINCT] = 8,
      [PLAN_SUM] = 24,       [PLAN_AVERAGE] = 32, [PLAN_MIN] = 8,
      [PLAN_MAX] = 8,        [PLAN_FIRST] = 32,
  };
  guint64 sum = 8 + 16;
  for (guint i = 0; i < kernel->keys->len; i++) {
    const struct plan_column *column =
        g_ptr_array_index(sample->pass->scan_columns, g_array_index(kernel->keys, guint, i));
    sum += g_str_equal(column->stored_type, "VARCHAR") ? 16 : 8;
  }
  for (guint i = 0; i < kernel->aggregates->len; i++)
    sum += bytes[((const struct plan_kernel_aggregate *)g_ptr_array_index(kernel->aggregates, i))
                     ->function];
  return sum;
}

static bool
estimate_rollup(const struct sample *sample, const struct plan_kernel_rollup *kernel,
                GError **error)
{
  const struct plan_output *output = g_ptr_array_index(sample->plan->outputs, kernel->output);
  struct plan_rollup *rollup = g_ptr_array_index(output->rollups, kernel->rollup);
  double sum = 0;
  for (guint i = 0; i < rollup->group_sets->len; i++) {
    struct set_columns columns =
        set_columns_of(sample, kernel, g_ptr_array_index(rollup->group_sets, i));
    double groups = 0;
    bool done = estimate_set(sample, kernel, &columns, &groups, error);
    set_columns_clear(&columns);
    if (!done)
      return false;
    sum += groups;
  }
  rollup->estimated_groups = (guint64)(sum + 0.5);
  rollup->estimated_bytes = rollup->estimated_groups * bytes_of_group(sample, kernel);
  rollup->sampled_rows = sample->rows;
  return true;
}

static bool
estimate_pass(struct local *local, struct plan *plan, const struct plan_pass *pass, GError **error)
{
  struct sample sample = {.local = local, .plan = plan, .pass = pass};
  const struct plan_output *first =
      g_ptr_array_index(plan->outputs, g_array_index(pass->outputs, guint, 0));
  bool done = take_sample(&sample, first->job, error);
  for (guint i = 0; done && i < pass->kernel_rollups->len; i++)
    done = estimate_rollup(&sample, g_ptr_array_index(pass->kernel_rollups, i), error);
  if (done)
    outlook_of_pass(local, plan, pass, "FROM " SAMPLE);
  bool dropped = duck_exec(local->work, "DROP TABLE IF EXISTS temp." SAMPLE, NULL);
  (void)dropped;
  return done;
}

bool
local_estimate(gpointer self, struct plan *plan, GError **error)
{
  struct local *local = self;
  for (guint i = 0; i < plan->passes->len && !local->kernel_off; i++) {
    const struct plan_pass *pass = g_ptr_array_index(plan->passes, i);
    GError *problem = NULL;
    if (pass->scan_sql == NULL || estimate_pass(local, plan, pass, &problem))
      continue;
    if (problem != NULL &&
        (error_is(problem, ERROR_INTERRUPTED) || error_is(problem, ERROR_TERMINATED))) {
      g_propagate_error(error, problem);
      return false;
    }
    g_clear_error(&problem); /* a run will tell; here it is not known */
  }
  return true;
}
