/* SPDX-License-Identifier: Apache-2.0
 *
 * The C API prints no types. Plain ones are in a table; for the others an empty list of the type is made and DuckDB is
 * asked for its name. */
#include "duck/handle.h"
#include <duckdb.h>
#include <string.h>

void
type_free(duckdb_logical_type *type)
{
  duckdb_destroy_logical_type(type);
}

static const char *
plain_name(duckdb_type id)
{
  static const char *const names[] = {
      [DUCKDB_TYPE_BOOLEAN] = "BOOLEAN",
      [DUCKDB_TYPE_TINYINT] = "TINYINT",
      [DUCKDB_TYPE_SMALLINT] = "SMALLINT",
      [DUCKDB_TYPE_INTEGER] = "INTEGER",
      [DUCKDB_TYPE_BIGINT] = "BIGINT",
      [DUCKDB_TYPE_UTINYINT] = "UTINYINT",
      [DUCKDB_TYPE_USMALLINT] = "USMALLINT",
      [DUCKDB_TYPE_UINTEGER] = "UINTEGER",
      [DUCKDB_TYPE_UBIGINT] = "UBIGINT",
      [DUCKDB_TYPE_HUGEINT] = "HUGEINT",
      [DUCKDB_TYPE_UHUGEINT] = "UHUGEINT",
      [DUCKDB_TYPE_BIGNUM] = "BIGNUM",
      [DUCKDB_TYPE_FLOAT] = "FLOAT",
      [DUCKDB_TYPE_DOUBLE] = "DOUBLE",
      [DUCKDB_TYPE_VARCHAR] = "VARCHAR",
      [DUCKDB_TYPE_BLOB] = "BLOB",
      [DUCKDB_TYPE_BIT] = "BIT",
      [DUCKDB_TYPE_UUID] = "UUID",
      [DUCKDB_TYPE_DATE] = "DATE",
      [DUCKDB_TYPE_TIME] = "TIME",
      [DUCKDB_TYPE_TIME_NS] = "TIME_NS",
      [DUCKDB_TYPE_TIME_TZ] = "TIME WITH TIME ZONE",
      [DUCKDB_TYPE_TIMESTAMP] = "TIMESTAMP",
      [DUCKDB_TYPE_TIMESTAMP_S] = "TIMESTAMP_S",
      [DUCKDB_TYPE_TIMESTAMP_MS] = "TIMESTAMP_MS",
      [DUCKDB_TYPE_TIMESTAMP_NS] = "TIMESTAMP_NS",
      [DUCKDB_TYPE_TIMESTAMP_TZ] = "TIMESTAMP WITH TIME ZONE",
      [DUCKDB_TYPE_INTERVAL] = "INTERVAL",
      [DUCKDB_TYPE_SQLNULL] = "\"NULL\"",
  };
  return (gsize)id < G_N_ELEMENTS(names) ? names[id] : NULL;
}

static bool
has_alias(duckdb_logical_type type)
{
  char *alias = duckdb_logical_type_get_alias(type);
  bool has = alias != NULL;
  duckdb_free(alias);
  return has;
}

static char *
first_text(duckdb_result *result)
{
  char *text = duckdb_value_varchar(result, 0, 0);
  char *copy = g_strdup(text);
  duckdb_free(text);
  return copy;
}

static char *
asked_name(duckdb_connection connection, duckdb_logical_type type)
{
  duckdb_prepared_statement statement = NULL;
  duckdb_result result = {0};
  duckdb_value none = NULL;
  duckdb_value list = duckdb_create_list_value(type, &none, 0);
  char *name = NULL;
  if (list != NULL &&
      duckdb_prepare(connection, "SELECT typeof($1)", &statement) == DuckDBSuccess &&
      duckdb_bind_value(statement, 1, list) == DuckDBSuccess &&
      duckdb_execute_prepared(statement, &result) == DuckDBSuccess)
    name = first_text(&result);
  duckdb_destroy_result(&result);
  duckdb_destroy_prepare(&statement);
  duckdb_destroy_value(&list);
  if (name != NULL && g_str_has_suffix(name, "[]"))
    name[strlen(name) - 2] = '\0';
  return name;
}

char *
type_name(struct duck_connection *connection, duckdb_logical_type type)
{
  duckdb_type id = duckdb_get_type_id(type);
  bool aliased = has_alias(type);
  if (!aliased && plain_name(id) != NULL)
    return g_strdup(plain_name(id));
  if (!aliased && id == DUCKDB_TYPE_DECIMAL)
    return g_strdup_printf("DECIMAL(%u,%u)", duckdb_decimal_width(type),
                           duckdb_decimal_scale(type));
  char *name = asked_name(connection->handle, type);
  return name == NULL ? g_strdup("unknown") : name;
}
