/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/cell.h"
#include "duck/handle.h"
#include <duckdb.h>
#include <string.h>

bool
cell_is_null(duckdb_vector vector, guint64 row)
{
  uint64_t *validity = duckdb_vector_get_validity(vector);
  return validity != NULL && !duckdb_validity_row_is_valid(validity, row);
}

static char *
value_text(duckdb_value value)
{
  char *text = duckdb_get_varchar(value);
  char *copy = g_strdup(text);
  duckdb_free(text);
  return copy;
}

char *
cell_text(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  if (cell_is_null(vector, row) || duckdb_get_type_id(type) == DUCKDB_TYPE_SQLNULL)
    return NULL;
  if (duckdb_get_type_id(type) == DUCKDB_TYPE_VARCHAR) {
    duckdb_string_t *text = &((duckdb_string_t *)duckdb_vector_get_data(vector))[row];
    return g_strndup(duckdb_string_t_data(text), duckdb_string_t_length(*text));
  }
  duckdb_value value = cell_value(vector, type, row);
  char *text = value_text(value);
  duckdb_destroy_value(&value);
  return text;
}

static struct json_object *
range_json(duckdb_vector child, duckdb_logical_type type, guint64 from, guint64 count)
{
  struct json_object *array = json_object_new_array();
  for (guint64 i = from; i < from + count; i++)
    (void)json_object_array_add(array, cell_json(child, type, i));
  return array;
}

static struct json_object *
list_json(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  const duckdb_list_entry *entry =
      &((const duckdb_list_entry *)duckdb_vector_get_data(vector))[row];
  TYPE_AUTO child = duckdb_list_type_child_type(type);
  return range_json(duckdb_list_vector_get_child(vector), child, entry->offset, entry->length);
}

static struct json_object *
array_json(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  guint64 size = duckdb_array_type_array_size(type);
  TYPE_AUTO child = duckdb_array_type_child_type(type);
  return range_json(duckdb_array_vector_get_child(vector), child, row * size, size);
}

static struct json_object *
struct_json(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  struct json_object *object = json_object_new_object();
  for (guint64 i = 0; i < duckdb_struct_type_child_count(type); i++) {
    TYPE_AUTO child = duckdb_struct_type_child_type(type, i);
    char *name = duckdb_struct_type_child_name(type, i);
    json_add_object(object, name, cell_json(duckdb_struct_vector_get_child(vector, i), child, row));
    duckdb_free(name);
  }
  return object;
}

static struct json_object *
map_json(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  const duckdb_list_entry *entry =
      &((const duckdb_list_entry *)duckdb_vector_get_data(vector))[row];
  duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  duckdb_vector keys = duckdb_struct_vector_get_child(pairs, 0);
  duckdb_vector values = duckdb_struct_vector_get_child(pairs, 1);
  TYPE_AUTO key_type = duckdb_map_type_key_type(type);
  TYPE_AUTO value_type = duckdb_map_type_value_type(type);
  struct json_object *object = json_object_new_object();
  for (guint64 i = entry->offset; i < entry->offset + entry->length; i++) {
    g_autofree char *key = cell_text(keys, key_type, i);
    json_add_object(object, key == NULL ? "" : key, cell_json(values, value_type, i));
  }
  return object;
}

struct json_object *
cell_json(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  if (cell_is_null(vector, row))
    return NULL;
  switch (duckdb_get_type_id(type)) {
  case DUCKDB_TYPE_LIST:
    return list_json(vector, type, row);
  case DUCKDB_TYPE_ARRAY:
    return array_json(vector, type, row);
  case DUCKDB_TYPE_STRUCT:
    return struct_json(vector, type, row);
  case DUCKDB_TYPE_MAP:
    return map_json(vector, type, row);
  case DUCKDB_TYPE_VARCHAR: {
    duckdb_string_t *text = &((duckdb_string_t *)duckdb_vector_get_data(vector))[row];
    return json_object_new_string_len(duckdb_string_t_data(text),
                                      (int)duckdb_string_t_length(*text));
  }
  default: {
    g_autofree char *text = cell_text(vector, type, row);
    return text == NULL ? NULL : json_object_new_string(text);
  }
  }
}
