/* SPDX-License-Identifier: Apache-2.0 */
#include "table/delta_log.h"
#include "util/error.h"
#include <string.h>

#define NUMBER_LENGTH 20

static void
checkpoint_free(gpointer pointer)
{
  struct delta_log_checkpoint *checkpoint = pointer;
  g_ptr_array_unref(checkpoint->paths);
  g_free(checkpoint);
}

void
delta_log_free(struct delta_log *log)
{
  if (log == NULL)
    return;
  g_array_unref(log->commits);
  g_ptr_array_unref(log->checkpoints);
  g_free(log);
}

static gint64
digits(const char *text, gsize count)
{
  gint64 number = 0;
  for (gsize i = 0; i < count; i++) {
    if (!g_ascii_isdigit(text[i]))
      return -1;
    int digit = text[i] - '0';
    if (number > (G_MAXINT64 - digit) / 10)
      return -1;
    number = number * 10 + digit;
  }
  return number;
}

gint64
delta_log_number(const char *name, const char *suffix)
{
  if (strlen(name) != NUMBER_LENGTH + strlen(suffix) || strcmp(name + NUMBER_LENGTH, suffix) != 0)
    return -1;
  return digits(name, NUMBER_LENGTH);
}

/* "<20 digits>.checkpoint.parquet", or part i of p: "<20>.checkpoint.<10 digits i>.<10 digits p>.parquet". */
static gint64
checkpoint_number(const char *name, gint64 *ret_parts)
{
  static const char middle[] = ".checkpoint.";
  gsize head = NUMBER_LENGTH + sizeof middle - 1;
  gint64 version = delta_log_number(name, ".checkpoint.parquet");
  *ret_parts = 1;
  if (version >= 0)
    return version;
  if (strlen(name) != head + 21 + strlen(".parquet") || !g_str_has_suffix(name, ".parquet") ||
      strncmp(name + NUMBER_LENGTH, middle, sizeof middle - 1) != 0 || name[head + 10] != '.')
    return -1;
  gint64 part = digits(name + head, 10);
  *ret_parts = digits(name + head + 11, 10);
  return part >= 1 && part <= *ret_parts ? digits(name, NUMBER_LENGTH) : -1;
}

/* Entries come sorted, so the parts of one checkpoint are neighbours. A writer may leave an unfinished set behind, or a
 * single file beside a set: each (version, number of parts) is a checkpoint of its own. */
static void
take_checkpoint(GPtrArray *found, GArray *part_counts, const char *path, gint64 version,
                gint64 parts)
{
  guint last = found->len;
  while (last > 0) {
    struct delta_log_checkpoint *checkpoint = found->pdata[last - 1];
    if (checkpoint->version != version)
      last = 0;
    else if (g_array_index(part_counts, gint64, last - 1) == parts)
      break;
    else
      last--;
  }
  if (last == 0) {
    struct delta_log_checkpoint *checkpoint = g_new0(struct delta_log_checkpoint, 1);
    checkpoint->version = version;
    checkpoint->paths = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(found, checkpoint);
    g_array_append_val(part_counts, parts);
    last = found->len;
  }
  struct delta_log_checkpoint *checkpoint = found->pdata[last - 1];
  g_ptr_array_add(checkpoint->paths, g_strdup(path));
}

static void
drop_unfinished(GPtrArray *found, GArray *part_counts)
{
  for (guint i = found->len; i-- > 0;) {
    struct delta_log_checkpoint *checkpoint = found->pdata[i];
    if ((gint64)checkpoint->paths->len != g_array_index(part_counts, gint64, i))
      g_ptr_array_remove_index(found, i);
  }
}

bool
delta_log_list(struct storage *storage, const char *table, struct delta_log **ret_log,
               GError **error)
{
  g_autofree char *folder = delta_log_folder(table);
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(storage, folder, &entries, error))
    return false;
  struct delta_log *log = g_new0(struct delta_log, 1);
  log->commits = g_array_new(FALSE, FALSE, sizeof(gint64));
  log->checkpoints = g_ptr_array_new_with_free_func(checkpoint_free);
  g_autoptr(GArray) part_counts = g_array_new(FALSE, FALSE, sizeof(gint64));
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    const char *name = strrchr(entry->path, '/') + 1;
    gint64 parts = 0, version = delta_log_number(name, ".json");
    if (version >= 0)
      g_array_append_val(log->commits, version);
    else if ((version = checkpoint_number(name, &parts)) >= 0)
      take_checkpoint(log->checkpoints, part_counts, entry->path, version, parts);
  }
  drop_unfinished(log->checkpoints, part_counts);
  *ret_log = log;
  return true;
}

gint64
delta_log_newest(const struct delta_log *log)
{
  gint64 newest = -1;
  if (log->commits->len > 0)
    newest = g_array_index(log->commits, gint64, log->commits->len - 1);
  if (log->checkpoints->len > 0) {
    const struct delta_log_checkpoint *last = log->checkpoints->pdata[log->checkpoints->len - 1];
    newest = MAX(newest, last->version);
  }
  return newest;
}

static int
by_number(gconstpointer a, gconstpointer b)
{
  const gint64 *left = a, *right = b;
  return *left < *right ? -1 : *left > *right;
}

bool
delta_log_has(const struct delta_log *log, gint64 version)
{
  return g_array_binary_search(log->commits, &version, by_number, /* out_match_index= */ NULL);
}

bool
delta_log_read(struct storage *storage, const char *table, gint64 version, GBytes **ret_bytes,
               GError **error)
{
  g_autofree char *path = delta_commit_path(table, version);
  return storage_read(storage, path, DELTA_FILE_LIMIT, ret_bytes, error);
}
