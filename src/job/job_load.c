/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/syntax.h"
#include "job/job_inside.h"
#include "util/error.h"
#include "util/hash.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define SCRIPT_LIMIT ((goffset)1 << 20)

struct loader {
  struct duck_connection *connection;
  const struct job_options *options;
  struct job *job;
};

static void
view_free(gpointer data)
{
  struct job_view *view = data;
  g_free(view->name);
  ast_query_free(view->query);
  g_free(view->sql);
  g_clear_pointer(&view->values, g_array_unref);
  g_free(view);
}

static void
output_free(gpointer data)
{
  struct job_output *output = data;
  g_free(output->name);
  ast_query_free(output->query);
  g_free(output->sql);
  g_free(output->script_text);
  g_clear_pointer(&output->values, g_array_unref);
  g_strfreev(output->partition_by);
  g_free(output->compression);
  g_clear_pointer(&output->columns, g_ptr_array_unref);
  g_free(output);
}

static struct job *
job_new(const char *path)
{
  struct job *job = g_new0(struct job, 1);
  g_autofree char *file = g_path_get_basename(path);
  job->name = g_str_has_suffix(file, ".sql") ? g_strndup(file, strlen(file) - strlen(".sql"))
                                             : g_strdup(file);
  job->path = g_strdup(path);
  job->time_zone = g_strdup("UTC");
  job->views = g_ptr_array_new_with_free_func(view_free);
  job->outputs = g_ptr_array_new_with_free_func(output_free);
  return job;
}

static bool
refuse_unread(const struct job *job, int number, GError **error)
{
  (void)error_set_errno(error, ERROR_SCRIPT, number, "cannot read job '%s'", job->path);
  return number != ENOENT
             ? false
             : error_hint(error, "Give the path of a script, or the name of a job that "
                                 "comes with the program, without '.sql'.");
}

static bool
read_script(struct job *job, gsize *ret_length, GError **error)
{
  GStatBuf status;
  if (g_stat(job->path, &status) != 0)
    return refuse_unread(job, errno, error);
  if (!S_ISREG(status.st_mode)) {
    (void)error_set(error, ERROR_SCRIPT, "cannot read job '%s': not a file", job->path);
    return error_hint(error, "Give the path of a SQL script.");
  }
  if (status.st_size > SCRIPT_LIMIT) {
    (void)error_set(error, ERROR_SCRIPT, "job '%s' is larger than 1 MiB", job->path);
    return error_hint(error, "Split it into several jobs.");
  }
  if (!g_file_get_contents(job->path, &job->script, ret_length, error))
    return error_adopt(error, ERROR_SCRIPT);
  return true;
}

/* Offset of a split fault: behind a NUL byte the text cannot be searched for lines. */
static bool
split_script(struct job *job, gsize length, GPtrArray **ret_statements, GError **error)
{
  struct script_fault *fault = NULL;
  if (script_split(job->script, length, ret_statements, &fault))
    return true;
  if (!g_utf8_validate(job->script, (gssize)length, NULL))
    job->script[fault->at] = '\0';
  (void)job_refuse_hint(job, fault->at, fault->hint, error, "%s", fault->message);
  script_fault_free(fault);
  return false;
}

static bool
shift_expr(struct expr *expr, gpointer user)
{
  if (expr->at >= 0)
    expr->at += *(const gssize *)user;
  return true;
}

static bool
shift_table(struct table_ref *table, gpointer user)
{
  if (table->at >= 0)
    table->at += *(const gssize *)user;
  return true;
}

/* Parses the query as it stands in the script, so that places in the tree are places in the script. */
static struct query *
parse_query(const struct loader *loader, const struct script_statement *statement, GError **error)
{
  const struct job *job = loader->job;
  struct duck_fault *fault = NULL;
  g_autofree char *text =
      g_strndup(job->script + statement->query_at, statement->query_end - statement->query_at);
  AUTO(ast_query_free)
  struct query *query = ast_parse(loader->connection, text, &fault, error);
  if (fault != NULL) {
    AUTO(duck_fault_free) struct duck_fault *owned = fault;
    const struct job_text place = {.at = statement->query_at};
    /* "only SELECT statements can be serialized to json" */
    if (strstr(owned->message, "serialized") == NULL)
      (void)job_refuse_fault(job, &place, owned, error);
    else
      (void)job_refuse_hint(job, statement->query_at,
                            "Write one SELECT; instead of PIVOT one aggregate with FILTER for each "
                            "column: sum(value) FILTER (WHERE event_type = 'click').",
                            error, "this query is no plain SELECT");
    return NULL;
  }
  if (query == NULL) {
    (void)error_prefix(error, "%s: ", job->path);
    return NULL;
  }
  gssize shift = (gssize)statement->query_at;
  const struct ast_visitor visitor = {.expr = shift_expr, .table = shift_table, .user = &shift};
  ast_walk_query(query, &visitor);
  gsize base = statement->query_at;
  if (!check_syntax(job, query, base, error) || !check_sources(job, query, base, error))
    return NULL;
  job_substitute_tree(query, loader->options);
  return g_steal_pointer(&query);
}

static bool
load_view(const struct loader *loader, const struct script_statement *statement, GError **error)
{
  struct job *job = loader->job;
  if (!job_check_view_name(job, statement, error))
    return false;
  struct job_view *view = g_new0(struct job_view, 1);
  g_ptr_array_add(job->views, view);
  view->name = g_strdup(statement->name);
  view->name_at = statement->name_at;
  view->at = statement->query_at;
  view->sql = job_substitute(job, statement, loader->options, &view->values);
  view->query = parse_query(loader, statement, error);
  return view->query != NULL;
}

static bool
load_output(const struct loader *loader, const struct script_statement *statement, GError **error)
{
  struct job *job = loader->job;
  if (!job_check_output_name(job, statement, error))
    return false;
  struct job_output *output = g_new0(struct job_output, 1);
  g_ptr_array_add(job->outputs, output);
  output->name = g_strdup(statement->name);
  output->name_at = statement->name_at;
  output->at = statement->query_at;
  output->script_text =
      g_strndup(job->script + statement->query_at, statement->query_end - statement->query_at);
  output->sql = job_substitute(job, statement, loader->options, &output->values);
  if (!job_read_copy_options(job, statement, output, error))
    return false;
  output->query = parse_query(loader, statement, error);
  return output->query != NULL;
}

static bool
load_time_zone(struct job *job, const struct script_statement *statement, GError **error)
{
  if (job->time_zone_at != 0)
    return job_refuse_hint(job, statement->at, "Set it once, at the top.", error,
                           "TimeZone is set again");
  if (job->views->len + job->outputs->len > 0)
    return job_refuse_hint(job, statement->at, "Put it in front of the first COPY or CREATE VIEW.",
                           error, "TimeZone is set in the middle of the script");
  g_free(job->time_zone);
  job->time_zone = g_strdup(statement->name);
  job->time_zone_at = statement->name_at;
  return true;
}

static bool
load_statements(const struct loader *loader, GPtrArray *statements, GError **error)
{
  for (guint i = 0; i < statements->len; i++) {
    const struct script_statement *statement = g_ptr_array_index(statements, i);
    bool loaded = false;
    switch (statement->kind) {
    case SCRIPT_COPY:
      loaded = load_output(loader, statement, error);
      break;
    case SCRIPT_VIEW:
      loaded = load_view(loader, statement, error);
      break;
    case SCRIPT_TIME_ZONE:
      loaded = load_time_zone(loader->job, statement, error);
      break;
    }
    if (!loaded)
      return false;
  }
  if (loader->job->outputs->len > 0)
    return true;
  return job_refuse_hint(loader->job, strlen(loader->job->script),
                         "Write COPY (SELECT ...) TO 'output-name' (FORMAT parquet).", error,
                         "the script has no output");
}

/* DuckDB's own cut of the script must agree with ours: a bug of our lexer is then an error, never a wrong statement.
 * Statements that do not bind without data have no kind here. */
static bool
compare_with_duckdb(const struct loader *loader, GPtrArray *statements, GError **error)
{
  static const enum duck_statement kinds[] = {DUCK_STATEMENT_COPY, DUCK_STATEMENT_CREATE,
                                              DUCK_STATEMENT_SET};
  const struct job_text whole = {.at = 0};
  g_autoptr(GArray) found = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  if (!duck_split_script(loader->connection, loader->job->script, &found, &fault, error))
    return fault == NULL ? false : job_refuse_fault(loader->job, &whole, fault, error);
  bool same = found->len == statements->len;
  for (guint i = 0; same && i < found->len; i++) {
    const struct script_statement *statement = g_ptr_array_index(statements, i);
    enum duck_statement kind = g_array_index(found, enum duck_statement, i);
    same = kind == DUCK_STATEMENT_OTHER || kind == kinds[statement->kind];
  }
  return same || job_refuse_hint(loader->job, 0, "End every statement with a semicolon.", error,
                                 "DuckDB cuts this script into other statements");
}

static void
add_hash_line(GString *text, const char *word, const char *value)
{
  g_string_append_printf(text, "%s %" G_GSIZE_FORMAT ":%s\n", word, strlen(value), value);
}

static char *
hash_meaning(const struct job *job)
{
  g_autoptr(GString) text = g_string_new(NULL);
  add_hash_line(text, "zone", job->time_zone);
  for (guint i = 0; i < job->views->len; i++) {
    const struct job_view *view = g_ptr_array_index(job->views, i);
    g_autofree char *tree = ast_canonical_query(view->query);
    g_autofree char *name = g_utf8_strdown(view->name, -1);
    add_hash_line(text, "view", name);
    add_hash_line(text, "query", tree);
  }
  for (guint i = 0; i < job->outputs->len; i++) {
    const struct job_output *output = g_ptr_array_index(job->outputs, i);
    g_autofree char *tree = ast_canonical_query(output->query);
    add_hash_line(text, "output", output->name);
    add_hash_line(text, "compression", output->compression);
    for (char **column = output->partition_by; *column != NULL; column++) {
      g_autofree char *lower = g_utf8_strdown(*column, -1);
      add_hash_line(text, "partition", lower);
    }
    add_hash_line(text, "query", tree);
  }
  return hash_text(text->str, (gssize)text->len);
}

struct job *
job_load(struct duck_connection *connection, const struct job_options *options, GError **error)
{
  gsize length = 0;
  g_autofree char *path = job_find(options, error);
  if (path == NULL)
    return NULL;
  AUTO(job_free) struct job *job = job_new(path);
  g_autoptr(GPtrArray) statements = NULL;
  if (!read_script(job, &length, error) || !split_script(job, length, &statements, error) ||
      !job_read_parameters(job, statements, options, error))
    return NULL;
  const struct loader loader = {connection, options, job};
  if (!load_statements(&loader, statements, error) ||
      !compare_with_duckdb(&loader, statements, error) || !job_find_inputs(job, error))
    return NULL;
  job->hash = hash_meaning(job);
  return g_steal_pointer(&job);
}
