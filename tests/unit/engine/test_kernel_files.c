/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel_stream.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 1000, SLOTS = 2 };

static guint takings, refused; /* since the row groups are there; the one that is refused */

static void *
refuse_one(void *user, void *old, size_t old_bytes, size_t new_bytes)
{
  if (new_bytes > 0)
    return takings++ == refused ? NULL : budget_resize(user, old, old_bytes, new_bytes);
  budget_free(user, old, old_bytes);
  return NULL;
}

/* An output of a number and a text, each slot in a file of its own. */
struct scene {
  char *folder;
  struct plan_column number, text;
  struct job_output spec;
  struct plan_output output;
  struct plan_pass pass;
  struct plan plan;
  struct rollup_budget budget;
  struct kernel_stream *stream;
};

static GPtrArray *
array_of(gpointer first, gpointer second)
{
  GPtrArray *array = g_ptr_array_new();
  g_ptr_array_add(array, first);
  if (second != NULL)
    g_ptr_array_add(array, second);
  return array;
}

static struct scene *
scene_new(void)
{
  static char n[] = "n", t[] = "t", bigint[] = "BIGINT", varchar[] = "VARCHAR", snappy[] = "snappy";
  struct scene *scene = g_new0(struct scene, 1);
  scene->folder = g_dir_make_tmp("kindling-files-XXXXXX", NULL);
  assert_non_null(scene->folder);
  scene->number = (struct plan_column){.name = n, .type = bigint, .stored_type = bigint};
  scene->text = (struct plan_column){.name = t, .type = varchar, .stored_type = varchar};
  scene->spec.compression = snappy;
  scene->output.spec = &scene->spec;
  scene->output.columns = array_of(&scene->number, &scene->text);
  scene->output.partition_by = g_array_new(FALSE, FALSE, sizeof(guint));
  scene->plan.outputs = array_of(&scene->output, NULL);
  scene->plan.passes = array_of(&scene->pass, NULL);
  scene->budget.limit_bytes = 64 * 1024 * 1024;
  const struct kernel_target target = {
      .plan = &scene->plan, .staging = scene->folder, .run_id = "run", .target_file_bytes = 1};
  scene->stream = stream_new(&target, &scene->budget);
  scene->stream->allocator.resize = refuse_one;
  assert_true(stream_fit_rows(scene->stream, SLOTS));
  return scene;
}

static void
scene_free(struct scene *scene)
{
  kernel_stream_free(scene->stream);
  assert_int_equal(g_rmdir(scene->folder), 0);
  g_free(scene->folder);
  g_ptr_array_unref(scene->output.columns);
  g_array_unref(scene->output.partition_by);
  g_ptr_array_unref(scene->plan.outputs);
  g_ptr_array_unref(scene->plan.passes);
  g_free(scene);
}

static GPtrArray *
encode(struct scene *scene)
{
  gint64 numbers[ROWS];
  struct parquet_string texts[ROWS];
  for (gsize i = 0; i < ROWS; i++) {
    numbers[i] = (gint64)i;
    texts[i] = (struct parquet_string){.length = 12};
    memcpy(texts[i].inlined, "twelve bytes", 12);
  }
  const struct parquet_values values[] = {{.values = numbers}, {.values = texts}};
  refused = G_MAXUINT;
  struct parquet_group *group = stream_encode(scene->stream, values, ROWS);
  assert_non_null(group);
  GPtrArray *groups = stream_groups_new();
  g_ptr_array_add(groups, group);
  return groups;
}

/* As two threads, of which neither knows yet that the other's slot could not be written. */
static void
write_slots(struct scene *scene, guint refuse)
{
  struct stream_part *part = g_ptr_array_index(scene->stream->parts, 0);
  GPtrArray *groups[SLOTS];
  for (guint i = 0; i < SLOTS; i++)
    groups[i] = encode(scene);
  takings = 0;
  refused = refuse;
  for (guint i = 0; i < SLOTS; i++)
    (void)stream_part_take(part, i, NULL, groups[i], NULL);
  kernel_stream_finish(scene->stream);
}

static guint
count_files(const struct scene *scene)
{
  guint count = 0;
  g_autoptr(GDir) dir = g_dir_open(scene->folder, 0, NULL);
  assert_non_null(dir);
  while (g_dir_read_name(dir) != NULL)
    count++;
  return count;
}

/* Whichever taking is refused: no error, no file and no memory is left, and the output is to be computed in another way. */
static void
a_file_without_memory_gives_the_output_up(void **state)
{
  (void)state;
  bool written = false;
  guint refuse = 0;
  for (; !written; refuse++) {
    struct scene *scene = scene_new();
    write_slots(scene, refuse);
    written = kernel_stream_reason(scene->stream) == NULL;
    assert_null(scene->stream->error);
    assert_int_equal(kernel_stream_ran_out(scene->stream), !written);
    assert_int_equal(scene->budget.used_bytes, 0);
    assert_int_equal(count_files(scene), written ? SLOTS : 0);
    scene_free(scene);
  }
  assert_true(refuse > 12);
}

/* What is no want of memory stays the output's error. */
static void
a_file_that_cannot_be_created_is_an_error(void **state)
{
  (void)state;
  struct scene *scene = scene_new();
  assert_int_equal(g_rmdir(scene->folder), 0);
  write_slots(scene, G_MAXUINT);
  assert_null(kernel_stream_reason(scene->stream));
  assert_non_null(scene->stream->error);
  assert_non_null(strstr(scene->stream->error->message, "cannot create '"));
  assert_int_equal(g_mkdir(scene->folder, 0700), 0);
  scene_free(scene);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_file_without_memory_gives_the_output_up),
      cmocka_unit_test(a_file_that_cannot_be_created_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
