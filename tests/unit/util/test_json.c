/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include "util/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct parse_case {
  const char *text;
  const char *line;  /* NULL: refused */
  const char *error; /* part of the message */
};

static const struct parse_case cases[] = {
    {"{}", "{}", NULL},
    {" [1, 2] \n", "[1,2]", NULL},
    {"7", "7", NULL},
    {"\"a/b\"", "\"a/b\"", NULL},
    {"18446744073709551615", "18446744073709551615", NULL},
    {"{\"a\":null}", "{\"a\":null}", NULL},
    {"", NULL, "byte 0: the text ends too early"},
    {"{\"a\":", NULL, "byte 5: the text ends too early"},
    {"\"abc", NULL, "ends too early"},
    {"{} x", NULL, "byte 3: text after the value"},
    {"{}{}", NULL, "byte 2: text after the value"},
    {"{a:1}", NULL, "byte 1: "},
    {"null", NULL, "null is no value"},
    {"\"\xff\xfe\"", NULL, "byte "},
};

static void
texts_are_parsed(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    const struct parse_case *c = &cases[i];
    g_autoptr(GError) error = NULL;
    JSON_AUTO(object) = json_parse(c->text, strlen(c->text), &error);
    if ((object != NULL) != (c->line != NULL))
      fail_msg("'%s': %s", c->text, error == NULL ? "was accepted" : error->message);
    if (object == NULL) {
      assert_non_null(error);
      if (strstr(error->message, c->error) == NULL)
        fail_msg("'%s': %s", c->text, error->message);
      continue;
    }
    g_autofree char *line = json_line(object);
    assert_string_equal(line, c->line);
  }
}

static void
depth_is_limited(void **state)
{
  (void)state;
  g_autofree char *deep = g_strnfill(100000, '[');
  g_autoptr(GError) error = NULL;
  assert_null(json_parse(deep, strlen(deep), &error));
  assert_true(error_is(error, ERROR_FAILED));
}

static void
length_counts_not_the_nul(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  JSON_AUTO(object) = json_parse("[1]garbage", 3, &error);
  assert_non_null(object);
  assert_null(json_parse("[1]\0\0", 5, &error));
  assert_non_null(error);
}

static void
members_are_read_with_their_types(void **state)
{
  (void)state;
  const char *text = "{\"t\":\"x\",\"i\":-5,\"f\":true,\"r\":1.5,\"n\":null}";
  JSON_AUTO(object) = json_parse(text, strlen(text), NULL);
  assert_string_equal(json_get_text(object, "t"), "x");
  assert_null(json_get_text(object, "i"));
  assert_null(json_get_text(object, "absent"));
  assert_int_equal(json_get_int(object, "i", 9), -5);
  assert_int_equal(json_get_int(object, "t", 9), 9);
  assert_int_equal(json_get_int(object, "n", 9), 9);
  assert_true(json_get_flag(object, "f"));
  assert_false(json_get_flag(object, "t"));
  assert_null(json_get(NULL, "t"));
  assert_null(json_get(json_get(object, "t"), "t"));
}

static void
members_are_written(void **state)
{
  (void)state;
  JSON_AUTO(object) = json_object_new_object();
  const char *const texts[] = {"a/b", "\"", NULL};
  json_add_text(object, "t", "x");
  json_add_text(object, "n", NULL);
  json_add_int(object, "i", G_MININT64);
  json_add_uint(object, "u", G_MAXUINT64);
  json_add_flag(object, "f", false);
  json_add_object(object, "l", json_texts(texts));
  json_add_object(object, "e", json_texts(NULL));
  g_autofree char *line = json_line(object);
  assert_string_equal(line, "{\"t\":\"x\",\"n\":null,\"i\":-9223372036854775808,"
                            "\"u\":18446744073709551615,\"f\":false,"
                            "\"l\":[\"a/b\",\"\\\"\"],\"e\":[]}");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_parsed),
      cmocka_unit_test(depth_is_limited),
      cmocka_unit_test(length_counts_not_the_nul),
      cmocka_unit_test(members_are_read_with_their_types),
      cmocka_unit_test(members_are_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
