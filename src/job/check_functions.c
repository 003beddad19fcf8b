/* SPDX-License-Identifier: Apache-2.0
 * Functions whose value depends on chance, on the clock or on the session. */
#include "job/check.h"
#include "job/functions.h"
#include "util/error.h"

#define MOMENT                                                                                     \
  "Give the moment as a parameter: CAST($now AS TIMESTAMP) and --param now='2024-01-31 00:00:00'."
#define CHANCE  "Derive it from the data: hash(user_id) instead of random()."
#define SESSION "Leave it out: a job's result depends on its inputs and parameters only."

struct refused_function {
  const char *name;
  const char *what;
  const char *hint;
};

static const struct refused_function refused[] = {
    {"random", "depends on chance", CHANCE},
    {"setseed", "depends on chance", CHANCE},
    {"uuid", "depends on chance", CHANCE},
    {"uuidv4", "depends on chance", CHANCE},
    {"uuidv7", "depends on chance", CHANCE},
    {"gen_random_uuid", "depends on chance", CHANCE},
    {"nextval", "depends on row order", "Number rows by row_number() OVER (ORDER BY ...)."},
    {"currval", "depends on row order", "Number rows by row_number() OVER (ORDER BY ...)."},
    {"now", "depends on the clock", MOMENT},
    {"today", "depends on the clock", MOMENT},
    {"ago", "depends on the clock", MOMENT},
    {"current_date", "depends on the clock", MOMENT},
    {"current_time", "depends on the clock", MOMENT},
    {"current_timestamp", "depends on the clock", MOMENT},
    {"current_localtime", "depends on the clock", MOMENT},
    {"current_localtimestamp", "depends on the clock", MOMENT},
    {"localtime", "depends on the clock", MOMENT},
    {"localtimestamp", "depends on the clock", MOMENT},
    {"get_current_time", "depends on the clock", MOMENT},
    {"get_current_timestamp", "depends on the clock", MOMENT},
    {"transaction_timestamp", "depends on the clock", MOMENT},
    {"pg_conf_load_time", "depends on the clock", MOMENT},
    {"pg_postmaster_start_time", "depends on the clock", MOMENT},
    {"sleep_ms", "has no place in a job", SESSION},
    {"pg_sleep", "has no place in a job", SESSION},
    {"getenv", "reads the environment", SESSION},
    {"getvariable", "reads the session", SESSION},
    {"current_setting", "reads the session", SESSION},
    {"current_query", "reads the session", SESSION},
    {"current_user", "reads the session", SESSION},
    {"current_role", "reads the session", SESSION},
    {"session_user", "reads the session", SESSION},
    {"user", "reads the session", SESSION},
    {"current_catalog", "reads the session", SESSION},
    {"current_database", "reads the session", SESSION},
    {"current_schema", "reads the session", SESSION},
    {"current_schemas", "reads the session", SESSION},
    {"version", "reads the session", SESSION},
    {"json_serialize_plan", "runs a text as SQL", "Write the query itself."},
    {"json_serialize_sql", "runs a text as SQL", "Write the query itself."},
    {"json_deserialize_sql", "runs a text as SQL", "Write the query itself."},
    {"vector_type", "shows the engine's inside", SESSION},
    {"get_block_size", "shows the engine's inside", SESSION},
    {"json_group_array", "depends on row order", "Write to_json(list(x ORDER BY x NULLS LAST))."},
    {"json_group_object", "depends on row order",
     "Write to_json(map(list(k ORDER BY k, v), list(v ORDER BY k, v)))."},
    {"json_group_structure", "depends on row order", "Write the structure out."},
    {"weighted_avg", "adds up in any order", "Write sum(v * w) / sum(w)."},
    {"wavg", "adds up in any order", "Write sum(v * w) / sum(w)."},
    {"geomean", "adds up in any order", "Write exp(avg(ln(x)))."},
    {"geometric_mean", "adds up in any order", "Write exp(avg(ln(x)))."},
};

static const struct refused_function *
find(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
    if (g_str_equal(refused[i].name, name))
      return &refused[i];
  return NULL;
}

static bool
is_engine_function(const char *name)
{
  static const char *const prefixes[] = {"pg_", "duckdb_", "pragma_", "kindling_", "__internal"};
  for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (g_str_has_prefix(name, prefixes[i]) && !g_str_equal(name, "pg_typeof"))
      return true;
  return false;
}

/* current_date and its like stand without parentheses, where a column of that name comes first. */
static bool
check_name(struct checker *checker, const struct selection *selection, const struct expr *expr)
{
  static const char *const bare[] = {"current_date",    "current_time",   "current_timestamp",
                                     "localtime",       "localtimestamp", "current_user",
                                     "current_role",    "session_user",   "user",
                                     "current_catalog", "current_schema", NULL};
  if (g_strv_length(expr->names) != 1)
    return true;
  g_autofree char *lower = g_utf8_strdown(expr->names[0], -1);
  if (!g_strv_contains(bare, lower) || selection_has_column(selection, lower))
    return true;
  const struct refused_function *row = find(lower);
  return job_refuse_hint(checker->job, check_place(checker, expr), row->hint, checker->error,
                         "%s %s", lower, row->what);
}

bool
check_functions(struct checker *checker, const struct selection *selection, const struct expr *expr)
{
  if (expr->class == EXPR_COLUMN)
    return check_name(checker, selection, expr);
  if (expr->class != EXPR_FUNCTION)
    return true;
  const struct refused_function *row = find(expr->function);
  gsize at = check_place(checker, expr);
  if (row != NULL)
    return job_refuse_hint(checker->job, at, row->hint, checker->error, "%s() %s", expr->function,
                           row->what);
  if (is_engine_function(expr->function))
    return job_refuse_hint(checker->job, at, SESSION, checker->error,
                           "%s() is a function of the engine", expr->function);
  if (g_str_equal(expr->function, "age") && expr->children->len == 1)
    return job_refuse_hint(checker->job, at, "Write age(later, earlier).", checker->error,
                           "age() of one time depends on the clock");
  if (!g_hash_table_contains(functions_volatiles(), expr->function))
    return true;
  return job_refuse_hint(checker->job, at, SESSION, checker->error,
                         "%s() may give another value at another call", expr->function);
}
