/* SPDX-License-Identifier: Apache-2.0
 *
 * duckdb_value_varchar knows no nested types, no UUID, no TIMESTAMPTZ (1.5.5). A duckdb_value
 * casts itself to text whatever its type is, so cells are made into those. */
#include "duck/cell.h"
#include "duck/handle.h"
#include <duckdb.h>
#include <string.h>

static const char *
string_bytes(const duckdb_string_t *text, gsize *ret_length)
{
  duckdb_string_t *reader = (duckdb_string_t *)(guintptr)text;
  *ret_length = duckdb_string_t_length(*text);
  return duckdb_string_t_data(reader);
}

static duckdb_value
text_value(const duckdb_string_t *text, duckdb_type id)
{
  gsize length;
  const char *bytes = string_bytes(text, &length);
  if (id == DUCKDB_TYPE_VARCHAR)
    return duckdb_create_varchar_length(bytes, length);
  if (id == DUCKDB_TYPE_BLOB)
    return duckdb_create_blob((const uint8_t *)bytes, length);
  g_autofree uint8_t *copy = g_memdup2(bytes, length);
  return duckdb_create_bit((duckdb_bit){.data = copy, .size = length});
}

/* Stored: 3 bytes of header (sign, length), then the absolute value, big endian; all inverted when negative. */
static duckdb_value
bignum_value(const duckdb_string_t *text)
{
  enum { HEADER = 3 };
  gsize length;
  const char *bytes = string_bytes(text, &length);
  if (length <= HEADER)
    return duckdb_create_null_value();
  bool negative = (bytes[0] & 0x80) == 0;
  g_autofree uint8_t *digits = g_memdup2(bytes + HEADER, length - HEADER);
  for (gsize i = 0; negative && i < length - HEADER; i++)
    digits[i] = (uint8_t)~digits[i];
  duckdb_bignum number = {.data = digits, .size = length - HEADER, .is_negative = negative};
  return duckdb_create_bignum(number);
}

static duckdb_hugeint
widen(gint64 value)
{
  return (duckdb_hugeint){.lower = (uint64_t)value, .upper = value < 0 ? -1 : 0};
}

static duckdb_value
decimal_value(const void *data, duckdb_logical_type type, guint64 row)
{
  duckdb_decimal decimal = {.width = duckdb_decimal_width(type),
                            .scale = duckdb_decimal_scale(type)};
  switch (duckdb_decimal_internal_type(type)) {
  case DUCKDB_TYPE_SMALLINT:
    decimal.value = widen(((const int16_t *)data)[row]);
    break;
  case DUCKDB_TYPE_INTEGER:
    decimal.value = widen(((const int32_t *)data)[row]);
    break;
  case DUCKDB_TYPE_BIGINT:
    decimal.value = widen(((const int64_t *)data)[row]);
    break;
  default:
    decimal.value = ((const duckdb_hugeint *)data)[row];
  }
  return duckdb_create_decimal(decimal);
}

static duckdb_value
enum_value(const void *data, duckdb_logical_type type, guint64 row)
{
  switch (duckdb_enum_internal_type(type)) {
  case DUCKDB_TYPE_UTINYINT:
    return duckdb_create_enum_value(type, ((const uint8_t *)data)[row]);
  case DUCKDB_TYPE_USMALLINT:
    return duckdb_create_enum_value(type, ((const uint16_t *)data)[row]);
  default:
    return duckdb_create_enum_value(type, ((const uint32_t *)data)[row]);
  }
}

/* A UUID is stored with its top bit flipped, so that it sorts as a signed number. */
static duckdb_value
uuid_value(const void *data, guint64 row)
{
  const duckdb_hugeint *stored = &((const duckdb_hugeint *)data)[row];
  duckdb_uhugeint uuid = {.lower = stored->lower,
                          .upper = (uint64_t)stored->upper ^ (G_GUINT64_CONSTANT(1) << 63)};
  return duckdb_create_uuid(uuid);
}

static duckdb_value
flat_value(const void *data, duckdb_type id, guint64 row)
{
#define FLAT(type_id, c_type, create)                                                              \
  case type_id:                                                                                    \
    return create(((const c_type *)data)[row]);
  switch (id) {
    FLAT(DUCKDB_TYPE_BOOLEAN, bool, duckdb_create_bool)
    FLAT(DUCKDB_TYPE_TINYINT, int8_t, duckdb_create_int8)
    FLAT(DUCKDB_TYPE_SMALLINT, int16_t, duckdb_create_int16)
    FLAT(DUCKDB_TYPE_INTEGER, int32_t, duckdb_create_int32)
    FLAT(DUCKDB_TYPE_BIGINT, int64_t, duckdb_create_int64)
    FLAT(DUCKDB_TYPE_UTINYINT, uint8_t, duckdb_create_uint8)
    FLAT(DUCKDB_TYPE_USMALLINT, uint16_t, duckdb_create_uint16)
    FLAT(DUCKDB_TYPE_UINTEGER, uint32_t, duckdb_create_uint32)
    FLAT(DUCKDB_TYPE_UBIGINT, uint64_t, duckdb_create_uint64)
    FLAT(DUCKDB_TYPE_HUGEINT, duckdb_hugeint, duckdb_create_hugeint)
    FLAT(DUCKDB_TYPE_UHUGEINT, duckdb_uhugeint, duckdb_create_uhugeint)
    FLAT(DUCKDB_TYPE_FLOAT, float, duckdb_create_float)
    FLAT(DUCKDB_TYPE_DOUBLE, double, duckdb_create_double)
    FLAT(DUCKDB_TYPE_DATE, duckdb_date, duckdb_create_date)
    FLAT(DUCKDB_TYPE_TIME, duckdb_time, duckdb_create_time)
    FLAT(DUCKDB_TYPE_TIME_NS, duckdb_time_ns, duckdb_create_time_ns)
    FLAT(DUCKDB_TYPE_TIME_TZ, duckdb_time_tz, duckdb_create_time_tz_value)
    FLAT(DUCKDB_TYPE_TIMESTAMP, duckdb_timestamp, duckdb_create_timestamp)
    FLAT(DUCKDB_TYPE_TIMESTAMP_TZ, duckdb_timestamp, duckdb_create_timestamp_tz)
    FLAT(DUCKDB_TYPE_TIMESTAMP_S, duckdb_timestamp_s, duckdb_create_timestamp_s)
    FLAT(DUCKDB_TYPE_TIMESTAMP_MS, duckdb_timestamp_ms, duckdb_create_timestamp_ms)
    FLAT(DUCKDB_TYPE_TIMESTAMP_NS, duckdb_timestamp_ns, duckdb_create_timestamp_ns)
    FLAT(DUCKDB_TYPE_INTERVAL, duckdb_interval, duckdb_create_interval)
  default:
    return duckdb_create_varchar("(not shown)"); /* GEOMETRY, VARIANT: no way to their text */
  }
#undef FLAT
}

static duckdb_value
leaf_value(const void *data, duckdb_logical_type type, guint64 row)
{
  duckdb_type id = duckdb_get_type_id(type);
  switch (id) {
  case DUCKDB_TYPE_VARCHAR:
  case DUCKDB_TYPE_BLOB:
  case DUCKDB_TYPE_BIT:
    return text_value(&((const duckdb_string_t *)data)[row], id);
  case DUCKDB_TYPE_BIGNUM:
    return bignum_value(&((const duckdb_string_t *)data)[row]);
  case DUCKDB_TYPE_DECIMAL:
    return decimal_value(data, type, row);
  case DUCKDB_TYPE_ENUM:
    return enum_value(data, type, row);
  case DUCKDB_TYPE_UUID:
    return uuid_value(data, row);
  default:
    return flat_value(data, id, row);
  }
}

static GPtrArray *
value_list(void)
{
  return g_ptr_array_new();
}

static void
values_free(GPtrArray *values)
{
  for (guint i = 0; i < values->len; i++) {
    duckdb_value value = g_ptr_array_index(values, i);
    duckdb_destroy_value(&value);
  }
  g_ptr_array_unref(values);
}

/* DuckDB's create functions take the array of values, empty or not, as non-NULL. */
static duckdb_value *
values_of(GPtrArray *values)
{
  static duckdb_value none;
  return values->len == 0 ? &none : (duckdb_value *)values->pdata;
}

static void
add_range(GPtrArray *values, duckdb_vector child, duckdb_logical_type type, guint64 from,
          guint64 count)
{
  for (guint64 i = from; i < from + count; i++)
    g_ptr_array_add(values, cell_value(child, type, i));
}

static duckdb_value
list_value(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  const duckdb_list_entry *entry =
      &((const duckdb_list_entry *)duckdb_vector_get_data(vector))[row];
  TYPE_AUTO child = duckdb_list_type_child_type(type);
  GPtrArray *values = value_list();
  add_range(values, duckdb_list_vector_get_child(vector), child, entry->offset, entry->length);
  duckdb_value list = duckdb_create_list_value(child, values_of(values), values->len);
  values_free(values);
  return list;
}

static duckdb_value
array_value(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  guint64 size = duckdb_array_type_array_size(type);
  TYPE_AUTO child = duckdb_array_type_child_type(type);
  GPtrArray *values = value_list();
  add_range(values, duckdb_array_vector_get_child(vector), child, row * size, size);
  duckdb_value array = duckdb_create_array_value(child, values_of(values), values->len);
  values_free(values);
  return array;
}

static duckdb_value
struct_value(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  GPtrArray *values = value_list();
  for (guint64 i = 0; i < duckdb_struct_type_child_count(type); i++) {
    TYPE_AUTO child = duckdb_struct_type_child_type(type, i);
    g_ptr_array_add(values, cell_value(duckdb_struct_vector_get_child(vector, i), child, row));
  }
  duckdb_value value = duckdb_create_struct_value(type, values_of(values));
  values_free(values);
  return value;
}

/* A MAP vector is a LIST of STRUCT(key, value). */
static duckdb_value
map_value(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  const duckdb_list_entry *entry =
      &((const duckdb_list_entry *)duckdb_vector_get_data(vector))[row];
  duckdb_vector pairs = duckdb_list_vector_get_child(vector);
  TYPE_AUTO key_type = duckdb_map_type_key_type(type);
  TYPE_AUTO value_type = duckdb_map_type_value_type(type);
  GPtrArray *keys = value_list(), *values = value_list();
  add_range(keys, duckdb_struct_vector_get_child(pairs, 0), key_type, entry->offset, entry->length);
  add_range(values, duckdb_struct_vector_get_child(pairs, 1), value_type, entry->offset,
            entry->length);
  duckdb_value map = duckdb_create_map_value(type, values_of(keys), values_of(values), keys->len);
  values_free(keys);
  values_free(values);
  return map;
}

/* A UNION vector is a STRUCT of the tag and every member. */
static duckdb_value
union_value(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  const uint8_t *tags = duckdb_vector_get_data(duckdb_struct_vector_get_child(vector, 0));
  guint64 tag = tags[row];
  TYPE_AUTO member = duckdb_union_type_member_type(type, tag);
  duckdb_value value = cell_value(duckdb_struct_vector_get_child(vector, tag + 1), member, row);
  duckdb_value made = duckdb_create_union_value(type, tag, value);
  duckdb_destroy_value(&value);
  return made;
}

duckdb_value
cell_value(duckdb_vector vector, duckdb_logical_type type, guint64 row)
{
  if (cell_is_null(vector, row))
    return duckdb_create_null_value();
  switch (duckdb_get_type_id(type)) {
  case DUCKDB_TYPE_SQLNULL:
    return duckdb_create_null_value();
  case DUCKDB_TYPE_LIST:
    return list_value(vector, type, row);
  case DUCKDB_TYPE_ARRAY:
    return array_value(vector, type, row);
  case DUCKDB_TYPE_STRUCT:
    return struct_value(vector, type, row);
  case DUCKDB_TYPE_MAP:
    return map_value(vector, type, row);
  case DUCKDB_TYPE_UNION:
    return union_value(vector, type, row);
  default:
    return leaf_value(duckdb_vector_get_data(vector), type, row);
  }
}
