/* SPDX-License-Identifier: Apache-2.0 */
#include "table/staging.h"
#include "table/complete.h"
#include "util/clock.h"
#include "util/error.h"
#include <string.h>

/* A claim takes microseconds; a .new- folder that is older is a dead process's. */
#define CLAIM_MS (60 * 1000)
#define TRIES    16

bool
staging_claim(struct storage *storage, const char *run_id, struct storage_lock **ret_lock,
              GError **error)
{
  if (*run_id == '\0' || *run_id == '.' || strchr(run_id, '/') != NULL ||
      strcmp(run_id, "log") == 0)
    return error_set(error, ERROR_OUTPUT, "run id '%s' is no plain name", run_id);
  g_autofree char *fresh = g_strdup_printf(JOBLOG_ROOT "/.new-%s", run_id);
  g_autofree char *owner = g_strdup_printf("%s/owner", fresh);
  g_autofree char *final = g_strdup_printf(JOBLOG_ROOT "/%s", run_id);
  g_autoptr(GError) failure = NULL;
  if (storage_stat(storage, final, /* ret_entry= */ NULL, &failure))
    return error_set(error, ERROR_OUTPUT, "run id '%s' is in use", run_id);
  for (guint try = 0; try < TRIES && failure == NULL; try++) {
    bool found = false;
    AUTO(storage_unlock) struct storage_lock *lock = storage_lock(storage, owner, &failure);
    if (lock == NULL && failure == NULL)
      return error_set(error, ERROR_OUTPUT, "run id '%s' is in use", run_id);
    if (lock != NULL)
      (void)!storage_move(storage, fresh, final, &found, &failure);
    if (found) {
      *ret_lock = g_steal_pointer(&lock);
      return true;
    }
    /* Another run's end took the empty folder away under our hands. */
    if (error_is(failure, ERROR_INPUT) && try + 1 < TRIES)
      g_clear_error(&failure);
  }
  if (failure == NULL)
    return error_set(error, ERROR_FAILED, "cannot claim the folder of run '%s'", run_id);
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}

bool
staging_discard(struct storage *storage, const char *run_id, GError **error)
{
  g_autofree char *folder = g_strdup_printf(JOBLOG_ROOT "/%s", run_id);
  g_autofree char *unique = g_uuid_string_random();
  g_autofree char *aside = g_strdup_printf(JOBLOG_ROOT "/.swept-%s", unique);
  bool found = false;
  if (!storage_move(storage, folder, aside, &found, error) ||
      (found && !storage_delete_tree(storage, aside, error)))
    return false;
  /* A first run that published nothing leaves nothing; a folder that is in use is not empty. */
  bool pruned UNUSED = storage_prune_folders(storage, JOBLOG_ROOT, /* error= */ NULL);
  return true;
}

/* A .swept- folder is rubbish whoever moved it there; a .new- one may be in the hands of a living run. */
static bool
sweep_passing(struct storage *storage, const struct storage_entry *entry, bool dry_run,
              GError **error)
{
  const char *name = strrchr(entry->path, '/') + 1;
  bool young = clock_wall_ms() - entry->modified_ms < CLAIM_MS;
  if (dry_run || (young && g_str_has_prefix(name, ".new-")))
    return true;
  return storage_delete_tree(storage, entry->path, error);
}

static bool
sweep_run(struct storage *storage, const struct delta_reader *reader, const char *run_id,
          gint64 *newest, bool dry_run, GPtrArray *report, GError **error)
{
  g_autofree char *owner = g_strdup_printf(JOBLOG_ROOT "/%s/owner", run_id);
  g_autoptr(GError) failure = NULL;
  AUTO(storage_unlock) struct storage_lock *lock = storage_lock(storage, owner, &failure);
  /* Gone between listing and locking: its run, or another sweeper, has removed it. */
  if (failure != NULL && !error_is(failure, ERROR_INPUT)) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (lock == NULL)
    return true;
  /* The run may have committed and died since the caller looked; now that its lock is ours, it writes no more. */
  gint64 number = -1;
  bool done = false;
  if (!joblog_newest(storage, &number, &done, error))
    return false;
  if (number > *newest && !complete_newest(storage, reader, dry_run, report, newest, error))
    return false;
  if (report != NULL)
    g_ptr_array_add(report, g_strdup_printf("%s the files of dead run %s.",
                                            dry_run ? "Would remove" : "Removed", run_id));
  return dry_run || staging_discard(storage, run_id, error);
}

bool
staging_sweep(struct storage *storage, const struct delta_reader *reader, gint64 newest,
              bool dry_run, GPtrArray *report, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(storage, JOBLOG_ROOT, &entries, error))
    return false;
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    const char *name = strrchr(entry->path, '/') + 1;
    if (!entry->is_folder || strcmp(name, "log") == 0)
      continue;
    bool passing = g_str_has_prefix(name, ".new-") || g_str_has_prefix(name, ".swept-");
    if (passing && !sweep_passing(storage, entry, dry_run, error))
      return false;
    if (!passing && *name != '.' &&
        !sweep_run(storage, reader, name, &newest, dry_run, report, error))
      return false;
  }
  return true;
}
