/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job_inside.h"
#include "util/error.h"
#include "util/machine.h"
#include <string.h>

static char *
folder_of(const char *jobs_dir)
{
  if (jobs_dir != NULL)
    return g_strdup(jobs_dir);
  g_autofree char *share = machine_share_dir();
  return share == NULL ? NULL : g_build_filename(share, "jobs", NULL);
}

static gint
compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **
job_shipped(const char *jobs_dir)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  g_autofree char *folder = folder_of(jobs_dir);
  g_autoptr(GDir) dir = folder == NULL ? NULL : g_dir_open(folder, 0, /* error= */ NULL);
  const char *name = NULL;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
    if (g_str_has_suffix(name, ".sql") && name[0] != '.')
      g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".sql")));
  g_ptr_array_sort(names, compare_names);
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_steal(names, NULL);
}

static bool
refuse_unknown(const char *name, char **shipped, GError **error)
{
  (void)error_set(error, ERROR_USAGE, "there is no job '%s'", name);
  const char *nearest = text_nearest(name, (const char *const *)shipped);
  if (nearest != NULL)
    return error_hint(error, "Did you mean '%s'?", nearest);
  g_autofree char *all = g_strjoinv("', '", shipped);
  return error_hint(error, "A job is a path to a script, or one of '%s'.", all);
}

char *
job_find(const struct job_options *options, GError **error)
{
  const char *name = options->job;
  if (strchr(name, '/') != NULL || g_str_has_suffix(name, ".sql"))
    return g_strdup(name);
  g_auto(GStrv) shipped = job_shipped(options->jobs_dir);
  if (g_strv_contains((const char *const *)shipped, name)) {
    g_autofree char *folder = folder_of(options->jobs_dir);
    g_autofree char *file = g_strconcat(name, ".sql", NULL);
    return g_build_filename(folder, file, NULL);
  }
  if (g_file_test(name, G_FILE_TEST_IS_REGULAR))
    return g_strdup(name);
  (void)refuse_unknown(name, shipped, error);
  return NULL;
}
