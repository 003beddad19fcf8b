/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include <string.h>

#define B(name) OPTION_BIT(OPTION_##name)

#define COMMON   (B(JSON) | B(QUIET) | B(COLOR) | B(HELP) | B(VERSION))
#define COMPUTE  (B(THREADS) | B(MEMORY_LIMIT) | B(TEMP_DIR))
#define JOB_WORK (B(INPUT) | B(PARAM) | B(ENGINE) | COMPUTE | B(VERBOSE) | B(PROGRESS))
#define CHANGE   (B(DRY_RUN) | B(YES) | B(NO_INPUT))

#define RUN                                                                                        \
  (JOB_WORK | COMMON | B(OUTPUT) | B(APP_NAME) | B(RETAIN) | B(DRY_RUN) | B(PERFORMANCE_TEST) |    \
   B(RUNS) | B(REPORT) | B(PARQUET_WRITER))
#define GENERATE                                                                                   \
  (COMMON | B(OUTPUT) | B(ROWS) | B(USERS) | B(DAYS) | B(START) | B(SEED) | B(THREADS) |           \
   B(PROGRESS))

#define MANY_JOBS .arguments = "JOB...", .arguments_min = 1, .arguments_max = G_MAXUINT

const struct command command_table[COMMAND_IDS] = {
    [COMMAND_RUN] =
        {
            .name = "run",
            MANY_JOBS,
            .summary = "compute jobs and publish their outputs",
            .description =
                "A JOB is the path of a SQL script, or the name of a job that comes with the "
                "program: batch-processing, advanced-analysis. Several jobs in one call are "
                "planned as one and share their passes over the input.\n\n"
                "All outputs are published together, each as a new version of the Delta table "
                "OUTPUT/NAME. A run that fails or is stopped changes nothing.",
            .examples =
                {
                    {"Both shipped jobs over one folder",
                     "kindling run batch-processing advanced-analysis --input data/events "
                     "--output out"},
                    {"A job of your own with a parameter and two inputs",
                     "kindling run sales.sql --input events=data/events --input "
                     "shops=shops.parquet --param year=2024 --output out"},
                    {"Is the plan faster than the script as written?",
                     "kindling run batch-processing --input data/events --performance-test"},
                },
            .options = RUN,
            .usual = B(INPUT) | B(OUTPUT),
        },
    [COMMAND_EXPLAIN] =
        {
            .name = "explain",
            MANY_JOBS,
            .summary = "show what a run would do, and why",
            .description =
                "Shows the passes over the input, which outputs share one and why another "
                "does not, the files and bytes that are read after pruning, and the CREATE "
                "VIEW that makes the script run in the DuckDB shell.",
            .examples =
                {
                    {"The plan of a shipped job",
                     "kindling explain batch-processing --input data/events"},
                    {"With DuckDB's physical plan of every output",
                     "kindling explain batch-processing --input data/events --physical"},
                },
            .options = JOB_WORK | COMMON | B(LOGICAL) | B(PHYSICAL) | B(ANALYZE),
            .usual = B(INPUT),
        },
    [COMMAND_INSPECT] =
        {
            .name = "inspect",
            .summary = "show what an input holds",
            .description =
                "Rows, schema, sample rows, partitions, rows by month, category and event "
                "type; files, sizes, row groups, compression, missing days, and what differs "
                "between files.",
            .examples =
                {
                    {"An input folder", "kindling inspect --input data/events"},
                    {"The same for a program", "kindling inspect --input data/events --json"},
                },
            .options = COMPUTE | COMMON | B(INPUT) | B(PROGRESS),
            .required = B(INPUT),
        },
    [COMMAND_COMPARE] =
        {
            .name = "compare",
            .arguments = "A B",
            .arguments_min = 2,
            .arguments_max = 2,
            .summary = "compare two published outputs cell by cell",
            .description =
                "A and B are folders: a table, a folder of tables, or a folder of plain "
                "Parquet. Rows are matched by all columns that are not floating point. The "
                "exit code is 0 when all is equal and 1 when anything differs.",
            .examples =
                {
                    {"Two output folders, exactly", "kindling compare out-a out-b"},
                    {"One table, floating point within 1e-12",
                     "kindling compare out-a/monthly-summary out-b/monthly-summary "
                     "--tolerance 1e-12"},
                },
            .options = COMMON | B(TOLERANCE),
        },
    [COMMAND_GENERATE] =
        {
            .name = "generate",
            .summary = "make sample events",
            .description =
                "Writes Hive-partitioned Parquet (year=/month=/day=) of user events with a "
                "realistic skew. The same options give the same files, at any number of "
                "threads.",
            .examples =
                {
                    {"A million events of 2024",
                     "kindling generate --output data/events --rows 1000000"},
                    {"A month, another seed",
                     "kindling generate --output data/june --rows 50000 --start 2024-06-01 "
                     "--days 30 --seed 7"},
                },
            .options = GENERATE,
            .required = B(OUTPUT),
        },
    [COMMAND_HISTORY] =
        {
            .name = "history",
            .summary = "list the published versions of the output tables",
            .description =
                "Versions of every table below the output folder, newest first: when, by "
                "which run and job, rows, files and size.",
            .examples =
                {
                    {"All tables of an output folder", "kindling history --output out"},
                    {"One table", "kindling history --output out/monthly-summary"},
                },
            .options = COMMON | B(OUTPUT),
            .required = B(OUTPUT),
        },
    [COMMAND_ROLLBACK] =
        {
            .name = "rollback",
            .summary = "publish an older version again",
            .description =
                "Makes one new version of every table below the output folder (or of the one "
                "table given) whose content is that of the older version. The files of that "
                "version must still be there: runs delete replaced files unless they were "
                "told to --retain them.",
            .examples =
                {
                    {"Look first", "kindling rollback --output out --to 3 --dry-run"},
                    {"Go back", "kindling rollback --output out --to 3"},
                },
            .options = COMMON | CHANGE | B(OUTPUT) | B(TO),
            .required = B(OUTPUT) | B(TO),
        },
    [COMMAND_GC] =
        {
            .name = "gc",
            .summary = "delete files that no version needs any more",
            .description =
                "Completes what a stopped run left half published, removes what dead runs "
                "left behind, and deletes replaced files that are past their table's "
                "--retain.",
            .examples =
                {
                    {"Look first", "kindling gc --output out --dry-run"},
                    {"Keep the versions of the last week",
                     "kindling gc --output out --older-than 7d"},
                },
            .options = COMMON | CHANGE | B(OUTPUT) | B(OLDER_THAN),
            .required = B(OUTPUT),
        },
    [COMMAND_DOCTOR] =
        {
            .name = "doctor",
            .summary = "check the installation and what can be read and written",
            .description =
                "Checks the engine and its extension, the shipped jobs, the temp directory, "
                "memory and CPU limits, and with --input and --output whether they can be "
                "read and written. The exit code is 1 when a check fails.",
            .examples =
                {
                    {"The installation", "kindling doctor"},
                    {"And the folders of a run",
                     "kindling doctor --input data/events --output out"},
                },
            .options = COMMON | B(INPUT) | B(OUTPUT) | B(TEMP_DIR),
        },
    [COMMAND_COMPLETION] =
        {
            .name = "completion",
            .arguments = "SHELL",
            .arguments_min = 1,
            .arguments_max = 1,
            .summary = "print a completion script for bash, zsh or fish",
            .description = "Prints the script to stdout; your shell's start-up file evaluates it.",
            .examples =
                {
                    {"bash", "source <(kindling completion bash)"},
                    {"zsh", "source <(kindling completion zsh)"},
                    {"fish", "kindling completion fish | source"},
                },
            .options = B(HELP) | B(COLOR),
        },
    [COMMAND_HELP] =
        {
            .name = "help",
            .arguments = "[COMMAND]",
            .arguments_max = 1,
            .summary = "show help for the program or a command",
            .description = "The same as COMMAND --help.",
            .examples =
                {
                    {"The options of run", "kindling help run"},
                },
            .options = B(HELP) | B(COLOR),
        },
};

static const char *const later_commands[] = {"submit", "logs", "attach", "cancel", "status", NULL};

enum command_id
command_find(const char *name)
{
  for (guint i = 0; i < COMMAND_IDS; i++) {
    if (strcmp(command_table[i].name, name) == 0)
      return (enum command_id)i;
  }
  return COMMAND_IDS;
}

const char *
command_needs(const char *name)
{
  return g_strv_contains(later_commands, name) ? "submission" : NULL;
}

const char *const *
command_names(void)
{
  static const char *names[COMMAND_IDS + 1];
  for (guint i = 0; i < COMMAND_IDS; i++)
    names[i] = command_table[i].name;
  return names;
}
