/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job.h"
#include "job/job_inside.h"
#include "util/error.h"
#include <string.h>

enum { LONGEST_LIST = 4 };

void
job_free(struct job *job)
{
  if (job == NULL)
    return;
  g_free(job->name);
  g_free(job->path);
  g_free(job->script);
  g_free(job->time_zone);
  g_ptr_array_unref(job->views);
  g_ptr_array_unref(job->outputs);
  g_strfreev(job->inputs);
  g_free(job->input_at);
  g_strfreev(job->parameters);
  g_free(job->hash);
  g_free(job);
}

char *
job_place(const struct job *job, gsize at)
{
  struct text_position position = text_position_of(job->script, MIN(at, strlen(job->script)));
  return g_strdup_printf("%s:%u:%u", job->path, position.line, position.column);
}

bool
job_refuse(const struct job *job, gsize at, GError **error, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *place = job_place(job, at);
  return error_set(error, ERROR_SCRIPT, "%s: %s", place, text);
}

bool
job_refuse_hint(const struct job *job, gsize at, const char *hint, GError **error,
                const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  (void)job_refuse(job, at, error, "%s", text);
  return hint == NULL ? false : error_hint(error, "%s", hint);
}

gsize
job_text_place(const struct job_text *text, gssize offset)
{
  if (offset <= 0)
    return text->at;
  gsize place = text->at + (gsize)offset;
  for (guint i = 0; text->values != NULL && i < text->values->len; i++) {
    const struct job_value *value = &g_array_index(text->values, struct job_value, i);
    if (place <= value->at)
      break;
    if (place < value->at + value->length)
      return value->at;
    place = place - value->length + (value->end - value->at);
  }
  return place;
}

struct rewording {
  const char *part; /* of DuckDB's message */
  const char *hint;
};

static const struct rewording rewordings[] = {
    {"must appear in the GROUP BY",
     "Add it to GROUP BY, or say which value of the group is meant: min(x), max(x), or first(x "
     "ORDER BY key NULLS LAST, x NULLS LAST)."},
    {"Ambiguous reference", "Put the table's name or alias in front: e.user_id."},
    {"cannot contain aggregates", "Filter groups by HAVING, or by WHERE around a sub-query."},
    {"nested too deeply", "Put inner parts into WITH or CREATE VIEW."},
    {"expression depth", "Shorten the expression, or put parts of it into WITH or CREATE VIEW."},
    {"cannot contain window", "Filter window results by QUALIFY, or by WHERE around a sub-query."},
};

static const char *
hint_for(const char *message, const char *otherwise)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rewordings); i++) {
    g_autofree char *lower = g_utf8_strdown(message, -1);
    g_autofree char *part = g_utf8_strdown(rewordings[i].part, -1);
    if (strstr(lower, part) != NULL)
      return rewordings[i].hint;
  }
  return otherwise;
}

static bool
hint_candidates(const struct duck_fault *fault, const char *none, GError **error)
{
  if (fault->candidates == NULL || fault->candidates[0] == NULL)
    return error_hint(error, "%s", none);
  const char *nearest = fault->name == NULL
                            ? NULL
                            : text_nearest(fault->name, (const char *const *)fault->candidates);
  if (nearest != NULL)
    return error_hint(error, "Did you mean '%s'?", nearest);
  return error_hint(error, "%s", none);
}

/* "no function matches the given name and argument types 'sum(VARCHAR)'. ..." -> sum(VARCHAR) */
static char *
call_of(const char *message)
{
  g_auto(GStrv) parts = g_strsplit(message, "'", 3);
  return g_strv_length(parts) == 3 ? g_strdup(parts[1]) : NULL;
}

static bool
refuse_function(const struct job *job, gsize at, const struct duck_fault *fault, GError **error)
{
  if (strstr(fault->message, "does not exist") != NULL && fault->name != NULL) {
    (void)job_refuse(job, at, error, "unknown function '%s'", fault->name);
    const char *nearest = fault->candidates == NULL
                              ? NULL
                              : text_nearest(fault->name, (const char *const *)fault->candidates);
    return nearest != NULL ? error_hint(error, "Did you mean '%s'?", nearest)
                           : error_hint(error, "A job has the functions of DuckDB 1.5.");
  }
  g_autofree char *call = call_of(fault->message);
  if (call == NULL)
    (void)job_refuse(job, at, error, "%s", fault->message);
  else
    (void)job_refuse(job, at, error, "no function takes these types: %s", call);
  if (fault->candidates == NULL)
    return error_hint(error, "Cast the arguments to types that the function takes.");
  g_autoptr(GString) all = g_string_new(NULL);
  for (guint i = 0; fault->candidates[i] != NULL && i < LONGEST_LIST; i++)
    g_string_append_printf(all, "%s%s", i == 0 ? "" : ", ", fault->candidates[i]);
  return error_hint(error, "Cast the arguments: there is %s.", all->str);
}

bool
job_refuse_fault(const struct job *job, const struct job_text *text, const struct duck_fault *fault,
                 GError **error)
{
  gsize at = job_text_place(text, fault->at);
  const char *name = fault->name == NULL ? "?" : fault->name;
  switch (fault->kind) {
  case DUCK_FAULT_SYNTAX:
    return job_refuse_hint(
        job, at,
        hint_for(fault->message, "A query is DuckDB SQL: check it at and in front of this place."),
        error, "%s", fault->message);
  case DUCK_FAULT_COLUMN:
    if (fault->name == NULL)
      break;
    (void)job_refuse(job, at, error, "unknown column '%s'", name);
    return hint_candidates(fault, "'kindling inspect --input PATH' shows an input's columns.",
                           error);
  case DUCK_FAULT_TABLE:
    if (fault->name == NULL)
      break;
    return job_refuse_hint(job, at,
                           "Define it by WITH or CREATE VIEW in front of its use, or put it in "
                           "FROM.",
                           error, "unknown table '%s'", name);
  case DUCK_FAULT_FUNCTION:
    return refuse_function(job, at, fault, error);
  case DUCK_FAULT_BIND:
  case DUCK_FAULT_DATA:
  case DUCK_FAULT_RUN:
    break;
  case DUCK_FAULT_DAMAGED:
  case DUCK_FAULT_LIMIT:
  case DUCK_FAULT_STOPPED:
  case DUCK_FAULT_ACCESS:
    return duck_fault_raise(fault, error);
  }
  return job_refuse_hint(
      job, at,
      hint_for(fault->message,
               "Change the query: it is DuckDB SQL, and DuckDB does not take this."),
      error, "%s", fault->message);
}
