/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck_kit.h"
#include "duck/footer.h"
#include "duck/footer_local.h"
#include "util/text.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct folder {
  struct kit *kit;
  char *path;
};

static int
open_folder(void **state)
{
  struct folder *folder = g_new0(struct folder, 1);
  folder->path = g_dir_make_tmp("kindling-duck-XXXXXX", NULL);
  *state = folder;
  return kit_open((void **)&folder->kit);
}

static int
close_folder(void **state)
{
  struct folder *folder = *state;
  int closed = kit_close((void **)&folder->kit);
  g_autofree char *remove = g_strdup_printf("rm -r %s", folder->path);
  bool removed = g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL);
  g_free(folder->path);
  g_free(folder);
  return removed ? closed : -1;
}

/* Owned by the caller, like every path here. */
static char *
write_query(struct folder *folder, const char *name, const char *query, const char *options)
{
  char *path = g_build_filename(folder->path, name, NULL);
  g_autofree char *literal = text_sql_string(path);
  g_autofree char *sql =
      g_strdup_printf("COPY (%s) TO %s (FORMAT parquet%s)", query, literal, options);
  kit_exec(folder->kit, sql);
  return path;
}

static char *
write_bytes(struct folder *folder, const char *name, const char *bytes, gssize length)
{
  char *path = g_build_filename(folder->path, name, NULL);
  assert_true(g_file_set_contents(path, bytes, length, NULL));
  return path;
}

static GPtrArray *
read_good(struct folder *folder, const char *const *paths, gsize count, guint threads)
{
  GError *error = NULL;
  GPtrArray *footers = NULL;
  if (!duck_read_footers(folder->kit->duck, paths, count, threads, &footers, &error))
    fail_msg("%s", error->message);
  assert_int_equal(footers->len, count);
  return footers;
}

static void
test_facts(void **state)
{
  struct folder *folder = *state;
  g_autofree char *a =
      write_query(folder, "a.parquet", "SELECT i, 'x' || i AS s FROM range(5000) t(i)",
                  ", ROW_GROUP_SIZE 2048");
  g_autofree char *b = write_query(
      folder, "b it's [1]*?.parquet",
      "SELECT 1::DECIMAL(9,2) AS d, [{'k': DATE '2024-01-01'}] AS n, TIMESTAMPTZ '2024-01-01' AS t",
      ", COMPRESSION zstd");
  g_autofree char *c = write_query(folder, "c.parquet", "SELECT 1::BIGINT AS i, 'x' AS s",
                                   ", COMPRESSION uncompressed");
  g_autofree char *d =
      write_query(folder, "d.parquet", "SELECT 1::BIGINT AS i, 'x' AS s WHERE false", "");
  const char *paths[] = {c, a, d, b};
  g_autoptr(GPtrArray) footers = read_good(folder, paths, 4, 2);
  static const struct {
    guint64 rows;
    guint row_groups;
    const char *compression;
  } expected[] = {{1, 1, "UNCOMPRESSED"}, {5000, 3, "SNAPPY"}, {0, 0, NULL}, {1, 1, "ZSTD"}};
  for (guint i = 0; i < 4; i++) {
    const struct duck_footer *footer = g_ptr_array_index(footers, i);
    assert_int_equal(footer->rows, expected[i].rows);
    assert_int_equal(footer->row_groups, expected[i].row_groups);
    assert_int_equal(g_strcmp0(footer->compression, expected[i].compression), 0);
  }
  const struct duck_footer *first = g_ptr_array_index(footers, 0),
                           *second = g_ptr_array_index(footers, 1),
                           *last = g_ptr_array_index(footers, 3);
  assert_ptr_equal(first->columns, second->columns);
  static const char *const types[][2] = {
      {"d", "DECIMAL(9,2)"}, {"n", "STRUCT(k DATE)[]"}, {"t", "TIMESTAMP WITH TIME ZONE"}};
  assert_int_equal(last->columns->len, 3);
  for (guint i = 0; i < 3; i++) {
    const struct duck_column *column = g_ptr_array_index(last->columns, i);
    assert_string_equal(column->name, types[i][0]);
    assert_string_equal(column->type, types[i][1]);
  }
}

/* Schemas that differ in one logical type only must not be taken for equal. */
static void
test_near_schemas(void **state)
{
  struct folder *folder = *state;
  static const char *const types[] = {"INTEGER",
                                      "UINTEGER",
                                      "BIGINT",
                                      "UBIGINT",
                                      "TIMESTAMP",
                                      "TIMESTAMP WITH TIME ZONE",
                                      "TIME",
                                      "DATE",
                                      "DECIMAL(9,2)",
                                      "DECIMAL(9,3)",
                                      "DECIMAL(18,2)",
                                      "VARCHAR",
                                      "BLOB",
                                      "UUID",
                                      "JSON",
                                      "INTEGER[]",
                                      "MAP(INTEGER, INTEGER)",
                                      "STRUCT(v INTEGER)",
                                      "BOOLEAN",
                                      "FLOAT",
                                      "DOUBLE",
                                      "TIMESTAMP_NS",
                                      "TINYINT",
                                      "INTERVAL"};
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
    g_autofree char *query = g_strdup_printf("SELECT NULL::%s AS v", types[i]);
    g_autofree char *name = g_strdup_printf("near-%u.parquet", i);
    g_ptr_array_add(paths, write_query(folder, name, query, ""));
  }
  g_autoptr(GPtrArray) footers =
      read_good(folder, (const char *const *)paths->pdata, paths->len, 2);
  for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
    const struct duck_footer *footer = g_ptr_array_index(footers, i);
    const struct duck_column *column = g_ptr_array_index(footer->columns, 0);
    assert_string_equal(column->type, types[i]);
  }
}

static void
check_same(const struct duck_footer *ours, const struct duck_footer *theirs)
{
  assert_int_equal(ours->rows, theirs->rows);
  assert_int_equal(ours->row_groups, theirs->row_groups);
  assert_int_equal(g_strcmp0(ours->compression, theirs->compression), 0);
  assert_int_equal(ours->columns->len, theirs->columns->len);
  for (guint i = 0; i < ours->columns->len; i++) {
    const struct duck_column *a = g_ptr_array_index(ours->columns, i),
                             *b = g_ptr_array_index(theirs->columns, i);
    assert_string_equal(a->name, b->name);
    assert_string_equal(a->type, b->type);
  }
}

/* What is read without DuckDB is what DuckDB reads; it is asked for paths that are not absolute. */
static void
test_as_duckdb(void **state)
{
  struct folder *folder = *state;
  static const char *const queries[][2] = {
      {"SELECT i, 'x' || i AS s FROM range(5000) t(i)", ", ROW_GROUP_SIZE 2048"},
      {"SELECT 1::DECIMAL(38,2) AS d, [{'k': DATE '2024-01-01', 'l': MAP {'a': [1]}}] AS n", ""},
      {"SELECT 1 AS a WHERE false", ", COMPRESSION zstd"},
      {"SELECT 1 AS a, {'b': 2, 'c': {'d': NULL::INTERVAL}} AS s", ", COMPRESSION gzip"},
      {"SELECT TIMESTAMPTZ '2024-01-01' AS t, uuid() AS u", ", COMPRESSION lz4_raw"},
      {"SELECT repeat('long', 5000) AS \"it's a \"\"name\"\"\" FROM range(9)",
       ", FIELD_IDS 'auto'"},
      {"SELECT COLUMNS(*)::VARCHAR FROM (SELECT * FROM range(1) t(i), duckdb_settings() LIMIT 1)",
       ", COMPRESSION uncompressed, KV_METADATA {a: 'b'}"},
  };
  const char *paths[2] = {NULL};
  assert_int_equal(g_chdir(folder->path), 0);
  for (guint i = 0; i < G_N_ELEMENTS(queries); i++) {
    g_autofree char *path = write_query(folder, "both.parquet", queries[i][0], queries[i][1]);
    struct footer_buffer buffer = {0};
    g_autoptr(GBytes) schema = NULL;
    AUTO(duck_footer_free) struct duck_footer *local = footer_read_local(path, &buffer, &schema);
    g_free(buffer.bytes);
    assert_non_null(local);
    paths[0] = path;
    g_autoptr(GPtrArray) ours = read_good(folder, paths, 1, 1);
    paths[0] = "both.parquet";
    g_autoptr(GPtrArray) theirs = read_good(folder, paths, 1, 1);
    check_same(g_ptr_array_index(ours, 0), g_ptr_array_index(theirs, 0));
  }
  assert_int_equal(g_chdir("/"), 0);
}

/* A footer longer than what is read at first. */
static void
test_long_footer(void **state)
{
  struct folder *folder = *state;
  g_autofree char *path =
      write_query(folder, "long.parquet", "SELECT i, i AS j, i AS k FROM range(100000) t(i)",
                  ", ROW_GROUP_SIZE 2048");
  struct footer_buffer buffer = {0};
  g_autoptr(GBytes) schema = NULL;
  AUTO(duck_footer_free) struct duck_footer *footer = footer_read_local(path, &buffer, &schema);
  assert_true(buffer.size > 8 * 1024);
  g_free(buffer.bytes);
  assert_non_null(footer);
  assert_int_equal(footer->rows, 100000);
  assert_int_equal(footer->row_groups, 49);
}

/* More files than one query takes, in an order of their own, at several thread counts. */
static void
test_many(void **state)
{
  struct folder *folder = *state;
  enum { COUNT = 300 };
  g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
  char *bytes[3];
  gsize lengths[3];
  for (guint i = 0; i < 3; i++) {
    g_autofree char *query = g_strdup_printf("SELECT 1 AS a FROM range(%u)", i + 1);
    g_autofree char *path = write_query(folder, "one.parquet", query, "");
    assert_true(g_file_get_contents(path, &bytes[i], &lengths[i], NULL));
  }
  for (guint i = 0; i < COUNT; i++) {
    g_autofree char *name = g_strdup_printf("many-%u.parquet", COUNT - i);
    g_ptr_array_add(paths, write_bytes(folder, name, bytes[i % 3], (gssize)lengths[i % 3]));
  }
  for (guint threads = 1; threads <= 4; threads += 3) {
    g_autoptr(GPtrArray) footers =
        read_good(folder, (const char *const *)paths->pdata, COUNT, threads);
    for (guint i = 0; i < COUNT; i++)
      assert_int_equal(((const struct duck_footer *)g_ptr_array_index(footers, i))->rows,
                       i % 3 + 1);
  }
  for (guint i = 0; i < 3; i++)
    g_free(bytes[i]);
}

static void
test_none(void **state)
{
  g_autoptr(GPtrArray) footers = read_good(*state, NULL, 0, 2);
  assert_int_equal(footers->len, 0);
}

struct bad_case {
  const char *name;
  gssize keep;     /* bytes of a good file, from its front; negative: left out at its end */
  const char *put; /* then these bytes, over the end when at >= 0 from the end */
  gsize put_length;
  const char *message;
};

static const struct bad_case bad_cases[] = {
    {"empty", 0, "", 0, "the file is empty (0 bytes)"},
    {"short", 4, "", 0, "the file is too short to be Parquet"},
    {"text", 0, "hello, this is no Parquet\n", 26, "the file is not Parquet"},
    {"cut", -20, "", 0, "the file is cut off: it does not end with a Parquet footer"},
    {"long-footer", -8, "\xff\xff\xff\x7fPAR1", 8,
     "the file is damaged: its Parquet footer does not fit in it"},
    {"encrypted", -4, "PARE", 4, "the file is encrypted, which is not supported"},
    {"garbled", -12, "\xff\xff\xff\xff\x50\x00\x00\x00PAR1", 12, NULL},
};

static char *
spoil(struct folder *folder, const struct bad_case *bad, const char *bytes, gsize length)
{
  g_autoptr(GByteArray) spoilt = g_byte_array_new();
  gsize keep = bad->keep >= 0 ? (gsize)bad->keep : length - (gsize)-bad->keep;
  g_byte_array_append(spoilt, (const guint8 *)bytes, (guint)keep);
  g_byte_array_append(spoilt, (const guint8 *)bad->put, (guint)bad->put_length);
  return write_bytes(folder, bad->name, (const char *)spoilt->data, spoilt->len);
}

static void
check_refused(struct folder *folder, const char *const *paths, gsize count, enum error_kind kind,
              const char *message)
{
  g_autoptr(GError) error = NULL;
  GPtrArray *footers = NULL;
  assert_false(duck_read_footers(folder->kit->duck, paths, count, 2, &footers, &error));
  assert_null(footers);
  if (!error_is(error, kind) || !g_str_has_prefix(error->message, message))
    fail_msg("'%s' instead of '%s'", error->message, message);
}

static void
test_bad_files(void **state)
{
  struct folder *folder = *state;
  g_autofree char *good = write_query(folder, "good.parquet", "SELECT 1 AS a", "");
  g_autofree char *bytes = NULL;
  gsize length;
  assert_true(g_file_get_contents(good, &bytes, &length, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(bad_cases); i++) {
    g_autofree char *bad = spoil(folder, &bad_cases[i], bytes, length);
    g_autofree char *message = g_strdup_printf(
        "cannot read '%s': %s", bad, bad_cases[i].message == NULL ? "" : bad_cases[i].message);
    const char *paths[] = {good, good, bad, "/nonexistent/x.parquet"};
    check_refused(folder, paths + 1, 3, ERROR_INPUT, message);
  }
}

static void
test_first_bad_file(void **state)
{
  struct folder *folder = *state;
  g_autofree char *good = write_query(folder, "good.parquet", "SELECT 1 AS a", "");
  const char *paths[] = {good, "/nonexistent/1", "/nonexistent/2"};
  check_refused(folder, paths, 3, ERROR_INPUT,
                "cannot read '/nonexistent/1': no such file or directory");
  g_autofree char *inside = g_strconcat("cannot read '", folder->path, "': is a directory", NULL);
  const char *folders[] = {folder->path};
  check_refused(folder, folders, 1, ERROR_INPUT, inside);
}

static void
test_no_right(void **state)
{
  struct folder *folder = *state;
  if (geteuid() == 0)
    skip(); /* root may read all */
  g_autofree char *good = write_query(folder, "locked.parquet", "SELECT 1 AS a", "");
  assert_int_equal(g_chmod(good, 0), 0);
  const char *paths[] = {good};
  g_autofree char *message = g_strdup_printf("cannot read '%s': permission denied", good);
  check_refused(folder, paths, 1, ERROR_ACCESS, message);
}

/* A page that DuckDB refuses without naming the file: zeroed dictionary indices of an uncompressed file. */
static char *
write_damaged(struct folder *folder)
{
  g_autofree char *path =
      write_query(folder, "damaged.parquet", "SELECT 'u' || (i % 10) AS u FROM range(5000) t(i)",
                  ", COMPRESSION gzip");
  g_autofree char *bytes = NULL;
  gsize length;
  assert_true(g_file_get_contents(path, &bytes, &length, NULL));
  memset(bytes + 40, 0xee, 40);
  assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
  return g_steal_pointer(&path);
}

static void
test_blame_damage(void **state)
{
  struct folder *folder = *state;
  g_autofree char *good = write_query(folder, "good.parquet", "SELECT 'u' AS u", "");
  g_autofree char *damaged = write_damaged(folder);
  g_autoptr(GError) error = NULL;
  g_autofree char *sql =
      g_strdup_printf("SELECT max(u) FROM read_parquet(['%s', '%s'])", good, damaged);
  assert_null(duck_query(folder->kit->connection, sql, NULL, NULL, &error));
  assert_true(g_str_has_prefix(error->message, "damaged data: "));
  assert_null(strstr(error->message, damaged)); /* else there is nothing left to do here */
  const char *paths[] = {good, damaged};
  assert_false(duck_blame_damage(folder->kit->duck, paths, 2, 2, &error));
  g_autofree char *message = g_strdup_printf("cannot read '%s': damaged data: ", damaged);
  assert_true(error_is(error, ERROR_FAILED));
  if (!g_str_has_prefix(error->message, message))
    fail_msg("%s", error->message);
}

static void
test_blame_nothing(void **state)
{
  struct folder *folder = *state;
  g_autofree char *good = write_query(folder, "good.parquet", "SELECT 'u' AS u", "");
  const char *paths[] = {good};
  g_autoptr(GError) error = NULL;
  assert_false(error_set(&error, ERROR_FAILED, "an overflow"));
  assert_false(duck_blame_damage(folder->kit->duck, paths, 1, 2, &error));
  assert_string_equal(error->message, "an overflow");
  g_clear_error(&error);
  assert_false(error_set(&error, ERROR_FAILED, "damaged data: out of buffer"));
  assert_false(duck_blame_damage(folder->kit->duck, paths, 1, 2, &error));
  assert_string_equal(error->message, "damaged data: out of buffer");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_facts),         cmocka_unit_test(test_near_schemas),
      cmocka_unit_test(test_as_duckdb),     cmocka_unit_test(test_long_footer),
      cmocka_unit_test(test_many),          cmocka_unit_test(test_none),
      cmocka_unit_test(test_bad_files),     cmocka_unit_test(test_first_bad_file),
      cmocka_unit_test(test_no_right),      cmocka_unit_test(test_blame_damage),
      cmocka_unit_test(test_blame_nothing),
  };
  return cmocka_run_group_tests(tests, open_folder, close_folder);
}
