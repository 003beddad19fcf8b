/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of publishing share: a temporary output folder, a run with small text files for data (this room never
 * opens them), and a look at what readers would see.
 */
#pragma once

#include "table/publish.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KIT_NO_RETAIN G_GINT64_CONSTANT(-1)

struct kit {
  char *root; /* the output folder: does not exist at first */
  struct storage *storage;
};

static inline int
kit_setup(void **state)
{
  struct kit *kit = g_new0(struct kit, 1);
  g_autofree char *folder = g_dir_make_tmp("kindling-table-XXXXXX", NULL);
  assert_non_null(folder);
  kit->root = g_build_filename(folder, "out", NULL);
  kit->storage = storage_open(kit->root, NULL);
  assert_non_null(kit->storage);
  g_unsetenv("KINDLING_FAULT");
  *state = kit;
  return 0;
}

static inline int
kit_teardown(void **state)
{
  struct kit *kit = *state;
  g_autofree char *folder = g_path_get_dirname(kit->root);
  struct storage *above = storage_open(folder, NULL);
  assert_true(storage_delete_tree(above, "", NULL));
  storage_close(above);
  storage_close(kit->storage);
  g_free(kit->root);
  g_free(kit);
  g_unsetenv("KINDLING_FAULT");
  return 0;
}

static inline void
kit_write(struct kit *kit, const char *path, const char *text)
{
  g_autofree char *full = storage_path(kit->storage, path);
  g_autofree char *folder = g_path_get_dirname(full);
  assert_int_equal(g_mkdir_with_parents(folder, 0777), 0);
  assert_true(g_file_set_contents(full, text, -1, NULL));
}

static inline char *
kit_read(struct kit *kit, const char *path)
{
  g_autofree char *full = storage_path(kit->storage, path);
  char *text = NULL;
  return g_file_get_contents(full, &text, NULL, NULL) ? text : NULL;
}

static inline bool
kit_exists(struct kit *kit, const char *path)
{
  return storage_stat(kit->storage, path, NULL, NULL);
}

/* One run. tables: "name:file count", separated by spaces. Files are partitioned by k = 0, 1, ...; each holds the run id. */
struct kit_run {
  const char *run_id;
  const char *tables;
  gint64 retain_ms;
  const char *extra_column; /* or NULL: one more column, to change the schema */
  const char *extra_type;
};

#define KIT_TABLES 8

static inline const struct publish_column *
kit_columns(const struct kit_run *run, gsize *ret_count)
{
  static struct publish_column columns[3];
  columns[0] = (struct publish_column){"id", "BIGINT"};
  columns[1] = (struct publish_column){"k", "INTEGER"};
  columns[2] = (struct publish_column){run->extra_column, run->extra_type};
  *ret_count = run->extra_column == NULL ? 2 : 3;
  return columns;
}

static inline struct publish *
kit_begin(struct kit *kit, const struct kit_run *run, GError **error)
{
  static const char *const partition_by[] = {"k", NULL};
  static char names[KIT_TABLES][32];
  struct publish_output outputs[KIT_TABLES];
  g_auto(GStrv) parts = g_strsplit(run->tables, " ", -1);
  gsize count = 0;
  for (; parts[count] != NULL; count++) {
    g_strlcpy(names[count], parts[count], sizeof names[count]);
    *strchr(names[count], ':') = '\0';
    outputs[count] = (struct publish_output){
        .name = names[count], .partition_by = partition_by, .job = "job", .job_hash = "hash"};
    outputs[count].columns = kit_columns(run, &outputs[count].column_count);
  }
  JSON_AUTO(input) = json_object_new_object();
  json_add_text(input, "events", "fingerprint");
  struct publish_options options = {.output = kit->root,
                                    .run_id = run->run_id,
                                    .app_name = "test",
                                    .retain_ms = run->retain_ms,
                                    .input_fingerprint = input,
                                    .outputs = outputs,
                                    .output_count = count};
  return publish_begin(&options, error);
}

static inline bool
kit_add_files(struct publish *publish, const struct kit_run *run, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(run->tables, " ", -1);
  for (gsize i = 0; parts[i] != NULL; i++) {
    int count = atoi(strchr(parts[i], ':') + 1);
    for (int k = 0; k < count; k++) {
      g_autofree char *value = g_strdup_printf("%d", k);
      g_autofree char *path = g_strdup_printf("k=%d/part-0-%s.parquet", k, run->run_id);
      g_autofree char *full = g_build_filename(publish_staging(publish, i), path, NULL);
      g_autofree char *folder = g_path_get_dirname(full);
      if (g_mkdir_with_parents(folder, 0777) != 0 ||
          !g_file_set_contents(full, run->run_id, -1, error))
        return false;
      JSON_AUTO(statistics) = json_object_new_object();
      json_add_int(statistics, "numRecords", 10);
      const char *const values[] = {value};
      struct publish_file file = {.path = path,
                                  .partition_values = values,
                                  .size_bytes = strlen(run->run_id),
                                  .rows = 10,
                                  .statistics = statistics};
      if (!publish_add(publish, i, &file, error))
        return false;
    }
  }
  return true;
}

/* A whole run; results has room for KIT_TABLES or is NULL. */
static inline bool
kit_publish(struct kit *kit, const struct kit_run *run, struct publish_result *results,
            GError **error)
{
  struct publish_result unused[KIT_TABLES];
  AUTO(publish_end) struct publish *publish = kit_begin(kit, run, error);
  return publish != NULL && kit_add_files(publish, run, error) && publish_prepare(publish, error) &&
         publish_commit(publish, results == NULL ? unused : results, error);
}

static inline void
kit_publish_ok(struct kit *kit, const struct kit_run *run)
{
  g_autoptr(GError) error = NULL;
  bool done = kit_publish(kit, run, NULL, &error);
  if (!done)
    print_error("%s\n", error->message);
  assert_true(done);
}

/* The same in a child process under KINDLING_FAULT; its exit status is the error's exit code. */
static inline pid_t
kit_start(struct kit *kit, const struct kit_run *run, const char *fault)
{
  pid_t child = fork();
  assert_true(child >= 0);
  if (child != 0)
    return child;
  g_autoptr(GError) error = NULL;
  g_random_set_seed((guint32)getpid()); /* fork copies the random state */
  if (fault != NULL)
    g_setenv("KINDLING_FAULT", fault, TRUE);
  bool done = kit_publish(kit, run, NULL, &error);
  if (!done && fault == NULL && !error_is(error, ERROR_CONFLICT))
    print_error("%s: %s\n", run->run_id, error->message);
  _exit(done ? 0 : error_row(error)->exit_code);
}

static inline int
kit_wait(pid_t child)
{
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static inline int
kit_publish_child(struct kit *kit, const struct kit_run *run, const char *fault)
{
  return kit_wait(kit_start(kit, run, fault));
}

/* What a Delta reader sees: "version: path=content ..." in path order; "none" without a table; each live file must be
 * there with the size that the log tells. */
static inline char *
kit_delta_view(struct kit *kit, const char *table)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  g_autoptr(GError) error = NULL;
  if (!delta_read(kit->storage, table, -1, NULL, &snapshot, &error)) {
    print_error("%s\n", error->message);
    fail();
  }
  if (snapshot->version < 0)
    return g_strdup("none");
  GString *view = g_string_new(NULL);
  g_string_append_printf(view, "%" G_GINT64_FORMAT ":", snapshot->version);
  g_autoptr(GList) paths = g_list_sort(g_hash_table_get_keys(snapshot->live), (GCompareFunc)strcmp);
  for (GList *at = paths; at != NULL; at = at->next) {
    g_autofree char *full = g_strdup_printf("%s/%s", table, (char *)at->data);
    g_autofree char *text = kit_read(kit, full);
    struct json_object *add = g_hash_table_lookup(snapshot->live, at->data);
    assert_non_null(text);
    assert_int_equal(strlen(text), json_get_int(add, "size", -1));
    g_string_append_printf(view, " %s=%s", (char *)at->data, text);
  }
  return g_string_free(view, FALSE);
}

static inline bool
kit_skip(const char *name, bool is_folder, gpointer user)
{
  (void)is_folder;
  (void)user;
  return *name == '_' || *name == '.';
}

/* What a plain reader of the folder sees: contents of all files, each once, in byte order, separated by spaces. */
static inline char *
kit_plain_view(struct kit *kit, const char *table)
{
  g_autoptr(GPtrArray) entries = NULL;
  assert_true(storage_list_tree(kit->storage, table, kit_skip, NULL, &entries, NULL));
  GString *view = g_string_new(NULL);
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    g_autofree char *text = kit_read(kit, entry->path);
    g_string_append_printf(view, "%s%s", i == 0 ? "" : " ", text);
  }
  return g_string_free(view, FALSE);
}

static inline void
kit_assert_delta(struct kit *kit, const char *table, const char *wanted)
{
  g_autofree char *view = kit_delta_view(kit, table);
  assert_string_equal(view, wanted);
}

static inline void
kit_assert_plain(struct kit *kit, const char *table, const char *wanted)
{
  g_autofree char *view = kit_plain_view(kit, table);
  assert_string_equal(view, wanted);
}

/* Names in _kindling but the job log: what runs have left. */
static inline guint
kit_leftovers(struct kit *kit)
{
  g_autoptr(GPtrArray) entries = NULL;
  guint count = 0;
  assert_true(storage_list(kit->storage, "_kindling", &entries, NULL));
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    count += strcmp(entry->path, "_kindling/log") != 0 &&
             strcmp(entry->path, "_kindling/maintenance") != 0;
  }
  return count;
}
