/* SPDX-License-Identifier: Apache-2.0
 *
 * Hive partition folders: "year=2024", "city=S%C3%A3o%20Paulo", "k=__HIVE_DEFAULT_PARTITION__" (NULL).
 * Pure text. Fuzzed (fuzz/hive.c): encode then decode gives the value back.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define HIVE_NULL "__HIVE_DEFAULT_PARTITION__"

struct hive_value {
  char *name;  /* decoded; as spelt */
  char *text;  /* decoded; NULL for NULL. "" stands for an empty value ("k=") */
};

/* One folder name. False when it is no partition folder: no '=', or nothing in front of it. A '%' that is not followed by
 * two hexadecimal digits stands for itself, as in DuckDB and Spark. */
bool hive_parse(const char *folder, gsize length, struct hive_value *ret_value);
void hive_value_clear(struct hive_value *value);

/* "name=value" with all bytes but A-Z a-z 0-9 - _ . and the bytes of non-ASCII characters ... percent-encoded exactly as
 * DuckDB's PARTITION_BY writes them; NULL gives HIVE_NULL. Owned by the caller. */
char *hive_format(const char *name, const char *text);

/* The common type of a column's values (a NULL entry is NULL): "INTEGER" when all are whole decimal numbers within 32
 * bits (leading zeros and one sign allowed), else "BIGINT" within 64, else "DATE" when all are YYYY-MM-DD, else
 * "VARCHAR". No values, or only NULL: "VARCHAR". */
const char *hive_common_type(const char *const *texts, gsize count);
/* The value in its type's canonical spelling: "01" -> "1" for INTEGER. Owned by the caller; NULL for NULL. */
char *hive_canonical(const char *type, const char *text);
