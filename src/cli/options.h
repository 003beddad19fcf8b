/* SPDX-License-Identifier: Apache-2.0
 *
 * The one table of options. The parser, --help, completion and docs/reference/options.md come from it; which command takes
 * which option stands in cli/commands.c.
 *
 * To add an option: an id here, its row in options.c, its bit in the commands that take it, then scripts/update-reference.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum option_id {
  OPTION_INPUT,
  OPTION_OUTPUT,
  OPTION_PARAM,
  OPTION_ENGINE,
  OPTION_THREADS,
  OPTION_MEMORY_LIMIT,
  OPTION_TEMP_DIR,
  OPTION_PARQUET_WRITER,
  OPTION_APP_NAME,
  OPTION_RETAIN,
  OPTION_DRY_RUN,
  OPTION_PERFORMANCE_TEST,
  OPTION_RUNS,
  OPTION_REPORT,
  OPTION_PHYSICAL,
  OPTION_LOGICAL,
  OPTION_ANALYZE,
  OPTION_ROWS,
  OPTION_USERS,
  OPTION_DAYS,
  OPTION_START,
  OPTION_SEED,
  OPTION_TOLERANCE,
  OPTION_TO,
  OPTION_OLDER_THAN,
  OPTION_YES,
  OPTION_NO_INPUT,
  OPTION_JSON,
  OPTION_QUIET,
  OPTION_VERBOSE,
  OPTION_PROGRESS,
  OPTION_COLOR,
  OPTION_HELP,
  OPTION_VERSION,
  /* Known by name, refused by this build. */
  OPTION_PROFILE,
  OPTION_REGION,
  OPTION_ENDPOINT_URL,
  OPTION_MASTER,
  OPTION_REMOTE,
  OPTION_CONF,
  OPTION_SPARK_HOME,
  OPTION_TARGET,
  OPTION_CLUSTER_ID,
  OPTION_APPLICATION_ID,
  OPTION_ROLE_ARN,
  OPTION_LOG_URI,
  OPTION_TERRAFORM_DIR,
  OPTION_POLL_INTERVAL,
  OPTION_DETACH,
  OPTION_ON_INTERRUPT,
  OPTION_LIST,
  OPTION_IDS,
};

#define OPTION_BIT(id) (G_GUINT64_CONSTANT(1) << (id))

enum option_type {
  OPTION_TYPE_FLAG,
  OPTION_TYPE_TEXT,     /* not empty */
  OPTION_TYPE_PATH,     /* not empty; completion offers files */
  OPTION_TYPE_COUNT,    /* whole number in [lowest, highest] */
  OPTION_TYPE_SIZE,     /* text_parse_size; a share is of the machine's memory */
  OPTION_TYPE_DURATION, /* text_parse_duration */
  OPTION_TYPE_REAL,     /* in [0, 1] */
  OPTION_TYPE_DATE,     /* YYYY-MM-DD */
  OPTION_TYPE_CHOICE,
};

struct option {
  const char *name; /* without the dashes */
  char letter;      /* of the short form, or 0 */
  enum option_type type;
  const char *argument;       /* as shown: "PATH"; NULL for a flag */
  const char *otherwise;      /* the value when it is not given, read like one given; or NULL */
  const char *otherwise_text; /* the same in words, where there is no such value; or NULL */
  guint64 lowest, highest;    /* COUNT */
  const char *const *choices; /* CHOICE: NULL-terminated */
  const char *environment;    /* variable that gives it when the command line does not, or NULL */
  bool repeats;
  const char *needs; /* what this build lacks to take it ("Spark"), or NULL */
  const char *help;  /* sentences; NULL with needs */
};

/* All rows, at their ids. */
extern const struct option option_table[OPTION_IDS];

/* By name without dashes, or by letter; OPTION_IDS when there is none. */
enum option_id option_find(const char *name, gsize length);
enum option_id option_find_letter(char letter);
const char *option_type_name(enum option_type type);
