/* SPDX-License-Identifier: Apache-2.0
 * For the tests of src/job: a DuckDB with the tables events, users and odd, and jobs from texts. */
#pragma once

#include "job/job.h"
#include "util/error.h"
#include <glib/gstdio.h>
#include <string.h>

static struct duck *fixture_duck;
static struct duck_connection *fixture_duck_connection;
static char *fixture_path;

static inline struct duck_connection *
fixture_connection(void)
{
  return fixture_duck_connection;
}

static inline int
fixture_open(void **state)
{
  (void)state;
  static const char tables[] =
      "CREATE TABLE events (user_id BIGINT, event_type VARCHAR, category VARCHAR, value DOUBLE, "
      "\"timestamp\" TIMESTAMP, year INT, month INT, day INT);"
      "CREATE TABLE users (user_id BIGINT, name VARCHAR, country VARCHAR);"
      "CREATE TABLE odd (\"user\" VARCHAR, \"we ird\" INT)";
  const struct duck_options options = {.threads = 1};
  fixture_duck = duck_open(&options, /* error= */ NULL);
  if (fixture_duck == NULL)
    return -1;
  fixture_duck_connection = duck_connect(fixture_duck, /* error= */ NULL);
  g_autofree char *folder = g_dir_make_tmp("kindling-job-XXXXXX", /* error= */ NULL);
  fixture_path = g_build_filename(folder, "job.sql", NULL);
  return duck_exec(fixture_duck_connection, tables, /* error= */ NULL) ? 0 : -1;
}

static inline int
fixture_close(void **state)
{
  (void)state;
  g_autofree char *folder = g_path_get_dirname(fixture_path);
  (void)g_unlink(fixture_path);
  (void)g_rmdir(folder);
  g_free(fixture_path);
  duck_disconnect(fixture_duck_connection);
  duck_close(fixture_duck);
  return 0;
}

static inline struct job *
fixture_load(const char *script, const struct job_param *params, gsize param_count, GError **error)
{
  const struct job_options options = {
      .job = fixture_path, .params = params, .param_count = param_count};
  if (!g_file_set_contents(fixture_path, script, -1, error))
    return NULL;
  return job_load(fixture_duck_connection, &options, error);
}

/* Loaded and bound; parameters $since and $n have values, used or not. */
static inline struct job *
fixture_bind(const char *script, GError **error)
{
  static const struct job_param params[] = {{"since", "2024-01-01"}, {"n", "5"}};
  const struct job_options options = {
      .job = fixture_path, .params = params, .param_count = 2, .shared_params = true};
  if (!g_file_set_contents(fixture_path, script, -1, error))
    return NULL;
  AUTO(job_free) struct job *job = job_load(fixture_duck_connection, &options, error);
  if (job == NULL || !job_bind(job, fixture_duck_connection, error))
    return NULL;
  return g_steal_pointer(&job);
}

/* The message behind the script's path. */
static inline const char *
fixture_place(const char *message)
{
  gsize length = strlen(fixture_path);
  return strncmp(message, fixture_path, length) == 0 && message[length] == ':'
             ? message + length + 1
             : message;
}
