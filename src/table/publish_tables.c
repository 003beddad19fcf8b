/* SPDX-License-Identifier: Apache-2.0 */
#include "table/complete.h"
#include "table/publish.h"
#include "table/staging.h"
#include <string.h>

char **
publish_tables(struct storage *storage, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(storage, "", &entries, error))
    return NULL;
  g_autoptr(GStrvBuilder) names = g_strv_builder_new();
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    if (!entry->is_folder || strchr("._", *entry->path) != NULL)
      continue;
    g_autofree char *log = g_strdup_printf("%s/_delta_log", entry->path);
    g_autoptr(GError) failure = NULL;
    if (storage_stat(storage, log, /* ret_entry= */ NULL, &failure))
      g_strv_builder_add(names, entry->path);
    else if (failure != NULL) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return NULL;
    }
  }
  return g_strv_builder_end(names);
}

bool
publish_recover(struct storage *storage, const struct delta_reader *reader, bool dry_run,
                GPtrArray **ret_report, GError **error)
{
  g_autoptr(GPtrArray) report = g_ptr_array_new_with_free_func(g_free);
  gint64 newest = -1;
  if (!complete_newest(storage, reader, dry_run, report, &newest, error) ||
      !staging_sweep(storage, reader, newest, dry_run, report, error))
    return false;
  if (ret_report != NULL)
    *ret_report = g_steal_pointer(&report);
  return true;
}
