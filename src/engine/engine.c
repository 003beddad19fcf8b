/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"
#include "util/error.h"

static const struct engine_driver *const drivers[] = {&engine_local};

struct engine {
  const struct engine_driver *driver;
  gpointer self;
};

void
engine_file_free(struct engine_file *file)
{
  if (file == NULL)
    return;
  for (guint i = 0; i < file->partition_count; i++)
    g_free(file->partition_values[i]);
  g_free(file->partition_values);
  g_free(file->path);
  json_release(&file->statistics);
  g_free(file);
}

void
engine_output_clear(struct engine_output *output)
{
  g_clear_pointer(&output->files, g_ptr_array_unref);
  g_free(output->note);
  *output = (struct engine_output){0};
}

const char *
engine_way_name(enum engine_way way)
{
  static const char *const names[] = {
      [ENGINE_BY_DUCKDB] = "duckdb",
      [ENGINE_BY_KERNEL] = "kernel",
      [ENGINE_STREAMED] = "kernel, streamed",
      [ENGINE_IN_ORDER] = "kernel, in order",
  };
  return names[way];
}

static const struct engine_driver *
find_driver(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(drivers); i++)
    if (g_str_equal(drivers[i]->name, name))
      return drivers[i];
  return NULL;
}

struct engine *
engine_open(const char *name, const struct engine_options *options, GError **error)
{
  const struct engine_driver *driver = find_driver(name);
  if (driver == NULL) {
    error_set(error, ERROR_USAGE, "there is no engine '%s'", name);
    error_hint(error, "Use --engine local.");
    return NULL;
  }
  gpointer self = driver->open(options, error);
  if (self == NULL)
    return NULL;
  struct engine *engine = g_new0(struct engine, 1);
  engine->driver = driver;
  engine->self = self;
  return engine;
}

void
engine_close(struct engine *engine)
{
  if (engine == NULL)
    return;
  engine->driver->close(engine->self);
  g_free(engine);
}

void
engine_begin(struct engine *engine, const struct engine_batch *batch)
{
  engine->driver->begin(engine->self, batch);
}

void
engine_end(struct engine *engine)
{
  engine->driver->end(engine->self);
}

bool
engine_run_output(struct engine *engine, const struct engine_run *run,
                  struct engine_output *ret_output, GError **error)
{
  return engine->driver->run(engine->self, run, ret_output, error);
}

char *
engine_explain(struct engine *engine, const struct plan *plan, guint output,
               enum duck_plan_kind kind, struct json_object **ret_observed, GError **error)
{
  return engine->driver->explain(engine->self, plan, output, kind, ret_observed, error);
}

bool
engine_estimate(struct engine *engine, struct plan *plan, GError **error)
{
  return engine->driver->estimate(engine->self, plan, error);
}

struct duck_connection *
engine_connection(struct engine *engine)
{
  return engine->driver->connection(engine->self);
}

bool
engine_register_aggregate(struct engine *engine, const char *name, GError **error)
{
  return engine->driver->register_aggregate(engine->self, name, error);
}

struct duck *
engine_database(struct engine *engine)
{
  return engine->driver->database(engine->self);
}

struct engine_memory
engine_memory(const struct engine *engine)
{
  return engine->driver->memory(engine->self);
}
