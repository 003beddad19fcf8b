/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/syntax.h"
#include "duck/handle.h"
#include "util/error.h"
#include <duckdb.h>
#include <string.h>

static enum duck_statement
kind_of(duckdb_statement_type type)
{
  switch (type) {
  case DUCKDB_STATEMENT_TYPE_SELECT:
    return DUCK_STATEMENT_SELECT;
  case DUCKDB_STATEMENT_TYPE_COPY:
    return DUCK_STATEMENT_COPY;
  case DUCKDB_STATEMENT_TYPE_CREATE:
    return DUCK_STATEMENT_CREATE;
  case DUCKDB_STATEMENT_TYPE_SET:
  case DUCKDB_STATEMENT_TYPE_VARIABLE_SET:
    return DUCK_STATEMENT_SET;
  default:
    return DUCK_STATEMENT_OTHER;
  }
}

static enum duck_statement
kind_of_extracted(duckdb_connection connection, duckdb_extracted_statements statements, idx_t index)
{
  duckdb_prepared_statement statement = NULL;
  enum duck_statement kind = DUCK_STATEMENT_OTHER;
  if (duckdb_prepare_extracted_statement(connection, statements, index, &statement) ==
      DuckDBSuccess)
    kind = kind_of(duckdb_prepared_statement_type(statement));
  duckdb_destroy_prepare(&statement);
  return kind;
}

bool
duck_split_script(struct duck_connection *connection, const char *script, GArray **ret_kinds,
                  struct duck_fault **ret_fault, GError **error UNUSED)
{
  duckdb_extracted_statements statements = NULL;
  idx_t count = duckdb_extract_statements(connection->handle, script, &statements);
  const char *refusal = duckdb_extract_statements_error(statements);
  if (refusal == NULL) {
    *ret_kinds = g_array_new(FALSE, FALSE, sizeof(enum duck_statement));
    for (idx_t i = 0; i < count; i++) {
      enum duck_statement kind = kind_of_extracted(connection->handle, statements, i);
      g_array_append_val(*ret_kinds, kind);
    }
  } else {
    *ret_fault = duck_fault_parse(refusal, script);
  }
  bool parsed = refusal == NULL;
  duckdb_destroy_extracted(&statements);
  return parsed;
}

/* json_serialize_sql answers a refusal as {"error": true, "error_type": "parser", "error_message": ..., "position": ...}:
 * the members of errors_as_json under other names. */
static struct duck_fault *
refusal_of(struct json_object *answer, const char *query)
{
  const char *message = json_get_text(answer, "error_message");
  const char *type = json_get_text(answer, "error_type");
  const char *position = json_get_text(answer, "position");
  JSON_AUTO(as_error) = json_object_new_object();
  bool syntax = g_strcmp0(type, "parser") == 0 || g_strcmp0(type, "syntax error") == 0;
  json_add_text(as_error, "exception_type", syntax ? "Parser" : "Binder");
  json_add_text(as_error, "exception_message", message == NULL ? "" : message);
  json_add_text(as_error, "position", position);
  g_autofree char *line = json_line(as_error);
  return duck_fault_parse(line, query);
}

static gsize
statement_count(struct json_object *tree)
{
  struct json_object *statements = json_get(tree, "statements");
  bool is_array = json_object_is_type(statements, json_type_array);
  return is_array ? json_object_array_length(statements) : 0;
}

/* json_parse reads 512 levels; DuckDB writes about two for each level of an expression, and refuses 1000 of those. */
static struct json_object *
read_tree(const char *text, struct duck_fault **ret_fault)
{
  struct json_object *tree = json_parse(text, strlen(text), NULL);
  if (tree == NULL)
    *ret_fault = fault_new(DUCK_FAULT_BIND, "the query is nested too deeply: more than 200 levels");
  return tree;
}

struct json_object *
duck_parse(struct duck_connection *connection, const char *query, struct duck_fault **ret_fault,
           GError **error)
{
  const char *text =
      query_again(connection, QUERY_SERIALIZE,
                  "SELECT CAST(json_serialize_sql(CAST($1 AS VARCHAR)) AS VARCHAR)", query, error);
  if (text == NULL)
    return NULL;
  JSON_AUTO(tree) = read_tree(text, ret_fault);
  if (tree == NULL)
    return NULL;
  if (json_get_flag(tree, "error")) {
    *ret_fault = refusal_of(tree, query);
    return NULL;
  }
  gsize count = statement_count(tree);
  if (count != 1) {
    *ret_fault = fault_new(DUCK_FAULT_SYNTAX, "one query is expected here, not %s",
                           count == 0 ? "none" : "several");
    return NULL;
  }
  return g_steal_pointer(&tree);
}

/* A location of UINT64_MAX ("none") is what makes json_deserialize_sql fail after JSON libraries without uint64; the
 * text does not depend on any. Iterative: trees are as deep as the script's author likes. */
static void
drop_locations(struct json_object *tree)
{
  g_autoptr(GPtrArray) open = g_ptr_array_new();
  g_ptr_array_add(open, tree);
  while (open->len > 0) {
    struct json_object *node = g_ptr_array_steal_index_fast(open, open->len - 1);
    if (json_object_is_type(node, json_type_array)) {
      for (gsize i = 0; i < json_object_array_length(node); i++)
        g_ptr_array_add(open, json_object_array_get_idx(node, i));
    } else if (json_object_is_type(node, json_type_object)) {
      json_object_object_del(node, "query_location");
      json_object_object_foreach(node, key, value)
      {
        (void)key;
        g_ptr_array_add(open, value);
      }
    }
  }
}

char *
duck_unparse(struct duck_connection *connection, struct json_object *tree, GError **error)
{
  drop_locations(tree);
  g_autofree char *line = json_line(tree);
  const char *text =
      query_again(connection, QUERY_DESERIALIZE,
                  "SELECT json_deserialize_sql(CAST(concat($1::VARCHAR) AS JSON))", line, error);
  if (text == NULL || *text != '\0')
    return g_strdup(text);
  (void)error_set(error, ERROR_FAILED, "DuckDB gives no text for a syntax tree");
  return NULL;
}
