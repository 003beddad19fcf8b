/* SPDX-License-Identifier: Apache-2.0
 *
 * The C API prints no types. Plain ones are in a table; for the others an empty list of the type is made and DuckDB is
 * asked for its name. */
#include "duck/type.h"
#include "duck/handle.h"
#include <duckdb.h>
#include <string.h>

enum { WIDTH_MOST = 38 };

void
type_free(duckdb_logical_type *type)
{
  duckdb_destroy_logical_type(type);
}

static const struct plain_type {
  const char *name; /* NULL: not plain */
  enum duck_value value;
} plain_types[] = {
    [DUCKDB_TYPE_BOOLEAN] = {"BOOLEAN", DUCK_VALUE_BOOL},
    [DUCKDB_TYPE_TINYINT] = {"TINYINT", DUCK_VALUE_INT8},
    [DUCKDB_TYPE_SMALLINT] = {"SMALLINT", DUCK_VALUE_INT16},
    [DUCKDB_TYPE_INTEGER] = {"INTEGER", DUCK_VALUE_INT32},
    [DUCKDB_TYPE_BIGINT] = {"BIGINT", DUCK_VALUE_INT64},
    [DUCKDB_TYPE_UTINYINT] = {"UTINYINT", DUCK_VALUE_UINT8},
    [DUCKDB_TYPE_USMALLINT] = {"USMALLINT", DUCK_VALUE_UINT16},
    [DUCKDB_TYPE_UINTEGER] = {"UINTEGER", DUCK_VALUE_UINT32},
    [DUCKDB_TYPE_UBIGINT] = {"UBIGINT", DUCK_VALUE_UINT64},
    [DUCKDB_TYPE_HUGEINT] = {"HUGEINT", DUCK_VALUE_INT128},
    [DUCKDB_TYPE_UHUGEINT] = {"UHUGEINT", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_BIGNUM] = {"BIGNUM", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_FLOAT] = {"FLOAT", DUCK_VALUE_FLOAT},
    [DUCKDB_TYPE_DOUBLE] = {"DOUBLE", DUCK_VALUE_DOUBLE},
    [DUCKDB_TYPE_VARCHAR] = {"VARCHAR", DUCK_VALUE_STRING},
    [DUCKDB_TYPE_BLOB] = {"BLOB", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_BIT] = {"BIT", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_UUID] = {"UUID", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_DATE] = {"DATE", DUCK_VALUE_INT32},
    [DUCKDB_TYPE_TIME] = {"TIME", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_TIME_NS] = {"TIME_NS", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_TIME_TZ] = {"TIME WITH TIME ZONE", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_TIMESTAMP] = {"TIMESTAMP", DUCK_VALUE_INT64},
    [DUCKDB_TYPE_TIMESTAMP_S] = {"TIMESTAMP_S", DUCK_VALUE_INT64},
    [DUCKDB_TYPE_TIMESTAMP_MS] = {"TIMESTAMP_MS", DUCK_VALUE_INT64},
    [DUCKDB_TYPE_TIMESTAMP_NS] = {"TIMESTAMP_NS", DUCK_VALUE_INT64},
    [DUCKDB_TYPE_TIMESTAMP_TZ] = {"TIMESTAMP WITH TIME ZONE", DUCK_VALUE_INT64},
    [DUCKDB_TYPE_INTERVAL] = {"INTERVAL", DUCK_VALUE_NONE},
    [DUCKDB_TYPE_SQLNULL] = {"\"NULL\"", DUCK_VALUE_NONE},
};

static const char *
plain_name(duckdb_type id)
{
  return (gsize)id < G_N_ELEMENTS(plain_types) ? plain_types[id].name : NULL;
}

/* DUCKDB_TYPE_INVALID for a type that is not plain. */
static duckdb_type
plain_type_of(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(plain_types); i++)
    if (plain_types[i].name != NULL && strcmp(plain_types[i].name, name) == 0)
      return (duckdb_type)i;
  return DUCKDB_TYPE_INVALID;
}

/* One or two digits and the mark behind them; NULL for other text, else what follows. */
static const char *
read_digits(const char *text, char mark, guint8 *ret_number)
{
  guint8 number = 0, digits = 0;
  while (digits < 2 && g_ascii_isdigit(text[digits]))
    number = (guint8)(number * 10 + g_ascii_digit_value(text[digits++]));
  if (digits == 0 || text[digits] != mark)
    return NULL;
  *ret_number = number;
  return text + digits + 1;
}

bool
duck_decimal_of(const char *type, guint8 *ret_width, guint8 *ret_scale)
{
  guint8 width = 0, scale = 0;
  if (!g_str_has_prefix(type, "DECIMAL("))
    return false;
  const char *rest = read_digits(type + strlen("DECIMAL("), ',', &width);
  rest = rest == NULL ? NULL : read_digits(rest, ')', &scale);
  if (rest == NULL || *rest != '\0' || width < 1 || width > WIDTH_MOST || scale > width)
    return false;
  if (ret_width != NULL)
    *ret_width = width;
  if (ret_scale != NULL)
    *ret_scale = scale;
  return true;
}

/* DuckDB's widths: PhysicalType of a DECIMAL. */
static enum duck_value
decimal_value(guint8 width)
{
  if (width <= 4)
    return DUCK_VALUE_INT16;
  if (width <= 9)
    return DUCK_VALUE_INT32;
  return width <= 18 ? DUCK_VALUE_INT64 : DUCK_VALUE_INT128;
}

enum duck_value
duck_value_of(const char *type)
{
  guint8 width = 0;
  duckdb_type plain = plain_type_of(type);
  if (plain != DUCKDB_TYPE_INVALID)
    return plain_types[plain].value;
  return duck_decimal_of(type, &width, NULL) ? decimal_value(width) : DUCK_VALUE_NONE;
}

duckdb_logical_type
type_new(const char *name)
{
  guint8 width = 0, scale = 0;
  if (duck_value_of(name) == DUCK_VALUE_NONE)
    return NULL;
  return duck_decimal_of(name, &width, &scale) ? duckdb_create_decimal_type(width, scale)
                                               : duckdb_create_logical_type(plain_type_of(name));
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
