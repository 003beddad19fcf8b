/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"
#include <string.h>

static const char *const engines[] = {"local", "spark", NULL};
static const char *const parquet_writers[] = {"kindling", "duckdb", NULL};
static const char *const progress_modes[] = {"auto", "tty", "plain", "none", NULL};
static const char *const colour_choices[] = {"auto", "always", "never", NULL};
static const char *const targets[] = {"emr", "emr-serverless", "local", NULL};
static const char *const interrupt_choices[] = {"detach", "cancel", NULL};

#define FLAG(text)               .type = OPTION_TYPE_FLAG, .help = (text)
#define VALUE(kind, shown, text) .type = OPTION_TYPE_##kind, .argument = (shown), .help = (text)
/* Known by name only: no help. */
#define LATER(kind, shown, lack) .type = OPTION_TYPE_##kind, .argument = (shown), .needs = (lack)

const struct option option_table[OPTION_IDS] = {
    [OPTION_INPUT] =
        {
            .name = "input",
            VALUE(PATH, "[NAME=]PATH",
                  "Folder or file of Parquet to read. With several input tables, one "
                  "--input NAME=PATH for each."),
            .environment = "KINDLING_INPUT",
            .repeats = true,
        },
    [OPTION_OUTPUT] =
        {
            .name = "output",
            VALUE(PATH, "PATH",
                  "Folder below which every output is a table; with generate, the folder "
                  "of the events."),
            .environment = "KINDLING_OUTPUT",
        },
    [OPTION_PARAM] =
        {
            .name = "param",
            VALUE(TEXT, "NAME=VALUE", "Value of the script's parameter $NAME."),
            .repeats = true,
        },
    [OPTION_ENGINE] =
        {
            .name = "engine",
            VALUE(CHOICE, "ENGINE", "What computes the job. This build has no Spark engine yet."),
            .choices = engines,
            .otherwise = "local",
        },
    [OPTION_THREADS] =
        {
            .name = "threads",
            VALUE(COUNT, "N", "Most threads to compute with."),
            .lowest = 1,
            .highest = 1024,
            .otherwise_text = "all CPUs",
        },
    [OPTION_MEMORY_LIMIT] =
        {
            .name = "memory-limit",
            VALUE(SIZE, "SIZE",
                  "Most memory of the whole process: 8GB, 4GiB or 50%. What does not fit is "
                  "spilled to the temp directory."),
            .otherwise_text = "80% of the machine or control group",
        },
    [OPTION_TEMP_DIR] =
        {
            .name = "temp-dir",
            VALUE(PATH, "DIR", "Where to spill and to keep temporary files."),
            .otherwise_text = "a folder in $TMPDIR or /tmp",
        },
    [OPTION_PARQUET_WRITER] =
        {
            .name = "parquet-writer",
            VALUE(CHOICE, "WRITER",
                  "What writes large outputs: our own writer, while they are computed, or "
                  "DuckDB. The contents are the same."),
            .choices = parquet_writers,
            .otherwise = "kindling",
        },
    [OPTION_APP_NAME] =
        {
            .name = "app-name",
            VALUE(TEXT, "TEXT", "Name recorded in the tables' history."),
        },
    [OPTION_RETAIN] =
        {
            .name = "retain",
            VALUE(DURATION, "DURATION",
                  "Keep replaced files for so long (7d, 12h), for readers of older "
                  "versions and for rollback. Kept as a property of the table."),
            .otherwise_text = "what the table says; a new table keeps none",
        },
    [OPTION_DRY_RUN] =
        {
            .name = "dry-run",
            FLAG("Show what would be done, and do nothing."),
        },
    [OPTION_PERFORMANCE_TEST] =
        {
            .name = "performance-test",
            FLAG("Measure every output as written against optimised, and compare the "
                 "results. Publishes nothing; the exit code is 1 when results differ."),
        },
    [OPTION_RUNS] =
        {
            .name = "runs",
            VALUE(COUNT, "N", "Timed rounds of the performance test, after a warm-up."),
            .lowest = 1,
            .highest = 100,
            .otherwise = "3",
        },
    [OPTION_REPORT] =
        {
            .name = "report",
            VALUE(PATH, "FILE", "Write the result as JSON to this file as well."),
        },
    [OPTION_PHYSICAL] =
        {
            .name = "physical",
            FLAG("Show the engine's physical plan of each output."),
        },
    [OPTION_LOGICAL] =
        {
            .name = "logical",
            FLAG("Show the engine's logical plan of each output."),
        },
    [OPTION_ANALYZE] =
        {
            .name = "analyze",
            FLAG("Run the queries and show the plans with times and rows."),
        },
    [OPTION_ROWS] =
        {
            .name = "rows",
            VALUE(COUNT, "N", "Number of events to make."),
            .lowest = 1,
            .highest = 100000000000,
            .otherwise = "1000000",
        },
    [OPTION_USERS] =
        {
            .name = "users",
            VALUE(COUNT, "N", "Number of users."),
            .lowest = 1,
            .highest = 1000000000,
            .otherwise_text = "one for every 40 rows",
        },
    [OPTION_DAYS] =
        {
            .name = "days",
            VALUE(COUNT, "N", "Number of days."),
            .lowest = 1,
            .highest = 36500,
            .otherwise = "366",
        },
    [OPTION_START] =
        {
            .name = "start",
            VALUE(DATE, "DATE", "The first day, as YYYY-MM-DD."),
            .otherwise = "2024-01-01",
        },
    [OPTION_SEED] =
        {
            .name = "seed",
            VALUE(COUNT, "N", "The same seed gives the same files."),
            .highest = G_MAXUINT64,
            .otherwise = "1",
        },
    [OPTION_TOLERANCE] =
        {
            .name = "tolerance",
            VALUE(REAL, "SHARE",
                  "Floating-point cells may differ by this share of the larger one: "
                  "1e-12. 0 compares exactly."),
            .otherwise = "0",
        },
    [OPTION_TO] =
        {
            .name = "to",
            VALUE(COUNT, "VERSION", "The version to go back to."),
            .highest = G_MAXINT64,
        },
    [OPTION_OLDER_THAN] =
        {
            .name = "older-than",
            VALUE(DURATION, "DURATION", "Delete what was replaced longer ago than this (7d, 12h)."),
            .otherwise_text = "each table's own --retain",
        },
    [OPTION_YES] =
        {
            .name = "yes",
            FLAG("Do not ask before changing anything."),
        },
    [OPTION_NO_INPUT] =
        {
            .name = "no-input",
            FLAG("Never ask; without a terminal nothing is asked anyway."),
        },
    [OPTION_JSON] =
        {
            .name = "json",
            FLAG("Print the result, or the error, as one JSON object."),
        },
    [OPTION_QUIET] =
        {
            .name = "quiet",
            .letter = 'q',
            FLAG("No progress and no notes."),
        },
    [OPTION_VERBOSE] =
        {
            .name = "verbose",
            .letter = 'v',
            FLAG("Show more: file lists and SQL."),
        },
    [OPTION_PROGRESS] =
        {
            .name = "progress",
            VALUE(CHOICE, "MODE",
                  "Progress on stderr: a line rewritten in place (tty), whole lines every "
                  "five seconds (plain), or none."),
            .choices = progress_modes,
            .otherwise = "auto",
        },
    [OPTION_COLOR] =
        {
            .name = "color",
            VALUE(CHOICE, "WHEN", "Colour on terminals; NO_COLOR and TERM=dumb are obeyed."),
            .choices = colour_choices,
            .otherwise = "auto",
        },
    [OPTION_HELP] =
        {
            .name = "help",
            .letter = 'h',
            FLAG("Show help for the program or the command."),
        },
    [OPTION_VERSION] =
        {
            .name = "version",
            .letter = 'V',
            FLAG("Show the version; with --json, the engine's too."),
        },

    [OPTION_PROFILE] = {.name = "profile", LATER(TEXT, "NAME", "S3")},
    [OPTION_REGION] = {.name = "region", LATER(TEXT, "REGION", "S3")},
    [OPTION_ENDPOINT_URL] = {.name = "endpoint-url", LATER(TEXT, "URL", "S3")},
    [OPTION_MASTER] = {.name = "master", LATER(TEXT, "URL", "Spark")},
    [OPTION_REMOTE] = {.name = "remote", LATER(TEXT, "URL", "Spark")},
    [OPTION_CONF] = {.name = "conf", LATER(TEXT, "K=V", "Spark"), .repeats = true},
    [OPTION_SPARK_HOME] = {.name = "spark-home", LATER(PATH, "DIR", "Spark")},
    [OPTION_TARGET] = {.name = "target", LATER(CHOICE, "TARGET", "submission"), .choices = targets},
    [OPTION_CLUSTER_ID] = {.name = "cluster-id", LATER(TEXT, "ID", "submission")},
    [OPTION_APPLICATION_ID] = {.name = "application-id", LATER(TEXT, "ID", "submission")},
    [OPTION_ROLE_ARN] = {.name = "role-arn", LATER(TEXT, "ARN", "submission")},
    [OPTION_LOG_URI] = {.name = "log-uri", LATER(TEXT, "URI", "submission")},
    [OPTION_TERRAFORM_DIR] = {.name = "terraform-dir", LATER(PATH, "DIR", "submission")},
    [OPTION_POLL_INTERVAL] = {.name = "poll-interval", LATER(DURATION, "DURATION", "submission")},
    [OPTION_DETACH] = {.name = "detach", LATER(FLAG, NULL, "submission")},
    [OPTION_ON_INTERRUPT] = {.name = "on-interrupt",
                             LATER(CHOICE, "ACTION", "submission"),
                             .choices = interrupt_choices},
    [OPTION_LIST] = {.name = "list", LATER(FLAG, NULL, "submission")},
};

enum option_id
option_find(const char *name, gsize length)
{
  for (guint i = 0; i < OPTION_IDS; i++) {
    if (strlen(option_table[i].name) == length && memcmp(option_table[i].name, name, length) == 0)
      return (enum option_id)i;
  }
  return OPTION_IDS;
}

enum option_id
option_find_letter(char letter)
{
  for (guint i = 0; i < OPTION_IDS; i++) {
    if (letter != '\0' && option_table[i].letter == letter)
      return (enum option_id)i;
  }
  return OPTION_IDS;
}

const char *
option_type_name(enum option_type type)
{
  static const char *const names[] = {
      [OPTION_TYPE_FLAG] = "flag",     [OPTION_TYPE_TEXT] = "text",
      [OPTION_TYPE_PATH] = "path",     [OPTION_TYPE_COUNT] = "whole number",
      [OPTION_TYPE_SIZE] = "size",     [OPTION_TYPE_DURATION] = "duration",
      [OPTION_TYPE_REAL] = "number",   [OPTION_TYPE_DATE] = "date",
      [OPTION_TYPE_CHOICE] = "choice",
  };
  return names[type];
}
