/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"
#include "plan/tree.h"
#include "storage/hive.h"
#include "util/text.h"
#include <string.h>

/* DuckDB takes every k=v of the whole path for a partition, ours or not, and lets it hide a column of the files. */
static bool
clashes_above(const struct inventory *inventory)
{
  g_auto(GStrv) parts = g_strsplit(inventory->uri, "/", -1);
  for (gsize i = 0; parts[i] != NULL; i++) {
    struct hive_value value = {0};
    if (!hive_parse(parts[i], strlen(parts[i]), &value))
      continue;
    bool clash = inventory_find_column(inventory->columns, value.name) != NULL;
    hive_value_clear(&value);
    if (clash)
      return true;
  }
  return false;
}

/* Files that hold a partition column too: DuckDB 1.5.5 takes its values from the folders and its statistics from the files,
 * and so gives wrong values where the two differ. */
static bool
clashes_inside(const struct inventory *inventory)
{
  const GPtrArray *seen = NULL;
  for (guint i = 0; i < inventory->files->len; i++) {
    const struct inventory_file *file = inventory->files->pdata[i];
    if (file->columns == NULL || file->columns == seen)
      continue;
    seen = file->columns;
    for (guint k = 0; k < inventory->partition_columns->len; k++) {
      const struct inventory_column *column = inventory->partition_columns->pdata[k];
      if (inventory_find_column(file->columns, column->name) != NULL)
        return true;
    }
  }
  return false;
}

/* The partition columns as the folders spell them, when DuckDB reads the folders as we do: one spelling a level, one '='
 * a folder. Else NULL. */
static char **
folder_names(const struct inventory *inventory)
{
  guint count = inventory->partition_columns->len;
  g_auto(GStrv) names = g_new0(char *, count + 1);
  for (guint i = 0; i < inventory->partitions->len; i++) {
    const struct inventory_partition *partition = inventory->partitions->pdata[i];
    g_auto(GStrv) folders = g_strsplit(partition->folder, "/", -1);
    if (g_strv_length(folders) != count)
      return NULL;
    for (guint k = 0; k < count; k++) {
      char *equals = strchr(folders[k], '=');
      if (equals == NULL || strchr(equals + 1, '=') != NULL)
        return NULL;
      *equals = '\0';
      if (names[k] == NULL)
        names[k] = g_strdup(folders[k]);
      else if (!g_str_equal(names[k], folders[k]))
        return NULL;
    }
  }
  return g_steal_pointer(&names);
}

static gint
partition_column(const struct inventory *inventory, const char *name)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    if (tree_same_name(column->name, name))
      return (gint)i;
  }
  return -1;
}

static void
append_name(GString *sql, const char *name)
{
  g_autofree char *quoted = text_sql_name(name);
  g_string_append(sql, quoted);
}

static void
append_string(GString *sql, const char *value)
{
  g_autofree char *quoted = text_sql_string(value);
  g_string_append(sql, quoted);
}

static void
append_typed(GString *sql, const char *value, const char *type)
{
  g_string_append(sql, "CAST(");
  if (value == NULL)
    g_string_append(sql, "NULL");
  else
    append_string(sql, value);
  g_string_append_printf(sql, " AS %s)", type);
}

struct file_range {
  const struct inventory *inventory;
  const guint *files; /* NULL: all */
  gsize count;
};

static const struct inventory_file *
file_at(const struct file_range *range, gsize index)
{
  guint file = range->files == NULL ? (guint)index : range->files[index];
  return range->inventory->files->pdata[file];
}

static void
append_files(GString *sql, const struct file_range *range)
{
  g_string_append_c(sql, '[');
  for (gsize i = 0; i < range->count; i++) {
    g_string_append(sql, i == 0 ? "" : ", ");
    g_autofree char *path = text_sql_file(file_at(range, i)->path);
    g_string_append(sql, path);
  }
  g_string_append_c(sql, ']');
}

/* SELECT list; the partition columns by the name that spelling gives them (names, or NULL: as they are). */
static void
append_columns(GString *sql, const struct inventory *inventory, char *const *names, bool qualified)
{
  g_string_append(sql, "SELECT ");
  for (guint i = 0; i < inventory->columns->len; i++) {
    const struct inventory_column *column = inventory->columns->pdata[i];
    gint partition = partition_column(inventory, column->name);
    g_string_append(sql, i == 0 ? "" : ", ");
    if (qualified)
      g_string_append(sql, partition >= 0 ? "p." : "f.");
    const char *name = partition >= 0 && names != NULL ? names[partition] : column->name;
    append_name(sql, name);
    if (!g_str_equal(name, column->name)) {
      g_string_append(sql, " AS ");
      append_name(sql, column->name);
    }
  }
}

static void
append_hive_options(GString *sql, const struct inventory *inventory, char *const *names)
{
  if (inventory->partition_columns->len == 0) {
    g_string_append(sql, ", hive_partitioning = false");
    return;
  }
  g_string_append(sql, ", hive_partitioning = true, hive_types_autocast = false, hive_types = {");
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    g_string_append(sql, i == 0 ? "" : ", ");
    append_string(sql, names[i]);
    g_string_append_printf(sql, ": %s", column->type);
  }
  g_string_append_c(sql, '}');
}

/* Where DuckDB would read the folders otherwise: each file's values by its path. */
static void
append_by_path(GString *sql, const struct file_range *range)
{
  const struct inventory *inventory = range->inventory;
  append_columns(sql, inventory, NULL, /* qualified= */ true);
  g_string_append(sql, " FROM read_parquet(");
  append_files(sql, range);
  g_string_append(sql,
                  ", hive_partitioning = false, filename = 'kindling_file') AS f JOIN (VALUES ");
  for (gsize i = 0; i < range->count; i++) {
    const struct inventory_file *file = file_at(range, i);
    const struct inventory_partition *partition = inventory->partitions->pdata[file->partition];
    g_string_append(sql, i == 0 ? "(" : ", (");
    append_string(sql, file->path);
    for (guint k = 0; k < inventory->partition_columns->len; k++) {
      const struct inventory_column *column = inventory->partition_columns->pdata[k];
      g_string_append(sql, ", ");
      append_typed(sql, partition->values[k], column->type);
    }
    g_string_append_c(sql, ')');
  }
  g_string_append(sql, ") AS p(kindling_file");
  for (guint k = 0; k < inventory->partition_columns->len; k++) {
    g_string_append(sql, ", ");
    append_name(sql,
                ((const struct inventory_column *)inventory->partition_columns->pdata[k])->name);
  }
  g_string_append(sql, ") ON f.kindling_file = p.kindling_file");
}

static void
append_empty(GString *sql, const struct inventory *inventory)
{
  g_string_append(sql, "SELECT ");
  for (guint i = 0; i < inventory->columns->len; i++) {
    const struct inventory_column *column = inventory->columns->pdata[i];
    g_string_append(sql, i == 0 ? "" : ", ");
    append_typed(sql, NULL, column->type);
    g_string_append(sql, " AS ");
    append_name(sql, column->name);
  }
  g_string_append(sql, " WHERE false");
}

/* source: what stands in read_parquet( in place of the list of files, or NULL. */
static char *
select_sql(const struct file_range *range, const char *source)
{
  const struct inventory *inventory = range->inventory;
  bool partitioned = inventory->partition_columns->len > 0;
  bool clash = partitioned && (clashes_above(inventory) || clashes_inside(inventory));
  g_auto(GStrv) names = partitioned && !clash ? folder_names(inventory) : NULL;
  g_autoptr(GString) sql = g_string_new(NULL);
  if (range->count == 0) {
    append_empty(sql, inventory);
  } else if (partitioned && names == NULL) {
    append_by_path(sql, range);
  } else {
    append_columns(sql, inventory, names, /* qualified= */ false);
    g_string_append(sql, " FROM read_parquet(");
    if (source != NULL)
      append_string(sql, source);
    else
      append_files(sql, range);
    append_hive_options(sql, inventory, names);
    g_string_append_c(sql, ')');
  }
  return g_string_free(g_steal_pointer(&sql), FALSE);
}

char *
plan_view_sql(const struct inventory *inventory, const guint *files, gsize file_count)
{
  struct file_range range = {.inventory = inventory,
                             .files = files,
                             .count = files == NULL ? inventory->files->len : file_count};
  return select_sql(&range, /* source= */ NULL);
}

/* Files that <folder>/ * /.../ *.parquet matches, as DuckDB's glob does: names with a dot in front too. */
static guint64
glob_count(const char *folder, guint depth)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  if (dir == NULL)
    return 0;
  guint64 count = 0;
  for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    if (depth > 0)
      count += g_file_test(path, G_FILE_TEST_IS_DIR) ? glob_count(path, depth - 1) : 0;
    else
      count += g_str_has_suffix(name, ".parquet") ? 1 : 0;
  }
  return count;
}

static guint
depth_of(const struct inventory_file *file)
{
  guint depth = 0;
  for (const char *at = strchr(file->relative, '/'); at != NULL; at = strchr(at + 1, '/'))
    depth++;
  return depth;
}

/* A glob that gives exactly the inventory's files, or NULL. */
static char *
exact_glob(const struct inventory *inventory)
{
  if (inventory->single_file || inventory->files->len < 2 || *inventory->uri != '/' ||
      strpbrk(inventory->uri, "*?[]{}\\") != NULL)
    return NULL;
  guint depth = depth_of(inventory->files->pdata[0]);
  for (guint i = 0; i < inventory->files->len; i++) {
    const struct inventory_file *file = inventory->files->pdata[i];
    if (depth_of(file) != depth || !g_str_has_suffix(file->relative, ".parquet"))
      return NULL;
  }
  if (glob_count(inventory->uri, depth) != inventory->files->len)
    return NULL;
  g_autoptr(GString) glob = g_string_new(inventory->uri);
  for (guint i = 0; i < depth; i++)
    g_string_append(glob, "/*");
  g_string_append(glob, "/*.parquet");
  return g_string_free(g_steal_pointer(&glob), FALSE);
}

char *
plan_create_view(const struct inventory *inventory)
{
  struct file_range range = {.inventory = inventory, .count = inventory->files->len};
  g_autofree char *glob = exact_glob(inventory);
  g_autofree char *select = select_sql(&range, glob);
  g_autofree char *name = text_sql_name(inventory->name);
  return g_strdup_printf("CREATE VIEW %s AS %s;", name, select);
}
