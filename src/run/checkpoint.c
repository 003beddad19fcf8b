/* SPDX-License-Identifier: Apache-2.0 */
#include "run/checkpoint.h"
#include "duck/duck.h"
#include "util/error.h"
#include "util/text.h"
#include <glib/gstdio.h>
#include <string.h>

/* The columns of a classic checkpoint. Typed by hand: a checkpoint without any remove must have the column all the same. */
#define COLUMNS                                                                                    \
  "{txn: 'STRUCT(\"appId\" VARCHAR, \"version\" BIGINT, \"lastUpdated\" BIGINT)', "                \
  "\"add\": 'STRUCT(\"path\" VARCHAR, \"partitionValues\" MAP(VARCHAR, VARCHAR), \"size\" "        \
  "BIGINT, "                                                                                       \
  "\"modificationTime\" BIGINT, \"dataChange\" BOOLEAN, \"stats\" VARCHAR, "                       \
  "\"tags\" MAP(VARCHAR, VARCHAR))', "                                                             \
  "remove: 'STRUCT(\"path\" VARCHAR, \"deletionTimestamp\" BIGINT, \"dataChange\" BOOLEAN, "       \
  "\"extendedFileMetadata\" BOOLEAN, \"partitionValues\" MAP(VARCHAR, VARCHAR), \"size\" "         \
  "BIGINT)', "                                                                                     \
  "\"metaData\": 'STRUCT(\"id\" VARCHAR, \"name\" VARCHAR, \"description\" VARCHAR, "              \
  "\"format\" STRUCT(\"provider\" VARCHAR, \"options\" MAP(VARCHAR, VARCHAR)), "                   \
  "\"schemaString\" VARCHAR, \"partitionColumns\" VARCHAR[], "                                     \
  "\"configuration\" MAP(VARCHAR, VARCHAR), \"createdTime\" BIGINT)', "                            \
  "protocol: 'STRUCT(\"minReaderVersion\" INTEGER, \"minWriterVersion\" INTEGER, "                 \
  "\"readerFeatures\" VARCHAR[], \"writerFeatures\" VARCHAR[])'}"

static bool
take_rows(const struct duck_result *result, const char *path, GPtrArray *rows, GError **error)
{
  for (guint64 i = 0; i < duck_result_rows(result); i++) {
    const char *text = duck_result_text(result, 0, i);
    struct json_object *row = text == NULL ? NULL : json_parse(text, strlen(text), error);
    if (row == NULL)
      return error_prefix(error, "checkpoint '%s': ", path);
    g_ptr_array_add(rows, row);
  }
  return true;
}

static void
put_row(gpointer row)
{
  (void)json_object_put(row);
}

bool
checkpoint_read(const char *path, gpointer user, GPtrArray **ret_rows, GError **error)
{
  (void)user;
  AUTO(duck_close) struct duck *duck = duck_open(&(struct duck_options){.threads = 1}, error);
  AUTO(duck_disconnect)
  struct duck_connection *connection = duck == NULL ? NULL : duck_connect(duck, error);
  if (connection == NULL)
    return false;
  g_autofree char *quoted = text_sql_file(path);
  g_autofree char *sql = g_strdup_printf(
      "SELECT to_json(t) FROM read_parquet(%s, hive_partitioning = false) t", quoted);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(connection, sql, NULL, NULL, error);
  if (result == NULL)
    return error_prefix(error, "cannot read the checkpoint '%s': ", path);
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(put_row);
  if (!take_rows(result, path, rows, error))
    return false;
  *ret_rows = g_steal_pointer(&rows);
  return true;
}

static bool
copy_rows(const char *lines, const char *path, GError **error)
{
  AUTO(duck_close) struct duck *duck = duck_open(&(struct duck_options){.threads = 1}, error);
  AUTO(duck_disconnect)
  struct duck_connection *connection = duck == NULL ? NULL : duck_connect(duck, error);
  if (connection == NULL)
    return false;
  g_autofree char *from = text_sql_file(lines);
  g_autofree char *to = text_sql_string(path);
  g_autofree char *sql = g_strdup_printf("COPY (SELECT * FROM read_json(%s, format = "
                                         "'newline_delimited', compression = 'uncompressed', "
                                         "maximum_object_size = 67108864, columns = " COLUMNS
                                         ")) TO %s (FORMAT parquet)",
                                         from, to);
  return duck_exec(connection, sql, error);
}

bool
checkpoint_write(const char *path, GPtrArray *rows, gpointer user, GError **error)
{
  (void)user;
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < rows->len; i++) {
    g_autofree char *line = json_line(rows->pdata[i]);
    g_string_append_printf(text, "%s\n", line);
  }
  g_autofree char *folder = g_path_get_dirname(path);
  g_autofree char *unique = g_uuid_string_random();
  g_autofree char *lines = g_strdup_printf("%s/.%s.tmp", folder, unique);
  bool written = g_file_set_contents(lines, text->str, (gssize)text->len, error)
                     ? copy_rows(lines, path, error)
                     : error_adopt(error, ERROR_FAILED);
  (void)g_unlink(lines);
  return written;
}
