/* SPDX-License-Identifier: Apache-2.0
 * What happens when a run dies, stops or meets others: kills at every step, sweeping, 16 writers, gc, rollback. */
#include "table_kit.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#define DAY G_GINT64_CONSTANT(86400000)

static const struct kit_run OLD = {"run-old", "x:2 y:1", -1, NULL, NULL};
static const struct kit_run NEW = {"run-new", "x:3 y:2", -1, NULL, NULL};
static const struct kit_run NEXT = {"run-next", "z:1", -1, NULL, NULL};

#define OLD_X "0: k=0/part-0-run-old.parquet=run-old k=1/part-0-run-old.parquet=run-old"
#define OLD_Y "0: k=0/part-0-run-old.parquet=run-old"
#define NEW_X                                                                                      \
  "1: k=0/part-0-run-new.parquet=run-new k=1/part-0-run-new.parquet=run-new "                      \
  "k=2/part-0-run-new.parquet=run-new"
#define NEW_Y "1: k=0/part-0-run-new.parquet=run-new k=1/part-0-run-new.parquet=run-new"

struct fault {
  const char *step;
  const char *x, *y; /* what a Delta reader sees of x and y after the fault */
  bool committed;    /* entry 1 is written */
};

static const struct fault FAULTS[] = {
    {"publish.staged", OLD_X, OLD_Y, false},     {"publish.prepared", OLD_X, OLD_Y, false},
    {"publish.logged", OLD_X, OLD_Y, true},      {"publish.moving", OLD_X, OLD_Y, true},
    {"publish.moving:x", OLD_X, OLD_Y, true},    {"publish.moved:x", OLD_X, OLD_Y, true},
    {"publish.committed:x", NEW_X, OLD_Y, true}, {"publish.deleted:x", NEW_X, OLD_Y, true},
    {"publish.moving:y", NEW_X, OLD_Y, true},    {"publish.moved:y", NEW_X, OLD_Y, true},
    {"publish.committed:y", NEW_X, NEW_Y, true}, {"publish.deleted:y", NEW_X, NEW_Y, true},
    {"publish.done", NEW_X, NEW_Y, true},
};

static void
restart(struct kit *kit)
{
  assert_true(storage_delete_tree(kit->storage, "", NULL));
  kit_publish_ok(kit, &OLD);
}

/* All outputs of the run are as they must be, and nothing is left. */
static void
assert_settled(struct kit *kit, bool committed)
{
  kit_assert_delta(kit, "x", committed ? NEW_X : OLD_X);
  kit_assert_delta(kit, "y", committed ? NEW_Y : OLD_Y);
  kit_assert_plain(kit, "x", committed ? "run-new run-new run-new" : "run-old run-old");
  kit_assert_plain(kit, "y", committed ? "run-new run-new" : "run-old");
  assert_int_equal(kit_leftovers(kit), 0);
}

static void
check_fault(struct kit *kit, const struct fault *fault, bool kill)
{
  restart(kit);
  g_autofree char *plan = g_strdup_printf("%s:%s", kill ? "kill" : "fail", fault->step);
  int status = kit_publish_child(kit, &NEW, plan);
  if (kill)
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  else
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  kit_assert_delta(kit, "x", fault->x);
  kit_assert_delta(kit, "y", fault->y);
  if (!kill && !fault->committed)
    assert_int_equal(kit_leftovers(kit), 0);
}

static void
test_next_run_completes(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 0; i < 2 * G_N_ELEMENTS(FAULTS); i++) {
    const struct fault *fault = &FAULTS[i / 2];
    check_fault(kit, fault, i % 2 == 0);
    kit_publish_ok(kit, &NEXT);
    assert_settled(kit, fault->committed);
    kit_assert_delta(kit, "z", "0: k=0/part-0-run-next.parquet=run-next");
  }
}

static void
test_recover_completes(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(FAULTS); i++) {
    const struct fault *fault = &FAULTS[i];
    g_autoptr(GPtrArray) planned = NULL;
    g_autoptr(GPtrArray) done = NULL;
    check_fault(kit, fault, true);
    assert_true(publish_recover(kit->storage, NULL, true, &planned, NULL));
    kit_assert_delta(kit, "x", fault->x); /* a dry run changes nothing */
    kit_assert_delta(kit, "y", fault->y);
    assert_int_equal(kit_leftovers(kit), 1);
    assert_true(publish_recover(kit->storage, NULL, false, &done, NULL));
    assert_settled(kit, fault->committed);
    assert_int_equal(planned->len, done->len);
    guint outputs = (guint)(strcmp(fault->x, OLD_X) == 0) + (guint)(strcmp(fault->y, OLD_Y) == 0);
    assert_int_equal(done->len, 1 + (fault->committed ? outputs : 0));
    assert_true(publish_recover(kit->storage, NULL, false, &done, NULL));
    assert_int_equal(done->len, 0);
  }
}

/* The recovery itself dies, at every step; the next one goes on. */
static void
test_recovery_may_die_too(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 2; i + 1 < G_N_ELEMENTS(FAULTS); i++) {
    check_fault(kit, &FAULTS[2], true);
    g_autofree char *plan = g_strdup_printf("kill:%s", FAULTS[i].step);
    (void)kit_publish_child(kit, &NEXT, plan);
    assert_true(publish_recover(kit->storage, NULL, false, NULL, NULL));
    assert_settled(kit, true);
  }
}

/* The first run of all dies: before its entry nothing is there, after it all is. */
static void
test_first_run_dies(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(FAULTS); i++) {
    assert_true(storage_delete_tree(kit->storage, "", NULL));
    g_autofree char *plan = g_strdup_printf("kill:%s", FAULTS[i].step);
    (void)kit_publish_child(kit, &OLD, plan);
    kit_publish_ok(kit, &NEXT);
    kit_assert_delta(kit, "x", FAULTS[i].committed ? OLD_X : "none");
    kit_assert_delta(kit, "y", FAULTS[i].committed ? OLD_Y : "none");
    assert_int_equal(kit_leftovers(kit), 0);
  }
}

static int
finish(pid_t child)
{
  int status = kit_wait(child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Waits until the slow run has written its entry and stands at its step, then publishes over it. */
static void
overtake(struct kit *kit)
{
  const char *entry = "_kindling/log/00000000000000000001.json";
  for (int wait = 0; wait < 1000 && !kit_exists(kit, entry); wait++)
    g_usleep(5000);
  g_usleep(100000);
  kit_publish_ok(kit, &(struct kit_run){"run-over", "x:1 y:1", -1, NULL, NULL});
}

/* The run that wrote the entry is only slow. Others complete it and publish over it, and it comes back to life: it must
 * find its work done, and bring no file back. */
static void
test_slow_run_comes_back(void **state)
{
  enum { FIRST = 2, COUNT = G_N_ELEMENTS(FAULTS) - 3 };
  struct kit *kits[COUNT];
  pid_t slow[COUNT];
  (void)state;
  for (gsize i = 0; i < COUNT; i++) {
    g_autofree char *plan = g_strdup_printf("slow:%s", FAULTS[FIRST + i].step);
    (void)kit_setup((void **)&kits[i]);
    kit_publish_ok(kits[i], &OLD);
    slow[i] = kit_start(kits[i], &NEW, plan);
  }
  for (gsize i = 0; i < COUNT; i++)
    overtake(kits[i]);
  for (gsize i = 0; i < COUNT; i++) {
    assert_int_equal(finish(slow[i]), 0);
    kit_assert_delta(kits[i], "x", "2: k=0/part-0-run-over.parquet=run-over");
    kit_assert_delta(kits[i], "y", "2: k=0/part-0-run-over.parquet=run-over");
    kit_assert_plain(kits[i], "x", "run-over");
    kit_assert_plain(kits[i], "y", "run-over");
    assert_int_equal(kit_leftovers(kits[i]), 0);
    (void)kit_teardown((void **)&kits[i]);
  }
}

static void
test_sixteen_writers(void **state)
{
  struct kit *kit = *state;
  enum { WRITERS = 16 };
  pid_t children[WRITERS];
  guint won = 0;
  for (guint i = 0; i < WRITERS; i++) {
    g_autofree char *run_id = g_strdup_printf("run-%02u", i);
    g_autofree char *tables = g_strdup_printf("x:%u y:1 own%u:1", i % 4 + 1, i);
    children[i] = kit_start(kit, &(struct kit_run){run_id, tables, -1, NULL, NULL}, NULL);
  }
  for (guint i = 0; i < WRITERS; i++) {
    int code = finish(children[i]);
    g_autofree char *own = g_strdup_printf("own%u", i);
    assert_true(code == 0 || code == 4);
    won += code == 0;
    assert_int_equal(kit_exists(kit, own), code == 0);
  }
  AUTO(delta_snapshot_free) struct delta_snapshot *x = NULL;
  AUTO(delta_snapshot_free) struct delta_snapshot *y = NULL;
  assert_true(won >= 1);
  assert_true(delta_read(kit->storage, "x", -1, NULL, &x, NULL));
  assert_true(delta_read(kit->storage, "y", -1, NULL, &y, NULL));
  assert_int_equal(x->version, won - 1);
  assert_int_equal(y->version, won - 1);
  /* Both tables are of one run. */
  g_autofree char *plain_x = kit_plain_view(kit, "x");
  g_autofree char *plain_y = kit_plain_view(kit, "y");
  assert_int_equal(strlen(plain_y), 6);
  assert_true(g_str_has_prefix(plain_x, plain_y));
  assert_int_equal(g_hash_table_size(x->live), (strlen(plain_x) + 1) / 7);
  assert_true(publish_recover(kit->storage, NULL, false, NULL, NULL));
  assert_int_equal(kit_leftovers(kit), 0);
}

/* Eight processes at once, each killed at some step or not at all, round after round on the same tables; then one recovery.
 * KINDLING_SOAK multiplies the rounds. */
static void
test_storm(void **state)
{
  struct kit *kit = *state;
  const char *soak = g_getenv("KINDLING_SOAK");
  guint64 rounds = 8 * (soak == NULL ? 1 : MAX(g_ascii_strtoull(soak, NULL, 10), 1));
  g_autoptr(GRand) random = g_rand_new_with_seed(1);
  for (guint64 round = 0; round < rounds; round++) {
    pid_t children[8];
    for (guint i = 0; i < G_N_ELEMENTS(children); i++) {
      guint step = (guint)g_rand_int_range(random, 0, 2 * G_N_ELEMENTS(FAULTS));
      g_autofree char *plan = g_strdup_printf("kill:%s", FAULTS[step % G_N_ELEMENTS(FAULTS)].step);
      g_autofree char *run_id = g_strdup_printf("r%05" G_GUINT64_FORMAT "-%u", round, i);
      children[i] = kit_start(kit, &(struct kit_run){run_id, "x:3 y:3", -1, NULL, NULL},
                              step < G_N_ELEMENTS(FAULTS) ? plan : NULL);
    }
    for (guint i = 0; i < G_N_ELEMENTS(children); i++) {
      int status = kit_wait(children[i]);
      assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 4);
    }
    assert_true(publish_recover(kit->storage, NULL, false, NULL, NULL));
    g_autofree char *x = kit_plain_view(kit, "x");
    g_autofree char *y = kit_plain_view(kit, "y");
    g_autofree char *seen_x = kit_delta_view(kit, "x");
    assert_string_equal(x, y);
    assert_int_equal(strlen(x), *x == '\0' ? 0 : 3 * 8 + 2);
    assert_true(*x == '\0' || memcmp(x, x + 9, 8) == 0);
    assert_true(*x == '\0' || strstr(seen_x, x + 18) != NULL);
    assert_int_equal(kit_leftovers(kit), 0);
  }
}

/* Writers of disjoint outputs must all win. */
static void
test_sixteen_disjoint_writers(void **state)
{
  struct kit *kit = *state;
  pid_t children[16];
  for (guint i = 0; i < 16; i++) {
    g_autofree char *run_id = g_strdup_printf("run-%02u", i);
    g_autofree char *tables = g_strdup_printf("own%u:2", i);
    children[i] = kit_start(kit, &(struct kit_run){run_id, tables, -1, NULL, NULL}, NULL);
  }
  for (guint i = 0; i < 16; i++)
    assert_int_equal(finish(children[i]), 0);
  assert_true(kit_exists(kit, "_kindling/log/00000000000000000015.json"));
  assert_false(kit_exists(kit, "_kindling/log/00000000000000000016.json"));
}

static void
test_live_staging_is_not_swept(void **state)
{
  struct kit *kit = *state;
  struct publish_result results[KIT_TABLES];
  AUTO(publish_end) struct publish *publish = kit_begin(kit, &NEW, NULL);
  assert_true(kit_add_files(publish, &NEW, NULL));
  assert_true(publish_recover(kit->storage, NULL, false, NULL, NULL));
  kit_publish_ok(kit, &NEXT);
  assert_true(publish_prepare(publish, NULL));
  assert_true(publish_commit(publish, results, NULL));
  kit_assert_plain(kit, "y", "run-new run-new");
}

/* What was swept aside goes at once; a claim is left alone while it is young. */
static void
test_passing_folders(void **state)
{
  struct kit *kit = *state;
  struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
  kit_publish_ok(kit, &OLD);
  kit_write(kit, "_kindling/.new-run-a/owner", "");
  kit_write(kit, "_kindling/.swept-run-b/x/data", "");
  assert_true(publish_recover(kit->storage, NULL, false, NULL, NULL));
  assert_int_equal(kit_leftovers(kit), 1);
  g_autofree char *fresh = storage_path(kit->storage, "_kindling/.new-run-a");
  assert_int_equal(utimensat(AT_FDCWD, fresh, old, 0), 0);
  assert_true(publish_recover(kit->storage, NULL, false, NULL, NULL));
  assert_int_equal(kit_leftovers(kit), 0);
}

static void
test_damaged_entry(void **state)
{
  struct kit *kit = *state;
  static const char *const texts[] = {
      "",
      "null",
      "{}",
      "{\"schema_version\":1",
      "{\"schema_version\":1,\"run_id\":\"../x\",\"outputs\":[]}",
      "{\"schema_version\":1,\"run_id\":\"r\",\"outputs\":[{}]}",
      "{\"schema_version\":1,\"run_id\":\"r\",\"outputs\":[{\"name\":\"x\",\"schema\":{},"
      "\"partition_columns\":[],"
      "\"adds\":[{\"staged\":\"_kindling/r/x/a\",\"path\":\"../"
      "a\",\"add\":{\"path\":\"a\",\"size\":1}}]}]}",
      "{\"schema_version\":1,\"run_id\":\"r\",\"outputs\":[{\"name\":\"x\",\"schema\":{},"
      "\"partition_columns\":[],"
      "\"adds\":[{\"staged\":\"y/a\",\"path\":\"x/a\",\"add\":{\"path\":\"a\",\"size\":1}}]}]}",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GError) error = NULL;
    kit_write(kit, "_kindling/log/00000000000000000000.json", texts[i]);
    assert_false(kit_publish(kit, &NEXT, NULL, &error));
    assert_non_null(strstr(error->message, "00000000000000000000.json"));
  }
  g_autoptr(GError) error = NULL;
  kit_write(kit, "_kindling/log/00000000000000000000.json", "{\"schema_version\":2}");
  assert_false(kit_publish(kit, &NEXT, NULL, &error));
  assert_non_null(strstr(error->message, "newer format"));
}

static void
test_lost_staging_is_an_error(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  check_fault(kit, &FAULTS[2], true);
  assert_true(storage_delete_tree(kit->storage, "_kindling/run-new/x", NULL));
  assert_false(publish_recover(kit->storage, NULL, false, NULL, &error));
  assert_non_null(strstr(error->message, "run-new"));
  assert_non_null(strstr(error->message, "neither there nor at"));
  kit_assert_delta(kit, "x", OLD_X);
}

/* A foreign writer takes the version while the entry waits: the run goes on top. */
static void
test_foreign_commit_before_roll_forward(void **state)
{
  struct kit *kit = *state;
  check_fault(kit, &FAULTS[2], true);
  kit_write(kit, "x/foreign.parquet", "foreign");
  kit_write(kit, "x/_delta_log/00000000000000000001.json",
            "{\"add\":{\"path\":\"foreign.parquet\",\"partitionValues\":{\"k\":\"9\"},\"size\":7,"
            "\"modificationTime\":1,\"dataChange\":true}}");
  assert_true(publish_recover(kit->storage, NULL, false, NULL, NULL));
  kit_assert_plain(kit, "x", "run-new run-new run-new");
  g_autofree char *view = kit_delta_view(kit, "x");
  assert_true(g_str_has_prefix(view, "2: k=0/part-0-run-new.parquet"));
}

static void
collect(struct kit *kit, gint64 older_than_ms, bool dry_run, guint64 files, guint64 size_bytes)
{
  struct publish_garbage garbage = {0};
  g_autoptr(GPtrArray) paths = NULL;
  assert_true(
      publish_collect(kit->storage, "x", NULL, older_than_ms, dry_run, &paths, &garbage, NULL));
  assert_int_equal(garbage.files, files);
  assert_int_equal(garbage.size_bytes, size_bytes);
  assert_int_equal(paths->len, files);
}

static void
test_collect(void **state)
{
  struct kit *kit = *state;
  struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:2", 7 * DAY, NULL, NULL});
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", -1, NULL, NULL});
  kit_write(kit, "x/k=0/part-9-20200101T000000Z-0123abcd.parquet", "lost");
  kit_write(kit, "x/k=0/mine.parquet", "mine");
  collect(kit, -1, false, 0, 0);
  g_autofree char *lost =
      storage_path(kit->storage, "x/k=0/part-9-20200101T000000Z-0123abcd.parquet");
  g_autofree char *mine = storage_path(kit->storage, "x/k=0/mine.parquet");
  assert_int_equal(utimensat(AT_FDCWD, lost, old, 0), 0);
  assert_int_equal(utimensat(AT_FDCWD, mine, old, 0), 0);
  collect(kit, -1, true, 1, 4);
  assert_true(kit_exists(kit, "x/k=0/part-9-20200101T000000Z-0123abcd.parquet"));
  collect(kit, -1, false, 1, 4);
  assert_false(kit_exists(kit, "x/k=0/part-9-20200101T000000Z-0123abcd.parquet"));
  kit_assert_plain(kit, "x", "mine run-a run-b run-a");
  kit_write(kit, "x/_delta_log/.half.tmp", "half");
  kit_write(kit, "x/_delta_log/.young.tmp", "half");
  g_autofree char *half = storage_path(kit->storage, "x/_delta_log/.half.tmp");
  assert_int_equal(utimensat(AT_FDCWD, half, old, 0), 0);
  collect(kit, DAY, false, 0, 0);
  assert_false(kit_exists(kit, "x/_delta_log/.half.tmp"));
  assert_true(kit_exists(kit, "x/_delta_log/.young.tmp"));
  collect(kit, 0, false, 2, 10);
  kit_assert_plain(kit, "x", "mine run-b");
  kit_assert_delta(kit, "x", "1: k=0/part-0-run-b.parquet=run-b");
}

/* Files that a committed entry has moved in, before its Delta commit, are no garbage however old they are. */
static void
test_collect_spares_what_an_entry_names(void **state)
{
  struct kit *kit = *state;
  struct timespec old[2] = {{.tv_sec = 1000000}, {.tv_sec = 1000000}};
  struct kit_run run = {"20200101T000000Z-0123abcd", "x:1", -1, NULL, NULL};
  kit_publish_ok(kit, &OLD);
  (void)kit_publish_child(kit, &run, "kill:publish.moved:x");
  g_autofree char *path =
      storage_path(kit->storage, "x/k=0/part-0-20200101T000000Z-0123abcd.parquet");
  assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
  collect(kit, -1, true, 0, 0);
  collect(kit, -1, false, 0, 0);
  kit_assert_delta(kit, "x",
                   "1: k=0/part-0-20200101T000000Z-0123abcd.parquet=20200101T000000Z-0123abcd");
}

static void
test_collect_refuses_foreign_tables(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct publish_garbage garbage;
  kit_write(kit, "x/_delta_log/00000000000000000000.json",
            "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
            "{\"metaData\":{\"id\":\"1\",\"schemaString\":\"{}\",\"partitionColumns\":[],"
            "\"configuration\":{}}}\n");
  assert_false(publish_collect(kit->storage, "x", NULL, 0, false, NULL, &garbage, &error));
  assert_non_null(strstr(error->message, "not published by this program"));
  g_clear_error(&error);
  assert_false(publish_collect(kit->storage, "nope", NULL, 0, false, NULL, &garbage, &error));
  assert_non_null(strstr(error->message, "no table 'nope'"));
  assert_false(kit_exists(kit, "_kindling"));
}

static void
test_rollback(void **state)
{
  struct kit *kit = *state;
  gint64 version = -1;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:2", 7 * DAY, NULL, NULL});
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", -1, "t", "TIMESTAMP"});
  assert_true(publish_rollback(kit->storage, "x", 0, NULL, &version, NULL));
  assert_int_equal(version, 2);
  kit_assert_delta(kit, "x", "2: k=0/part-0-run-a.parquet=run-a k=1/part-0-run-a.parquet=run-a");
  AUTO(delta_snapshot_free) struct delta_snapshot *now = NULL;
  AUTO(delta_snapshot_free) struct delta_snapshot *first = NULL;
  assert_true(delta_read(kit->storage, "x", -1, NULL, &now, NULL));
  assert_true(delta_read(kit->storage, "x", 0, NULL, &first, NULL));
  assert_string_equal(json_get_text(now->metadata, "schemaString"),
                      json_get_text(first->metadata, "schemaString"));
  assert_string_equal(delta_snapshot_property(now, "kindling.retain"), "7d");
  assert_true(publish_rollback(kit->storage, "x", 1, NULL, &version, NULL));
  kit_assert_delta(kit, "x", "3: k=0/part-0-run-b.parquet=run-b");
  kit_publish_ok(kit, &(struct kit_run){"run-c", "x:1", -1, NULL, NULL});
  kit_assert_delta(kit, "x", "4: k=0/part-0-run-c.parquet=run-c");
}

static void
test_rollback_refusals(void **state)
{
  struct kit *kit = *state;
  gint64 version = -1;
  g_autoptr(GError) error = NULL;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", -1, NULL, NULL});
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", -1, NULL, NULL});
  assert_true(publish_rollback_check(kit->storage, "x", 1, NULL, &error));
  assert_false(publish_rollback_check(kit->storage, "x", 0, NULL, &error));
  assert_non_null(strstr(error->message, "part-0-run-a.parquet' is gone"));
  g_clear_error(&error);
  assert_false(publish_rollback(kit->storage, "x", 0, NULL, &version, &error));
  assert_non_null(strstr(error->message, "part-0-run-a.parquet' is gone"));
  assert_non_null(strstr(error->message, "--retain"));
  g_clear_error(&error);
  assert_false(publish_rollback(kit->storage, "x", 7, NULL, &version, &error));
  assert_true(error_is(error, ERROR_USAGE));
  assert_non_null(strstr(error->message, "no version 7; its newest is 1"));
  g_clear_error(&error);
  assert_false(publish_rollback(kit->storage, "y", 0, NULL, &version, &error));
  assert_non_null(strstr(error->message, "no table 'y'"));
  kit_assert_delta(kit, "x", "1: k=0/part-0-run-b.parquet=run-b");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_next_run_completes),
      TEST(test_recover_completes),
      TEST(test_recovery_may_die_too),
      TEST(test_first_run_dies),
      TEST(test_slow_run_comes_back),
      TEST(test_sixteen_writers),
      TEST(test_sixteen_disjoint_writers),
      TEST(test_storm),
      TEST(test_live_staging_is_not_swept),
      TEST(test_passing_folders),
      TEST(test_damaged_entry),
      TEST(test_lost_staging_is_an_error),
      TEST(test_foreign_commit_before_roll_forward),
      TEST(test_collect),
      TEST(test_collect_spares_what_an_entry_names),
      TEST(test_collect_refuses_foreign_tables),
      TEST(test_rollback),
      TEST(test_rollback_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
