/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/file_check.h"
#include "duck/footer.h"
#include "duck/handle.h"
#include "util/error.h"
#include "util/parallel.h"
#include "util/text.h"
#include <string.h>

struct search {
  struct duck_connection **connections; /* one a worker */
  const char *const *paths;
};

/* A count would be answered from the footer alone. */
static bool
read_wholly(guint worker, gsize item, gpointer user, GError **error)
{
  struct search *search = user;
  g_autofree char *path = text_sql_file(search->paths[item]);
  g_autofree char *sql = g_strdup_printf(
      "SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet(%s, hive_partitioning = false)", path);
  GError *failure = NULL;
  AUTO(duck_result_free)
  struct duck_result *result = query_own(search->connections[worker], sql, NULL, &failure);
  return result != NULL || file_blame(search->paths[item], ERROR_FAILED, failure, error);
}

static bool
find_damaged(struct duck *duck, const char *const *paths, gsize count, guint threads,
             GError **error)
{
  struct search search = {.paths = paths, .connections = g_new0(struct duck_connection *, threads)};
  bool good = true;
  for (guint i = 0; good && i < threads; i++) {
    search.connections[i] = connect_plainly(duck, error);
    good = search.connections[i] != NULL;
  }
  good = good && parallel_for(threads, count, read_wholly, &search, error);
  for (guint i = 0; i < threads; i++)
    duck_disconnect(search.connections[i]);
  g_free(search.connections);
  return good;
}

bool
duck_blame_damage(struct duck *duck, const char *const *paths, gsize count, guint threads,
                  GError **error)
{
  if (error == NULL || *error == NULL || !fault_is_damage(*error))
    return false;
  for (gsize i = 0; i < count; i++)
    if (strstr((*error)->message, paths[i]) != NULL)
      return false;
  GError *found = NULL;
  if (find_damaged(duck, paths, count, MAX(threads, 1), &found))
    return false;
  g_clear_error(error);
  g_propagate_error(error, found);
  return false;
}
