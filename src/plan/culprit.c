/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/culprit.h"
#include "plan/culprit_clue.h"
#include "plan/tree.h"
#include "util/error.h"
#include <string.h>

/* Expressions of an output and of the views that it reads. */
struct search {
  const struct job *job;
  const struct clue *clue;
  bool constants;     /* only texts of the script that are the value itself */
  bool any_column;    /* casts of any expression, not only of the clue's column */
  GArray *places;     /* gsize */
  const char *type;   /* of the last cast among them */
  bool is_met;        /* there are some, with a place or not */
  GPtrArray *queries; /* struct query: to be looked at; grows by the views that are met */
};

static bool
fits(const struct search *search, const struct expr *expr)
{
  return search->constants ? clue_is_constant(search->clue, expr)
                           : clue_fits(search->clue, expr, search->any_column);
}

static bool
note_expr(struct expr *expr, gpointer user)
{
  struct search *search = user;
  if (g_str_equal(expr->type, "OPERATOR_TRY"))
    return false;
  if (fits(search, expr)) {
    search->is_met = true;
    search->type = expr->cast_type;
    gsize at = expr->at < 0 ? 0 : (gsize)expr->at;
    if (expr->at >= 0)
      g_array_append_val(search->places, at);
  }
  return true;
}

static bool
note_table(struct table_ref *table, gpointer user)
{
  struct search *search = user;
  for (guint i = 0; table->class == TABLE_BASE && i < search->job->views->len; i++) {
    const struct job_view *view = g_ptr_array_index(search->job->views, i);
    if (tree_same_name(view->name, table->name) &&
        !g_ptr_array_find(search->queries, view->query, NULL))
      g_ptr_array_add(search->queries, view->query);
  }
  return true;
}

static GArray *
find_places(const struct plan_output *output, struct search *search)
{
  g_autoptr(GPtrArray) queries = g_ptr_array_new();
  g_ptr_array_add(queries, output->spec->query);
  search->job = output->job;
  search->places = g_array_new(FALSE, FALSE, sizeof(gsize));
  search->queries = queries;
  const struct ast_visitor visitor = {.expr = note_expr, .table = note_table, .user = search};
  for (guint i = 0; i < queries->len; i++)
    ast_walk_query(g_ptr_array_index(queries, i), &visitor);
  return search->places;
}

static char *
line_text(const struct job *job, gsize at)
{
  return g_strdup_printf("%s:%u", job->path, text_position_of(job->script, at).line);
}

/* One place exactly, or the line in which all stand, or NULL. */
static char *
common_place(const struct job *job, const GArray *places)
{
  if (places->len == 0)
    return NULL;
  gsize first = g_array_index(places, gsize, 0);
  if (places->len == 1)
    return job_place(job, first);
  guint line = text_position_of(job->script, first).line;
  for (guint i = 1; i < places->len; i++)
    if (text_position_of(job->script, g_array_index(places, gsize, i)).line != line)
      return NULL;
  return line_text(job, first);
}

/* Casts of the column or of an expression, a constant that is cast, casts of anything: what there is first. */
static char *
place_of(const struct plan_output *output, struct clue *clue)
{
  struct search searches[] = {
      {.clue = clue}, {.clue = clue, .constants = true}, {.clue = clue, .any_column = true}};
  for (gsize i = 0; i < G_N_ELEMENTS(searches); i++) {
    g_autoptr(GArray) places = find_places(output, &searches[i]);
    if (!searches[i].is_met)
      continue;
    clue->is_constant = searches[i].constants;
    if (searches[i].type != NULL)
      clue_set_type(clue, searches[i].type);
    char *place = common_place(output->job, places);
    if (place != NULL)
      return place;
    break;
  }
  return line_text(output->job, output->spec->at);
}

static bool
is_first_entry_place(struct expr *expr, gpointer user)
{
  gssize *place = user;
  if (expr->at >= 0 && (*place < 0 || expr->at < *place))
    *place = expr->at;
  return true;
}

char *
plan_column_place(const struct job *job, const struct job_output *spec, guint column)
{
  struct query *query = spec->query;
  gssize place = -1;
  const struct ast_visitor visitor = {.expr = is_first_entry_place, .user = &place};
  if (query->class == QUERY_SELECT && query->select->len == spec->columns->len)
    ast_walk_expr(g_ptr_array_index(query->select, column), &visitor);
  return place >= 0 ? job_place(job, (gsize)place) : line_text(job, spec->at);
}

static char *
place_of_named_column(const struct plan_output *output, const char *message)
{
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    g_autofree char *name = g_strdup_printf("column '%s'", column->name);
    if (strstr(message, name) != NULL)
      return plan_column_place(output->job, output->spec, i);
  }
  return NULL;
}

/* "a0", a column of the rollup that DuckDB has read, is called by what the script says. */
static const char *
written_column(const struct plan_output *output, const char *column)
{
  if (column == NULL || output->rollups->len != 1 || (column[0] != 'a' && column[0] != 'g') ||
      !g_ascii_isdigit(column[1]))
    return column;
  const struct plan_rollup *rollup = g_ptr_array_index(output->rollups, 0);
  char *end = NULL;
  guint64 index = g_ascii_strtoull(column + 1, &end, 10);
  if (*end != '\0')
    return column;
  if (column[0] == 'g')
    return index < rollup->groups->len ? rollup->group_texts[index] : column;
  return index < rollup->aggregates->len
             ? ((const struct plan_aggregate *)g_ptr_array_index(rollup->aggregates, index))->text
             : column;
}

static char *
explain_data(const struct plan_output *output, GError **error)
{
  AUTO(clue_free) struct clue *clue = clue_new((*error)->message);
  const char *written = written_column(output, clue->column);
  if (written != clue->column) {
    g_free(clue->column);
    clue->column = g_strdup(written);
    clue->is_made = true;
  }
  char *place = place_of(output, clue);
  g_autofree char *text = clue_text(clue);
  g_autofree char *hint = clue_hint(clue);
  g_clear_error(error);
  error_set(error, ERROR_DATA, "%s", text);
  error_hint(error, "%s", hint);
  return place;
}

bool
plan_blame_output(const struct plan_output *output, GError **error)
{
  if (error == NULL || *error == NULL)
    return false;
  g_autofree char *place = NULL;
  if (error_is(*error, ERROR_DATA))
    place = explain_data(output, error);
  else if (error_is(*error, ERROR_OUTPUT))
    place = place_of_named_column(output, (*error)->message);
  (void)error_prefix(error, "output '%s': ", output->spec->name);
  return place == NULL ? false : error_prefix(error, "%s: ", place);
}
