/* SPDX-License-Identifier: Apache-2.0 */
#include "report/envelope.h"
#include "run/inspect.h"

static void
add_text(struct json_object *array, const char *text)
{
  (void)json_object_array_add(array, text != NULL ? json_object_new_string(text) : NULL);
}

/* The first count cells; NULL is null. */
static struct json_object *
cells_json(char *const *cells, guint count)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < count; i++)
    add_text(array, cells[i]);
  return array;
}

static struct json_object *
lines_json(const GPtrArray *lines)
{
  return cells_json((char *const *)lines->pdata, lines->len);
}

static struct json_object *
names_json(const GPtrArray *columns, guint count)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < count; i++)
    add_text(array, ((const struct inventory_column *)columns->pdata[i])->name);
  return array;
}

static struct json_object *
columns_json(const struct inventory *inventory)
{
  struct json_object *array = json_object_new_array();
  guint data_columns = inventory->columns->len - inventory->partition_columns->len;
  for (guint i = 0; i < inventory->columns->len; i++) {
    const struct inventory_column *column = inventory->columns->pdata[i];
    struct json_object *object = json_object_new_object();
    json_add_text(object, "name", column->name);
    json_add_text(object, "type", column->type);
    json_add_flag(object, "partition", i >= data_columns);
    (void)json_object_array_add(array, object);
  }
  return array;
}

static struct json_object *
file_json(const struct inventory_file *file)
{
  struct json_object *object = json_object_new_object();
  json_add_text(object, "path", file->relative);
  json_add_uint(object, "size_bytes", file->size_bytes);
  json_add_uint(object, "rows", file->rows);
  return object;
}

static struct json_object *
files_json(const struct inspection *inspection)
{
  struct json_object *object = json_object_new_object();
  json_add_uint(object, "count", inspection->inventory->files->len);
  json_add_uint(object, "size_bytes", inspection->inventory->size_bytes);
  json_add_uint(object, "row_groups", inspection->row_groups);
  json_add_uint(object, "ignored", inspection->inventory->ignored_files);
  json_add_object(object, "smallest", file_json(inspection->smallest));
  json_add_uint(object, "median_bytes", inspection->median_bytes);
  json_add_object(object, "largest", file_json(inspection->largest));
  struct json_object *compressions = json_object_new_object();
  g_autoptr(GList) names = g_hash_table_get_keys(inspection->compressions);
  names = g_list_sort(names, (GCompareFunc)(gpointer)g_strcmp0);
  for (const GList *name = names; name != NULL; name = name->next)
    json_add_uint(compressions, name->data,
                  *(const guint64 *)g_hash_table_lookup(inspection->compressions, name->data));
  json_add_object(object, "compressions", compressions);
  return object;
}

static struct json_object *
partitions_json(const struct inventory *inventory)
{
  struct json_object *object = json_object_new_object();
  guint columns = inventory->partition_columns->len;
  json_add_object(object, "columns", names_json(inventory->partition_columns, columns));
  json_add_uint(object, "count", columns > 0 ? inventory->partitions->len : 0);
  return object;
}

static struct json_object *
groups_json(const struct inspection *inspection)
{
  struct json_object *object = json_object_new_object();
  json_add_object(object, "columns",
                  names_json(inspection->inventory->partition_columns, inspection->group_columns));
  struct json_object *groups = json_object_new_array();
  for (guint i = 0; i < inspection->groups->len; i++) {
    const struct inspection_group *group = inspection->groups->pdata[i];
    struct json_object *row = json_object_new_object();
    json_add_object(row, "values", cells_json(group->values, inspection->group_columns));
    json_add_uint(row, "rows", group->rows);
    json_add_uint(row, "files", group->files);
    json_add_uint(row, "size_bytes", group->size_bytes);
    (void)json_object_array_add(groups, row);
  }
  json_add_object(object, "groups", groups);
  return object;
}

static struct json_object *
counts_json(const GPtrArray *counts)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < counts->len; i++) {
    const struct inspection_count *count = counts->pdata[i];
    struct json_object *object = json_object_new_object();
    json_add_text(object, "column", count->column);
    json_add_flag(object, "complete", count->complete);
    struct json_object *values = json_object_new_array();
    for (guint j = 0; j < count->values->len; j++) {
      const struct inspection_value *value = count->values->pdata[j];
      struct json_object *row = json_object_new_object();
      json_add_text(row, "value", value->text);
      json_add_uint(row, "rows", value->rows);
      (void)json_object_array_add(values, row);
    }
    json_add_object(object, "values", values);
    (void)json_object_array_add(array, object);
  }
  return array;
}

static struct json_object *
sample_json(const struct inspection *inspection)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < inspection->sample->len; i++)
    (void)json_object_array_add(
        array, cells_json(inspection->sample->pdata[i], inspection->inventory->columns->len));
  return array;
}

struct json_object *
inspection_to_json(const struct inspection *inspection)
{
  const struct inventory *inventory = inspection->inventory;
  struct json_object *root = envelope_new("inspect");
  json_add_text(root, "input", inventory->uri);
  json_add_uint(root, "rows", inventory->rows);
  json_add_object(root, "columns", columns_json(inventory));
  json_add_object(root, "sample", sample_json(inspection));
  json_add_object(root, "files", files_json(inspection));
  json_add_object(root, "partitions", partitions_json(inventory));
  json_add_object(root, "rows_by_partition", groups_json(inspection));
  json_add_object(root, "rows_by_value", counts_json(inspection->counts));
  json_add_object(root, "gaps", lines_json(inspection->gaps));
  json_add_object(root, "drift", lines_json(inventory->drift));
  g_autofree char *fingerprint = inventory_fingerprint(inventory);
  json_add_text(root, "fingerprint", fingerprint);
  json_add_real(root, "seconds", inspection->seconds);
  return root;
}
