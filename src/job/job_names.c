/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job_inside.h"
#include "util/error.h"
#include <string.h>

#define NAME_LIMIT 128

/* A table of the output folder is a folder of this name: it must be one plain path element on every storage, and must
 * not look like something that readers skip (_ and . in front) or that Kindling keeps there (_kindling). */
static const char *
name_fault(const char *name, const char **ret_hint)
{
  static const char letters[] =
      "Use letters, digits, '-', '_' and '.', the first one a letter or digit.";
  *ret_hint = letters;
  if (name[0] == '\0')
    return "an output needs a name";
  if (strchr(name, '/') != NULL || strchr(name, '\\') != NULL) {
    *ret_hint = "Write the name alone: the folder is given by --output.";
    return "an output's name is not a path";
  }
  if (strlen(name) > NAME_LIMIT) {
    *ret_hint = "Use at most 128 bytes.";
    return "an output's name is too long";
  }
  if (name[0] == '.' || name[0] == '_') {
    *ret_hint = "Readers of Parquet skip names that start with '.' or '_': start with a letter.";
    return "an output's name cannot start with '.' or '_'";
  }
  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum(*c) && strchr("-_.", *c) == NULL)
      return "an output's name holds a character that it cannot hold";
  *ret_hint = "Start with a letter or digit.";
  return name[0] == '-' ? "an output's name cannot start with '-'" : NULL;
}

static bool
refuse_again(const struct job *job, gsize at, gsize before, const char *kind, const char *name,
             GError **error)
{
  struct text_position first = text_position_of(job->script, before);
  (void)job_refuse(job, at, error, "%s '%s' is defined again: line %u has it too", kind, name,
                   first.line);
  g_autofree char *hint = g_strdup_printf(
      "Give every %s a name of its own; upper and lower case count as the same.", kind);
  return error_hint(error, "%s", hint);
}

bool
job_check_output_name(const struct job *job, const struct script_statement *statement,
                      GError **error)
{
  const char *hint = NULL;
  const char *fault = name_fault(statement->name, &hint);
  if (fault != NULL)
    return job_refuse_hint(job, statement->name_at, hint, error, "%s: '%s'", fault,
                           statement->name);
  for (guint i = 0; i < job->outputs->len; i++) {
    const struct job_output *other = g_ptr_array_index(job->outputs, i);
    if (g_ascii_strcasecmp(other->name, statement->name) == 0)
      return refuse_again(job, statement->name_at, other->name_at, "output", statement->name,
                          error);
  }
  return true;
}

bool
job_check_view_name(const struct job *job, const struct script_statement *statement, GError **error)
{
  g_autofree char *lower = g_utf8_strdown(statement->name, -1);
  if (g_str_has_prefix(lower, "kindling_"))
    return job_refuse_hint(job, statement->name_at, "Use another name.", error,
                           "names that start with 'kindling_' belong to the program");
  for (guint i = 0; i < job->views->len; i++) {
    const struct job_view *other = g_ptr_array_index(job->views, i);
    g_autofree char *other_lower = g_utf8_strdown(other->name, -1);
    if (g_str_equal(lower, other_lower))
      return refuse_again(job, statement->name_at, other->name_at, "view", statement->name, error);
  }
  return true;
}

struct refused_option {
  const char *name;
  const char *hint;
};

static const struct refused_option refused_options[] = {
    {"ROW_GROUP_SIZE", "Leave it out: files and row groups are sized for readers."},
    {"ROW_GROUP_SIZE_BYTES", "Leave it out: files and row groups are sized for readers."},
    {"ROW_GROUPS_PER_FILE", "Leave it out: files and row groups are sized for readers."},
    {"FILE_SIZE_BYTES", "Leave it out: files and row groups are sized for readers."},
    {"PER_THREAD_OUTPUT", "Leave it out: files are sized for readers."},
    {"FILENAME_PATTERN", "Leave it out: files are named by the run."},
    {"FILE_EXTENSION", "Leave it out: files are named by the run."},
    {"OVERWRITE", "Leave it out: every run publishes a new version of the whole output."},
    {"OVERWRITE_OR_IGNORE", "Leave it out: every run publishes a new version of the whole output."},
    {"APPEND", "Leave it out: every run publishes a new version of the whole output."},
    {"USE_TMP_FILE", "Leave it out: an output is published as a whole or not at all."},
    {"WRITE_PARTITION_COLUMNS",
     "Leave it out: partition columns stand in the folders' names, where readers find them."},
    {"HIVE_FILE_PATTERN", "Leave it out: partitions are always Hive folders (year=2024)."},
    {"COMPRESSION_LEVEL", "Leave it out, and choose the codec by COMPRESSION."},
    {"CODEC", "Write COMPRESSION zstd."},
    {"HEADER", "It belongs to CSV: outputs are Parquet."},
    {"DELIMITER", "It belongs to CSV: outputs are Parquet."},
    {"DELIM", "It belongs to CSV: outputs are Parquet."},
    {"SEP", "It belongs to CSV: outputs are Parquet."},
    {"ORDER_BY", "Write ORDER BY in the query."},
};

static bool
refuse_option(const struct job *job, const struct script_option *option, GError **error)
{
  static const char *const known[] = {"FORMAT", "PARTITION_BY", "COMPRESSION", NULL};
  const char *nearest = text_nearest(option->name, known);
  for (gsize i = 0; i < G_N_ELEMENTS(refused_options); i++)
    if (g_str_equal(option->name, refused_options[i].name))
      return job_refuse_hint(job, option->at, refused_options[i].hint, error,
                             "option %s is not supported", option->name);
  (void)job_refuse(job, option->at, error, "unknown option %s", option->name);
  return nearest != NULL
             ? error_hint(error, "Did you mean '%s'?", nearest)
             : error_hint(error, "Options are FORMAT parquet, PARTITION_BY (...), COMPRESSION ...");
}

static bool
read_format(const struct job *job, const struct script_option *option, GError **error)
{
  if (g_strv_length(option->values) == 1 && g_ascii_strcasecmp(option->values[0], "parquet") == 0)
    return true;
  g_autofree char *found = g_strjoinv(" ", option->values);
  return job_refuse_hint(job, option->at, "Write FORMAT parquet.", error,
                         "format '%s' is not supported: outputs are Parquet tables", found);
}

static bool
read_compression(const struct job *job, const struct script_option *option,
                 struct job_output *output, GError **error)
{
  static const char *const codecs[] = {"snappy", "zstd",   "gzip",         "lz4_raw",
                                       "lz4",    "brotli", "uncompressed", NULL};
  g_autofree char *found = g_strjoinv(" ", option->values);
  g_autofree char *lower = g_ascii_strdown(found, -1);
  if (!g_strv_contains(codecs, lower))
    return job_refuse_hint(job, option->at,
                           "Write one of snappy, zstd, gzip, lz4_raw, brotli, uncompressed.", error,
                           "unknown compression '%s'", found);
  g_free(output->compression);
  output->compression = g_strdup(g_str_equal(lower, "lz4") ? "lz4_raw" : lower);
  return true;
}

static bool
read_partition_by(const struct job *job, const struct script_option *option,
                  struct job_output *output, GError **error)
{
  if (option->values[0] == NULL)
    return job_refuse_hint(job, option->at, "Write PARTITION_BY (year, month), or leave it out.",
                           error, "PARTITION_BY names no column");
  for (char **a = option->values; *a != NULL; a++)
    for (char **b = a + 1; *b != NULL; b++)
      if (g_ascii_strcasecmp(*a, *b) == 0)
        return job_refuse_hint(job, option->at, "Name every column once.", error,
                               "PARTITION_BY names column '%s' twice", *a);
  g_strfreev(output->partition_by);
  output->partition_by = g_strdupv(option->values);
  output->partition_at = option->at;
  return true;
}

static bool
read_option(const struct job *job, const struct script_option *option, struct job_output *output,
            GError **error)
{
  if (g_str_equal(option->name, "FORMAT"))
    return read_format(job, option, error);
  if (g_str_equal(option->name, "COMPRESSION"))
    return read_compression(job, option, output, error);
  if (g_str_equal(option->name, "PARTITION_BY"))
    return read_partition_by(job, option, output, error);
  return refuse_option(job, option, error);
}

bool
job_read_copy_options(const struct job *job, const struct script_statement *statement,
                      struct job_output *output, GError **error)
{
  bool format = false;
  output->compression = g_strdup("snappy");
  output->partition_by = g_new0(char *, 1);
  for (guint i = 0; i < statement->options->len; i++) {
    const struct script_option *option = g_ptr_array_index(statement->options, i);
    for (guint k = 0; k < i; k++)
      if (g_str_equal(((struct script_option *)g_ptr_array_index(statement->options, k))->name,
                      option->name))
        return job_refuse_hint(job, option->at, "Write it once.", error,
                               "option %s is written twice", option->name);
    if (!read_option(job, option, output, error))
      return false;
    format = format || g_str_equal(option->name, "FORMAT");
  }
  if (format)
    return true;
  g_autofree char *hint = g_strdup_printf(
      "Write TO '%s' (FORMAT parquet): without it DuckDB writes CSV.", statement->name);
  return job_refuse_hint(job, statement->name_at, hint, error, "output '%s' has no FORMAT",
                         statement->name);
}
