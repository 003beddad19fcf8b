/* SPDX-License-Identifier: Apache-2.0
 *
 * Hive folder names. The input is read as a folder, and, cut at its first NUL, as a name and a text:
 *     format then parse gives name and text back, and a folder is one path segment;
 *     parse then format then parse gives the same again;
 *     a canonical value is its own canonical value.
 */
#include "storage/hive.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
  if (!holds)
    abort();
}

static void
check_round_trip(const char *name, const char *text)
{
  g_autofree char *folder = hive_format(name, text);
  must(strchr(folder, '/') == NULL);
  struct hive_value value = {0};
  must(hive_parse(folder, strlen(folder), &value));
  must(!value.invalid);
  must(g_str_equal(value.name, name));
  must(g_strcmp0(value.text, text) == 0);
  hive_value_clear(&value);
}

static void
check_value(const char *text)
{
  const char *type = hive_common_type(&text, 1);
  g_autofree char *once = hive_canonical(type, text);
  must(g_str_equal(hive_common_type((const char *const *)&once, 1), type));
  g_autofree char *twice = hive_canonical(type, once);
  must(g_str_equal(once, twice));
  must(hive_compare(type, once, text) == 0 || g_str_equal(type, "VARCHAR"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  g_autofree char *bytes = g_memdup2(data, size);
  g_autofree char *name = g_strndup(bytes != NULL ? bytes : "", size);
  const char *nul = size > 0 ? memchr(bytes, '\0', size) : NULL;
  g_autofree char *text =
      nul != NULL ? g_strndup(nul + 1, size - (gsize)(nul + 1 - bytes)) : g_strdup("");
  bool valid = g_utf8_validate(name, -1, NULL) && g_utf8_validate(text, -1, NULL);
  if (valid && *name != '\0') {
    check_round_trip(name, text);
    check_round_trip(name, NULL);
    check_value(text);
  }
  struct hive_value value = {0};
  if (size > 0 && hive_parse(bytes, size, &value)) {
    must(g_utf8_validate(value.name, -1, NULL));
    must(value.text == NULL || g_utf8_validate(value.text, -1, NULL));
    check_round_trip(value.name, value.text);
    hive_value_clear(&value);
  }
  return 0;
}
