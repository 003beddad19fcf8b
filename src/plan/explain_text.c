/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/explain.h"
#include "util/text.h"
#include <string.h>

/* Lines of a tree: a stack of prefixes. */
struct tree {
  GString *text;
  GString *indent;
};

static void open_branch(struct tree *tree, bool last, const char *format, ...) PRINTF_LIKE(3, 4);

/* One line; what follows until close_branch stands below it. */
static void
open_branch(struct tree *tree, bool last, const char *format, ...)
{
  g_string_append(tree->text, tree->indent->str);
  g_string_append(tree->text, last ? "└─ " : "├─ ");
  va_list arguments;
  va_start(arguments, format);
  g_string_append_vprintf(tree->text, format, arguments);
  va_end(arguments);
  g_string_append_c(tree->text, '\n');
  g_string_append(tree->indent, last ? "   " : "│  ");
}

static void
close_branch(struct tree *tree)
{
  static const char *const pieces[] = {"│  ", "   "};
  for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++)
    if (g_str_has_suffix(tree->indent->str, pieces[i])) {
      g_string_truncate(tree->indent, tree->indent->len - strlen(pieces[i]));
      return;
    }
}

static void add_line(struct tree *tree, bool last, const char *format, ...) PRINTF_LIKE(3, 4);

static void
add_line(struct tree *tree, bool last, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *line = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  open_branch(tree, last, "%s", line);
  close_branch(tree);
}

/* SQL as a block of its own: one line, however long, so that it can be copied. */
static void
add_sql(struct tree *tree, bool last, const char *title, const char *sql)
{
  open_branch(tree, last, "%s", title);
  g_string_append_printf(tree->text, "%s%s\n", tree->indent->str, sql);
  close_branch(tree);
}

static char *
amount(guint64 files, guint64 of_files, guint64 bytes, guint64 rows)
{
  g_autofree char *count = text_count(files);
  g_autofree char *all = text_count(of_files);
  g_autofree char *size = text_bytes(bytes);
  g_autofree char *lines = text_count(rows);
  return g_strdup_printf("%s of %s files, %s, %s rows", count, all, size, lines);
}

static void
add_files(struct tree *tree, const struct inventory *inventory, const struct plan_input *input)
{
  open_branch(tree, true, "files");
  for (guint i = 0; i < input->files->len; i++) {
    const struct inventory_file *file =
        inventory->files->pdata[g_array_index(input->files, guint, i)];
    add_line(tree, i + 1 == input->files->len, "%s", file->relative);
  }
  close_branch(tree);
}

static void
add_reading(struct tree *tree, bool last, const struct plan *plan, const struct plan_input *input,
            bool files)
{
  const struct inventory *inventory = plan->inventories->pdata[input->inventory];
  g_autofree char *what =
      amount(input->files->len, inventory->files->len, input->size_bytes, input->rows);
  g_autofree char *columns = g_strjoinv(", ", input->columns);
  open_branch(tree, last, "reads %s: %s", inventory->name, what);
  guint predicates = g_strv_length(input->predicates);
  add_line(tree, predicates == 0 && !files, "columns: %s",
           *columns == '\0' ? "none, rows are only counted" : columns);
  for (guint i = 0; i < predicates; i++)
    add_line(tree, i + 1 == predicates && !files, "left out: files where not %s",
             input->predicates[i]);
  if (files)
    add_files(tree, inventory, input);
  close_branch(tree);
}

static void
add_inputs(struct tree *tree, const struct plan *plan)
{
  for (guint i = 0; i < plan->inventories->len; i++) {
    const struct inventory *inventory = plan->inventories->pdata[i];
    g_autofree char *what = amount(inventory->files->len, inventory->files->len,
                                   inventory->size_bytes, inventory->rows);
    g_autofree char *partitions = explain_partition_columns(inventory);
    g_autofree char *view = plan_create_view(inventory);
    g_string_append_printf(tree->text, "input %s: %s\n", inventory->name, inventory->uri);
    add_line(tree, false, "%s", what);
    add_line(tree, false, "partitioned by %s", partitions == NULL ? "nothing" : partitions);
    add_sql(tree, true, "in the DuckDB shell", view);
    g_string_append_c(tree->text, '\n');
  }
}

static void
add_passes(struct tree *tree, const struct plan *plan, bool verbose)
{
  for (guint i = 0; i < plan->passes->len; i++) {
    const struct plan_pass *pass = plan->passes->pdata[i];
    g_string_append_printf(tree->text, "pass %u over %s: %u rollup%s\n", pass->number, pass->title,
                           pass->rollup_count, pass->rollup_count == 1 ? "" : "s");
    for (guint k = 0; k < pass->inputs->len; k++)
      add_reading(tree, false, plan, pass->inputs->pdata[k], false);
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint k = 0; k < pass->outputs->len; k++) {
      const struct plan_output *output =
          plan->outputs->pdata[g_array_index(pass->outputs, guint, k)];
      g_string_append_printf(names, "%s%s", k == 0 ? "" : ", ", output->spec->name);
    }
    if (verbose && pass->scan_sql != NULL)
      add_sql(tree, false, "scan for the kernel", pass->scan_sql);
    add_line(tree, true, "for %s", names->str);
    g_string_append_c(tree->text, '\n');
  }
}

static void
add_rollup(struct tree *tree, const struct plan_rollup *rollup, bool verbose)
{
  g_autofree char *keys = g_strjoinv(", ", rollup->group_texts);
  g_autofree char *sets = explain_sets(rollup);
  open_branch(tree, false, "rollup of %s", rollup->title);
  if (rollup->where_text != NULL)
    add_line(tree, false, "where %s", rollup->where_text);
  add_line(tree, false, "keys: %s", *keys == '\0' ? "none, one row" : keys);
  if (sets != NULL)
    add_line(tree, false, "grouping sets: %s", sets);
  open_branch(tree, !verbose, "aggregates:%s", rollup->aggregates->len == 0 ? " none" : "");
  for (guint i = 0; i < rollup->aggregates->len; i++) {
    const struct plan_aggregate *aggregate = rollup->aggregates->pdata[i];
    add_line(tree, i + 1 == rollup->aggregates->len, "%s: %s%s", aggregate->text, aggregate->type,
             aggregate->exact_function != NULL ? ", exact" : "");
  }
  close_branch(tree);
  if (verbose)
    add_sql(tree, true, "scan", rollup->scan_sql);
  close_branch(tree);
}

static void
add_refusals(struct tree *tree, const struct plan_output *output)
{
  for (guint i = 0; i < output->refusals->len; i++) {
    const struct plan_refusal *refusal = output->refusals->pdata[i];
    struct text_position place = text_position_of(output->job->script, refusal->at);
    add_line(tree, false, "%s: %s (line %u)",
             refusal->kind == PLAN_NOT_EXACT ? "not exact" : "not taken by the kernel",
             refusal->reason, place.line);
  }
}

/* "about 14,500,000 groups, from a look at 200,000 rows; held in memory they take 1.2 GB" */
static void
add_estimate(struct tree *tree, const struct plan_output *output)
{
  guint64 bytes = 0, rows = 0, groups = explain_estimate(output, &bytes, &rows);
  if (groups == 0) {
    add_line(tree, true, "groups and memory: known after a run");
    return;
  }
  guint64 unit = 1; /* three digits are more than is known */
  while (groups / unit >= 1000)
    unit *= 10;
  g_autofree char *groups_text = text_count((groups + unit / 2) / unit * unit);
  g_autofree char *bytes_text = text_bytes(bytes);
  g_autofree char *rows_text = text_count(rows);
  g_autofree char *strategy = explain_strategy(output);
  const char *refusal = explain_refusal(output);
  add_line(tree, strategy == NULL && refusal == NULL,
           "about %s group%s, from a look at %s rows; in memory they would take %s", groups_text,
           groups == 1 ? "" : "s", rows_text, bytes_text);
  if (refusal != NULL)
    add_line(tree, true, "left to DuckDB, by the same rows: %s", refusal);
  else if (strategy != NULL)
    add_line(tree, true, "group strategy, by the same rows: %s", strategy);
}

static void
add_kernel(struct tree *tree, const struct plan_output *output)
{
  if (!output->is_kernel) {
    bool is_told = output->pass < 0; /* by the reason for its pass */
    add_line(tree, false, "computed by DuckDB%s%s", is_told ? "" : ": ",
             is_told ? "" : output->kernel_reason);
    return;
  }
  open_branch(tree, false, "computed by the kernel: %s", output->kernel_reason);
  add_estimate(tree, output);
  close_branch(tree);
}

static void
add_streaming(struct tree *tree, const struct plan *plan, const struct plan_output *output)
{
  bool can = false;
  g_autofree char *reason = explain_streaming(plan, output, &can);
  if (reason != NULL)
    add_line(tree, false, "%s: %s",
             can ? "can be written while the input is read"
                 : "written when the input has been read",
             reason);
}

static void
add_writing(struct tree *tree, const struct plan *plan, const struct plan_output *output)
{
  g_autoptr(GString) path = g_string_new(output->spec->name);
  for (guint i = 0; i < output->partition_by->len; i++) {
    const struct plan_column *column =
        output->columns->pdata[g_array_index(output->partition_by, guint, i)];
    g_string_append_printf(path, "/%s=*", column->name);
  }
  open_branch(tree, true, "writes %s: Parquet, %s", path->str, output->spec->compression);
  g_autofree char *reason = explain_layout(output);
  add_line(tree, false, "%s", reason);
  add_streaming(tree, plan, output);
  if (output->order_by != NULL) {
    g_autofree char *order = g_strjoinv(", ", output->order_by);
    add_line(tree, false, "sorted by %s", order);
  }
  g_autoptr(GString) columns = g_string_new(NULL);
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = output->columns->pdata[i];
    g_string_append_printf(columns, "%s%s %s", i == 0 ? "" : ", ", column->name,
                           column->stored_type);
    if (!g_str_equal(column->type, column->stored_type))
      g_string_append_printf(columns, " (computed as %s)", column->type);
  }
  add_line(tree, true, "columns: %s", columns->str);
  close_branch(tree);
}

static void
add_output(struct tree *tree, const struct plan *plan, const struct plan_output *output,
           bool verbose)
{
  g_string_append_printf(tree->text, "output %s (job %s)\n", output->spec->name, output->job->name);
  add_line(tree, false, "%s", output->pass_reason);
  add_kernel(tree, output);
  for (guint i = 0; i < output->inputs->len; i++)
    add_reading(tree, false, plan, output->inputs->pdata[i], verbose);
  for (guint i = 0; i < output->rollups->len; i++)
    add_rollup(tree, output->rollups->pdata[i], verbose);
  add_refusals(tree, output);
  g_autofree char *post = explain_post(output);
  if (post != NULL)
    add_line(tree, false, "then %s", post);
  if (verbose) {
    add_sql(tree, false, "post-query", output->post_sql);
    if (output->ordered_sql != NULL)
      add_sql(tree, false, "post-query of groups in order", output->ordered_sql);
    add_sql(tree, false, "statement", output->sql);
    add_sql(tree, false, "statement as written", output->plain_sql);
  }
  add_writing(tree, plan, output);
  g_string_append_c(tree->text, '\n');
}

char *
plan_explain(const struct plan *plan, const struct plan_explain_options *options)
{
  g_autoptr(GString) indent = g_string_new(NULL);
  struct tree tree = {.text = g_string_new(NULL), .indent = indent};
  add_inputs(&tree, plan);
  bool verbose = options != NULL && options->verbose;
  add_passes(&tree, plan, verbose);
  for (guint i = 0; i < plan->outputs->len; i++)
    add_output(&tree, plan, plan->outputs->pdata[i], verbose);
  if (tree.text->len > 0)
    g_string_truncate(tree.text, tree.text->len - 1);
  return g_string_free(tree.text, FALSE);
}
