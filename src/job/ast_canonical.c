/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"
#include <string.h>

static gint
compare_keys(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void append(GString *text, struct json_object *json);

/* Members sorted by key: nodes that DuckDB's parser made and nodes that we made differ in the order only. */
static void
append_object(GString *text, struct json_object *json)
{
  g_autoptr(GPtrArray) keys = g_ptr_array_new();
  json_object_object_foreach(json, key, value)
  {
    (void)value;
    g_ptr_array_add(keys, key);
  }
  g_ptr_array_sort(keys, compare_keys);
  g_string_append_c(text, '{');
  for (guint i = 0; i < keys->len; i++) {
    const char *name = g_ptr_array_index(keys, i);
    if (strcmp(name, "query_location") == 0)
      continue;
    g_string_append_printf(text, "%s:", name);
    append(text, json_get(json, name));
    g_string_append_c(text, ' ');
  }
  g_string_append_c(text, '}');
}

static void
append(GString *text, struct json_object *json)
{
  if (json_object_is_type(json, json_type_object)) {
    append_object(text, json);
  } else if (json_object_is_type(json, json_type_array)) {
    g_string_append_c(text, '[');
    for (gsize i = 0; i < ast_length(json); i++) {
      append(text, json_object_array_get_idx(json, i));
      g_string_append_c(text, ' ');
    }
    g_string_append_c(text, ']');
  } else {
    g_autofree char *line = json_line(json);
    g_string_append(text, line == NULL ? "null" : line);
  }
}

static char *
sorted_text(struct json_object *json)
{
  GString *text = g_string_new(NULL);
  append(text, json);
  return g_string_free(text, FALSE);
}

char *
ast_canonical_expr(const struct expr *expr, const char *const *qualifiers)
{
  const struct ast_writer writer = {.mode = AST_WRITE_CANONICAL, .qualifiers = qualifiers};
  JSON_AUTO(json) = ast_write_expr(&writer, expr);
  /* Inside a call an alias has a meaning (struct_pack(a := 1)), at the top it only names the column. */
  json_add_text(json, "alias", "");
  return sorted_text(json);
}

char *
ast_canonical_query(const struct query *query)
{
  const struct ast_writer writer = {.mode = AST_WRITE_CANONICAL};
  JSON_AUTO(json) = ast_write_query(&writer, query);
  return sorted_text(json);
}

char *
ast_canonical_table(const struct table_ref *table)
{
  const struct ast_writer writer = {.mode = AST_WRITE_CANONICAL};
  JSON_AUTO(json) = ast_write_table(&writer, table);
  return sorted_text(json);
}
