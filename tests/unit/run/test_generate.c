/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck.h"
#include "run/generate.h"
#include "storage/storage.h"
#include "util/error.h"
#include "util/hash.h"
#include "util/interrupt.h"
#include "util/text.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int
set_up(void **state)
{
  *state = g_dir_make_tmp("kindling-generate-XXXXXX", NULL);
  return *state == NULL;
}

static int
tear_down(void **state)
{
  AUTO(storage_close) struct storage *storage = storage_open(*state, NULL);
  bool done = storage_delete_tree(storage, "", NULL);
  g_free(*state);
  return !done;
}

static void
generate(const struct generate_options *options, struct generate_result *ret_result)
{
  g_autoptr(GError) error = NULL;
  if (!generate_events(options, ret_result, &error))
    fail_msg("%s", error->message);
}

static GPtrArray *
tree_of(const char *root)
{
  AUTO(storage_close) struct storage *storage = storage_open(root, NULL);
  GPtrArray *entries = NULL;
  assert_true(storage_list_tree(storage, "", NULL, NULL, &entries, NULL));
  return entries;
}

/* One hash over names and bytes of all files. */
static char *
fingerprint(const char *root)
{
  g_autoptr(GPtrArray) entries = tree_of(root);
  GString *all = g_string_new(NULL);
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    g_autofree char *path = g_build_filename(root, entry->path, NULL);
    g_autofree char *bytes = NULL;
    gsize length = 0;
    assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    g_autofree char *hash = hash_text(bytes, (gssize)length);
    g_string_append_printf(all, "%s %s\n", entry->path, hash);
  }
  return g_string_free(all, FALSE);
}

static char *
make(void **state, const char *name, guint threads, guint64 seed)
{
  g_autofree char *output = g_build_filename(*state, name, NULL);
  const struct generate_options options = {
      .output = output, .rows = 20000, .days = 60, .seed = seed, .threads = threads};
  struct generate_result result = {0};
  generate(&options, &result);
  generate_result_clear(&result);
  return fingerprint(output);
}

static void
a_seed_gives_the_same_bytes_at_any_thread_count(void **state)
{
  g_autofree char *one = make(state, "one", 1, 42);
  g_autofree char *two = make(state, "two", 2, 42);
  g_autofree char *five = make(state, "five", 5, 42);
  g_autofree char *other = make(state, "other", 2, 43);
  assert_string_equal(one, two);
  assert_string_equal(one, five);
  assert_string_not_equal(one, other);
}

static gint64
ask(const char *root, const char *expression)
{
  const struct duck_options options = {.threads = 1};
  AUTO(duck_close) struct duck *duck = duck_open(&options, NULL);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, NULL);
  g_autofree char *glob = g_strconcat(root, "/*/*/*/*.parquet", NULL);
  g_autofree char *quoted = text_sql_string(glob);
  g_autofree char *sql =
      g_strdup_printf("SELECT CAST(%s AS BIGINT) FROM read_parquet(%s, hive_partitioning = true)",
                      expression, quoted);
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *answer = duck_query(connection, sql, NULL, NULL, &error);
  if (answer == NULL)
    fail_msg("%s", error->message);
  return duck_result_int(answer, 0, 0, G_MININT64);
}

struct fact {
  const char *expression;
  gint64 lowest, highest;
};

/* 100,000 rows, 2,000 users, 31 days. */
static const struct fact facts[] = {
    {"count(*)", 100000, 100000},
    {"count(*) - count(user_id) - count(value) - count(\"timestamp\")", -200000, -200000},
    {"count(DISTINCT user_id)", 1980, 2000},
    {"count(DISTINCT event_type)", 6, 6},
    {"count(DISTINCT category)", 20, 20},
    {"count(*) FILTER (event_type = 'view')", 41000, 42400},
    {"count(*) FILTER (event_type = 'click')", 24300, 25700},
    {"count(*) FILTER (event_type = 'purchase')", 8000, 8700},
    {"count(*) FILTER (category = 'electronics')", 13000, 14200},
    {"count(*) FILTER (category = 'shoes')", 3000, 3700},
    {"count(*) FILTER (user_id < 'user_00000020')", 6600, 7800},
    {"count(*) FILTER (user_id >= 'user_00001980')", 400, 750},
    {"min(value) * 100", 0, 0},
    {"max(value) * 100", 49000, 49999},
    {"avg(value)", 122, 128},
    {"count(DISTINCT value)", 20000, 50000},
    {"count(*) FILTER (year(\"timestamp\") != \"year\" OR month(\"timestamp\") != \"month\" OR "
     "day(\"timestamp\") != \"day\")",
     0, 0},
    {"count(DISTINCT CAST(\"timestamp\" AS DATE))", 31, 31},
    {"count(*) FILTER (\"day\" = 6) * 100 / count(*) FILTER (\"day\" = 5)", 128, 135},
    {"count(*) FILTER (\"day\" = 29) * 100 / count(*) FILTER (\"day\" = 1)", 140, 150},
    {"abs(corr(value, hash(user_id))) * 1000", 0, 15},
    {"abs(corr(CAST(substr(user_id, 6) AS INT), value)) * 1000", 0, 15},
    {"abs(corr(ascii(category), value)) * 1000", 0, 15},
};

static void
events_have_the_skew_described(void **state)
{
  g_autofree char *output = g_build_filename(*state, "a 'quoted' name", NULL);
  const struct generate_options options = {
      .output = output, .rows = 100000, .users = 2000, .days = 31, .seed = 7};
  struct generate_result result = {0};
  generate(&options, &result);
  assert_string_equal(result.output, output);
  assert_int_equal(result.files, 31);
  assert_int_equal(result.days, 31);
  assert_true(result.size_bytes > 1000000);
  generate_result_clear(&result);
  for (gsize i = 0; i < G_N_ELEMENTS(facts); i++) {
    gint64 found = ask(output, facts[i].expression);
    if (found < facts[i].lowest || found > facts[i].highest)
      fail_msg("%s is %" G_GINT64_FORMAT, facts[i].expression, found);
  }
}

static void
rows_rise_in_time_within_a_file(void **state)
{
  g_autofree char *output = g_build_filename(*state, "out", NULL);
  const struct generate_options options = {.output = output, .rows = 3000, .days = 1};
  struct generate_result result = {0};
  generate(&options, &result);
  assert_int_equal(result.users, 75);
  generate_result_clear(&result);
  assert_int_equal(ask(output, "list(epoch_ms(\"timestamp\")) = "
                               "list_sort(list(epoch_ms(\"timestamp\")))"),
                   1);
  assert_int_equal(ask(output, "count(DISTINCT \"timestamp\")"), 3000);
}

static void
few_rows_leave_days_out(void **state)
{
  g_autofree char *output = g_build_filename(*state, "out", NULL);
  const struct generate_options options = {
      .output = output, .rows = 3, .days = 366, .start = "2023-12-31", .seed = 0};
  struct generate_result result = {0};
  generate(&options, &result);
  assert_int_equal(result.files, 3);
  assert_int_equal(result.users, 1);
  generate_result_clear(&result);
  assert_int_equal(ask(output, "count(*)"), 3);
}

static void
assert_refused(const struct generate_options *options, enum error_kind kind, const char *part)
{
  g_autoptr(GError) error = NULL;
  struct generate_result result = {0};
  assert_false(generate_events(options, &result, &error));
  assert_true(error_is(error, kind));
  if (strstr(error->message, part) == NULL)
    fail_msg("'%s' is not in '%s'", part, error->message);
}

static void
bad_options_are_refused(void **state)
{
  static const char *const starts[] = {"2024-02-30",  "2024-1-1",   "",           "today",
                                       "2024-01-01x", "0000-01-01", "2024-13-01", "-024-01-01"};
  g_autofree char *output = g_build_filename(*state, "out", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
    const struct generate_options options = {.output = output, .rows = 1, .start = starts[i]};
    assert_refused(&options, ERROR_USAGE, "is no day");
  }
  const struct generate_options late = {
      .output = output, .rows = 1, .start = "9999-12-31", .days = 2};
  assert_refused(&late, ERROR_USAGE, "end after the year 9999");
  const struct generate_options huge = {.output = output, .rows = G_MAXUINT64};
  assert_refused(&huge, ERROR_USAGE, "at most");
  const struct generate_options remote = {.output = "s3://bucket/events", .rows = 1};
  assert_refused(&remote, ERROR_INPUT, "local folders only");
  g_autoptr(GPtrArray) left = tree_of(*state);
  assert_int_equal(left->len, 0);
}

static void
only_an_empty_folder_is_taken(void **state)
{
  const char *root = *state;
  g_autofree char *note = g_build_filename(root, "note", NULL);
  const struct generate_options options = {.output = root, .rows = 1000, .days = 400};
  assert_true(g_file_set_contents(note, "x", 1, NULL));
  assert_refused(&options, ERROR_OUTPUT, "is not empty: it holds 'note'");
  const struct generate_options file = {.output = note, .rows = 1};
  assert_refused(&file, ERROR_OUTPUT, "is a file");
  assert_int_equal(g_unlink(note), 0);
  struct generate_result result = {0};
  generate(&options, &result);
  generate_result_clear(&result);
  AUTO(storage_close) struct storage *storage = storage_open(root, NULL);
  g_autoptr(GPtrArray) entries = NULL;
  assert_true(storage_list(storage, "", &entries, NULL));
  assert_int_equal(entries->len, 2);
  assert_string_equal(((const struct storage_entry *)entries->pdata[0])->path, "year=2024");
  assert_refused(&options, ERROR_OUTPUT, "is not empty");
}

static void
stop_after_two(double share, guint64 rows, gpointer user)
{
  guint *calls = user;
  assert_true(share > 0 && share <= 1 && rows > 0);
  if (++*calls == 2)
    interrupt_pretend(SIGINT);
}

static void
a_signal_leaves_nothing(void **state)
{
  guint calls = 0;
  g_autofree char *output = g_build_filename(*state, "out", NULL);
  const struct generate_options options = {.output = output,
                                           .rows = 5000,
                                           .days = 50,
                                           .threads = 2,
                                           .progress = stop_after_two,
                                           .user = &calls};
  g_autoptr(GError) error = NULL;
  struct generate_result result = {0};
  bool done = generate_events(&options, &result, &error);
  interrupt_pretend(0);
  assert_false(done);
  assert_true(error_is(error, ERROR_INTERRUPTED));
  AUTO(storage_close) struct storage *storage = storage_open(*state, NULL);
  g_autoptr(GPtrArray) entries = NULL;
  assert_true(storage_list(storage, "", &entries, NULL));
  assert_int_equal(entries->len, 0);
}

static void
die(double share, guint64 rows, gpointer user)
{
  (void)share;
  (void)rows;
  (void)user;
  (void)raise(SIGKILL);
}

static void
what_a_kill_left_is_hidden_and_swept(void **state)
{
  g_autofree char *output = g_build_filename(*state, "out", NULL);
  struct generate_options options = {
      .output = output, .rows = 500, .days = 5, .threads = 1, .progress = die};
  struct generate_result result = {0};
  pid_t child = fork();
  if (child == 0)
    _exit(generate_events(&options, &result, NULL));
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  assert_int_not_equal(g_access(output, F_OK), 0);
  AUTO(storage_close) struct storage *storage = storage_open(*state, NULL);
  g_autoptr(GPtrArray) left = NULL;
  assert_true(storage_list(storage, "", &left, NULL));
  assert_int_equal(left->len, 1);
  assert_int_equal(((const struct storage_entry *)left->pdata[0])->path[0], '.');
  options.progress = NULL;
  generate(&options, &result);
  generate_result_clear(&result);
  g_autoptr(GPtrArray) after = NULL;
  assert_true(storage_list(storage, "", &after, NULL));
  assert_int_equal(after->len, 1);
  assert_string_equal(((const struct storage_entry *)after->pdata[0])->path, "out");
  g_autoptr(GPtrArray) files = tree_of(output);
  assert_int_equal(files->len, 5);
}

int
main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(what_a_kill_left_is_hidden_and_swept),
      TEST(a_seed_gives_the_same_bytes_at_any_thread_count),
      TEST(events_have_the_skew_described),
      TEST(rows_rise_in_time_within_a_file),
      TEST(few_rows_leave_days_out),
      TEST(bad_options_are_refused),
      TEST(only_an_empty_folder_is_taken),
      TEST(a_signal_leaves_nothing),
  };
#undef TEST
  return cmocka_run_group_tests(tests, NULL, NULL);
}
