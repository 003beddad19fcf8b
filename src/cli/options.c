/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"
#include <string.h>

static const char *const engines[] = {"local", "spark", NULL};
static const char *const progress_modes[] = {"auto", "tty", "plain", "none", NULL};
static const char *const colour_choices[] = {"auto", "always", "never", NULL};
static const char *const targets[] = {"emr", "emr-serverless", "local", NULL};
static const char *const interrupt_choices[] = {"detach", "cancel", NULL};

#define FLAG(text)               .type = OPTION_TYPE_FLAG, .help = (text)
#define VALUE(kind, shown, text) .type = OPTION_TYPE_##kind, .argument = (shown), .help = (text)

const struct option option_table[OPTION_IDS] = {
    [OPTION_INPUT] = {"input",
                      VALUE(PATH, "[NAME=]PATH",
                            "Folder or file of Parquet to read. With several input tables, one "
                            "--input NAME=PATH for each."),
                      .environment = "KINDLING_INPUT", .repeats = true},
    [OPTION_OUTPUT] = {"output", VALUE(PATH, "PATH", "Folder below which every output is a table."),
                       .environment = "KINDLING_OUTPUT"},
    [OPTION_PARAM] = {"param", VALUE(TEXT, "NAME=VALUE", "Value of the script's parameter $NAME."),
                      .repeats = true},
    [OPTION_ENGINE] = {"engine", VALUE(CHOICE, "ENGINE", "What computes the job."),
                       .choices = engines, .otherwise = "local"},
    [OPTION_THREADS] = {"threads", VALUE(COUNT, "N", "Most threads to compute with."), .lowest = 1,
                        .highest = 1024, .otherwise_text = "all CPUs"},
    [OPTION_MEMORY_LIMIT] =
        {"memory-limit",
         VALUE(SIZE, "SIZE",
               "Most memory to use: 8GB, 4GiB or 50%. What does not fit is spilled to "
               "the temp directory."),
         .otherwise_text = "80% of the machine or control group"},
    [OPTION_TEMP_DIR] = {"temp-dir",
                         VALUE(PATH, "DIR", "Where to spill and to keep temporary files."),
                         .otherwise_text = "a folder in $TMPDIR or /tmp"},
    [OPTION_APP_NAME] = {"app-name", VALUE(TEXT, "TEXT", "Name recorded in the tables' history.")},
    [OPTION_RETAIN] =
        {"retain",
         VALUE(DURATION, "DURATION",
               "Keep replaced files for so long (7d, 12h), for readers of older versions and "
               "for rollback. Kept as a property of the table."),
         .otherwise_text = "what the table says; a new table keeps none"},
    [OPTION_DRY_RUN] = {"dry-run", FLAG("Show what would be done, and do nothing.")},
    [OPTION_PERFORMANCE_TEST] =
        {"performance-test", FLAG("Measure every output as written against optimised, and compare "
                                  "the results. Publishes nothing.")},
    [OPTION_RUNS] = {"runs",
                     VALUE(COUNT, "N", "Timed rounds of the performance test, after a warm-up."),
                     .lowest = 1, .highest = 100, .otherwise = "3"},
    [OPTION_REPORT] = {"report",
                       VALUE(PATH, "FILE", "Write the result as JSON to this file as well.")},
    [OPTION_PHYSICAL] = {"physical", FLAG("Show the engine's physical plan of each output.")},
    [OPTION_LOGICAL] = {"logical", FLAG("Show the engine's logical plan of each output.")},
    [OPTION_ANALYZE] = {"analyze", FLAG("Run the queries and show the plans with times and rows.")},
    [OPTION_ROWS] = {"rows", VALUE(COUNT, "N", "Number of events to make."), .lowest = 1,
                     .highest = 100000000000, .otherwise = "1000000"},
    [OPTION_USERS] = {"users", VALUE(COUNT, "N", "Number of users."), .lowest = 1,
                      .highest = 1000000000, .otherwise = "50000"},
    [OPTION_DAYS] = {"days", VALUE(COUNT, "N", "Number of days."), .lowest = 1, .highest = 36500,
                     .otherwise = "366"},
    [OPTION_START] = {"start", VALUE(DATE, "DATE", "The first day, as YYYY-MM-DD."),
                      .otherwise = "2024-01-01"},
    [OPTION_SEED] = {"seed", VALUE(COUNT, "N", "The same seed gives the same files."), .lowest = 0,
                     .highest = G_MAXUINT64, .otherwise = "1"},
    [OPTION_TOLERANCE] =
        {"tolerance",
         VALUE(REAL, "SHARE",
               "Floating-point cells may differ by this share of the larger one: 1e-12. "
               "0 compares exactly."),
         .otherwise = "0"},
    [OPTION_TO] = {"to", VALUE(COUNT, "VERSION", "The version to go back to."), .lowest = 0,
                   .highest = G_MAXINT64},
    [OPTION_OLDER_THAN] = {"older-than",
                           VALUE(DURATION, "DURATION",
                                 "Delete what was replaced longer ago than this (7d, 12h)."),
                           .otherwise_text = "each table's own --retain"},
    [OPTION_YES] = {"yes", FLAG("Do not ask before changing anything.")},
    [OPTION_NO_INPUT] = {"no-input",
                         FLAG("Never ask; without a terminal nothing is asked anyway.")},
    [OPTION_JSON] = {"json", FLAG("Print the result, or the error, as one JSON object.")},
    [OPTION_QUIET] = {"quiet", .letter = 'q', FLAG("No progress and no notes.")},
    [OPTION_VERBOSE] = {"verbose", .letter = 'v', FLAG("Show more: file lists and SQL.")},
    [OPTION_PROGRESS] =
        {"progress",
         VALUE(CHOICE, "MODE",
               "Progress on stderr: a line rewritten in place (tty), whole lines every five "
               "seconds (plain), or none."),
         .choices = progress_modes, .otherwise = "auto"},
    [OPTION_COLOR] = {"color",
                      VALUE(CHOICE, "WHEN",
                            "Colour on terminals; NO_COLOR and TERM=dumb are obeyed."),
                      .choices = colour_choices, .otherwise = "auto"},
    [OPTION_HELP] = {"help", .letter = 'h', FLAG("Show help for the program or the command.")},
    [OPTION_VERSION] = {"version", .letter = 'V',
                        FLAG("Show the version; with --json, the engine's too.")},

    [OPTION_PROFILE] = {"profile", VALUE(TEXT, "NAME", "AWS profile."), .needs = "S3"},
    [OPTION_REGION] = {"region", VALUE(TEXT, "REGION", "AWS region."), .needs = "S3"},
    [OPTION_ENDPOINT_URL] = {"endpoint-url", VALUE(TEXT, "URL", "S3 endpoint."), .needs = "S3"},
    [OPTION_MASTER] = {"master", VALUE(TEXT, "URL", "Spark master."), .needs = "Spark"},
    [OPTION_REMOTE] = {"remote", VALUE(TEXT, "URL", "Spark Connect server."), .needs = "Spark"},
    [OPTION_CONF] = {"conf", VALUE(TEXT, "K=V", "Spark property."), .repeats = true,
                     .needs = "Spark"},
    [OPTION_SPARK_HOME] = {"spark-home", VALUE(PATH, "DIR", "Spark installation."),
                           .needs = "Spark"},
    [OPTION_TARGET] = {"target", VALUE(CHOICE, "TARGET", "Where to submit."), .choices = targets,
                       .needs = "submission"},
    [OPTION_CLUSTER_ID] = {"cluster-id", VALUE(TEXT, "ID", "EMR cluster."), .needs = "submission"},
    [OPTION_APPLICATION_ID] = {"application-id", VALUE(TEXT, "ID", "EMR Serverless application."),
                               .needs = "submission"},
    [OPTION_ROLE_ARN] = {"role-arn", VALUE(TEXT, "ARN", "Role of the job."), .needs = "submission"},
    [OPTION_LOG_URI] = {"log-uri", VALUE(TEXT, "URI", "Where logs go."), .needs = "submission"},
    [OPTION_TERRAFORM_DIR] = {"terraform-dir", VALUE(PATH, "DIR", "Terraform outputs."),
                              .needs = "submission"},
    [OPTION_POLL_INTERVAL] = {"poll-interval", VALUE(DURATION, "DURATION", "Between questions."),
                              .needs = "submission"},
    [OPTION_DETACH] = {"detach", FLAG("Do not wait."), .needs = "submission"},
    [OPTION_ON_INTERRUPT] = {"on-interrupt", VALUE(CHOICE, "ACTION", "What Ctrl-C does."),
                             .choices = interrupt_choices, .needs = "submission"},
    [OPTION_LIST] = {"list", FLAG("List remote runs."), .needs = "submission"},
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
