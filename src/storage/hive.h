/* SPDX-License-Identifier: Apache-2.0
 *
 * Hive partition folders: "year=2024", "city=S%C3%A3o%20Paulo", "k=__HIVE_DEFAULT_PARTITION__" (NULL).
 * Pure text. Fuzzed (fuzz/hive.c): encode then decode gives the value back.
 *
 * Checked against DuckDB 1.5.5 (tests/unit/storage/test_hive.c has the list). Where we differ on purpose:
 *   - names are decoded; DuckDB encodes them when it writes but does not decode them when it reads;
 *   - "k=a=b" is k with the value "a=b", as in Spark; DuckDB takes it for no partition;
 *   - a text that reads as NULL is written so that it does not (hive_format).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define HIVE_NULL "__HIVE_DEFAULT_PARTITION__"

struct hive_value {
  char *name; /* decoded */
  char *text; /* decoded; NULL for NULL. "" stands for an empty value ("k=") */
  /* Name or text decode to bytes that are no UTF-8, or hold a NUL: they are then given as spelt. */
  bool invalid;
};

/* One folder name. False when it is no partition folder: no '=', or nothing in front of it. A '%' that is not followed by
 * two hexadecimal digits stands for itself, '+' is no space. NULL is HIVE_NULL as spelt, and "NULL" in any case, as in
 * DuckDB; with one of its letters encoded it is text. */
bool hive_parse(const char *folder, gsize length, struct hive_value *ret_value);
void hive_value_clear(struct hive_value *value);

/* The name of a partition column as the folders of a file's path spell it, which is what DuckDB calls the column:
 * "a%3Db" for "a=b" in "k=1/a%3Db=2/x.parquet". NULL when none of them is for this column. Owned by the caller. */
char *hive_spelling(const char *path, const char *name);

/* "name=value". In a value all bytes but A-Z a-z 0-9 - _ . ~ are percent-encoded with capital digits, exactly as
 * DuckDB's PARTITION_BY writes them: "é b/c" gives "%C3%A9%20b%2Fc". In a name only those that Spark encodes: control
 * characters and "#%'*\/:=?{[]^; DuckDB, Polars and pyarrow do not decode names when they read. NULL gives HIVE_NULL, "" nothing. The texts that
 * would read as NULL (HIVE_NULL itself; "null" in any case) have their first letter encoded too: DuckDB writes them as
 * they are, and then reads NULL. Owned by the caller. */
char *hive_format(const char *name, const char *text);

/* The common type of a column's values (a NULL entry is NULL): "INTEGER" when all are whole decimal numbers within 32
 * bits (leading zeros and one sign allowed), else "BIGINT" within 64, else "DATE" when all are days of the calendar
 * written YYYY-MM-DD, else "VARCHAR". No values, or only NULL: "VARCHAR". */
const char *hive_common_type(const char *const *texts, gsize count);
/* The value in its type's canonical spelling: "01" -> "1" for INTEGER. Owned by the caller; NULL for NULL. */
char *hive_canonical(const char *type, const char *text);
/* Order of two values of a type: below, 0 or above 0. Numbers by size, the rest by bytes, NULL last. */
int hive_compare(const char *type, const char *left, const char *right);
