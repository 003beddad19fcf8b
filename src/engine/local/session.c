/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"
#include "util/ending.h"
#include "util/error.h"
#include "util/machine.h"

static void
pass_free(gpointer data)
{
  kernel_pass_free(data);
}

static void
choose(struct local *local, const struct engine_options *options)
{
  local->threads = options->threads > 0 ? options->threads : machine_cpu_count();
  local->kernel_off = g_strcmp0(g_getenv("KINDLING_KERNEL"), "off") == 0;
  local->parquet_writer = options->parquet_writer;
  local->views = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  local->passes = g_ptr_array_new_with_free_func(pass_free);
  local->wide_sums = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
}

static bool
set_up(struct local *local, const struct engine_options *options, GError **error)
{
  const struct duck_options duck_options = {
      .threads = local->threads,
      .memory_limit_bytes = local->data_bytes,
      .trim_above_bytes = options->memory_limit_bytes / 100 * ENGINE_TRIM_PERCENT,
      .temp_dir = options->temp_dir,
      .temp_limit_bytes = options->temp_limit_bytes > 0
                              ? options->temp_limit_bytes
                              : machine_disk_free_bytes(options->temp_dir) / 10 * 9,
      .keep_insertion_order = false,
  };
  local->duck = duck_open(&duck_options, error);
  if (local->duck == NULL)
    return false;
  local->callers = duck_connect(local->duck, error);
  if (local->callers == NULL || !duck_only_plans(local->callers, error))
    return false;
  local->work = duck_connect(local->duck, error);
  if (local->work == NULL || !sums_register(local, error))
    return false;
  /* Each job has its own time zone; the kernel's part of the memory comes and goes (memory.c). */
  return duck_exec(local->work,
                   "SET allowed_configs = ['TimeZone', 'memory_limit', 'enable_caching_operators']",
                   error) &&
         duck_lock_configuration(local->work, error);
}

gpointer
local_open(const struct engine_options *options, GError **error)
{
  struct local *local = g_new0(struct local, 1);
  choose(local, options);
  if (!memory_choose(local, options->memory_limit_bytes, error) || !set_up(local, options, error)) {
    local_close(local);
    return NULL;
  }
  return local;
}

static void
close_database(struct local *local)
{
  if (local->work != NULL)
    duck_disconnect(local->work);
  if (local->callers != NULL)
    duck_disconnect(local->callers);
  if (local->duck != NULL)
    duck_close(local->duck);
}

void
local_close(gpointer self)
{
  struct local *local = self;
  g_ptr_array_unref(local->passes);
  g_hash_table_unref(local->views);
  if (local->duck == NULL || !ending_take())
    close_database(local);
  g_hash_table_unref(local->wide_sums);
  g_free(local);
}

struct duck_connection *
local_connection(gpointer self)
{
  return ((struct local *)self)->callers;
}

bool
local_register_aggregate(gpointer self, const char *name, GError **error)
{
  struct local *local = self;
  for (gsize i = 0; i < G_N_ELEMENTS(local->sums); i++)
    if (g_str_equal(local->sums[i].name, name))
      return true;
  return wide_sums_register(local, name, error);
}

struct duck *
local_database(gpointer self)
{
  return ((struct local *)self)->duck;
}

struct engine_memory
local_memory(gpointer self)
{
  const struct local *local = self;
  return (struct engine_memory){.limit_bytes = local->memory_limit_bytes,
                                .data_bytes = local->data_bytes,
                                .kernel_bytes = local->kernel_off ? 0 : local->budget.limit_bytes};
}

const struct engine_driver engine_local = {
    .name = "local",
    .features = ENGINE_EXPLAIN | ENGINE_EXPLAIN_ANALYZE,
    .open = local_open,
    .close = local_close,
    .begin = local_begin,
    .end = local_end,
    .run = local_run,
    .explain = local_explain,
    .estimate = local_estimate,
    .connection = local_connection,
    .register_aggregate = local_register_aggregate,
    .database = local_database,
    .memory = local_memory,
};
