/* SPDX-License-Identifier: Apache-2.0 */
#include "job/script_lexer.h"

#define WRITE_OUTPUT "Write COPY (SELECT ...) TO 'output-name' (FORMAT parquet)."
#define ONLY_OUTPUTS                                                                               \
  "A job only writes its outputs: write COPY (SELECT ...) TO 'output-name' (FORMAT parquet)."
#define ONLY_INPUTS                                                                                \
  "A job reads only its declared inputs: use a name in FROM and give its data by --input "         \
  "name=PATH."
#define NO_SETTINGS                                                                                \
  "A job sets TimeZone only; threads, memory and the temp folder are options of the command line."
#define USE_VIEW                                                                                   \
  "Write CREATE VIEW name AS SELECT ...; for a definition that several outputs share."
#define LEAVE_OUT  "Leave it out: a run is published as a whole or not at all."
#define PARAMETERS "Leave it out: parameters are written $name and given by --param name=value."
#define INSPECT    "Leave it out: 'kindling inspect --input PATH' shows what an input holds."

struct refusal {
  const char *word;
  const char *message;
  const char *hint;
};

static const struct refusal refusals[] = {
    {"SELECT", "a query by itself has no output", WRITE_OUTPUT},
    {"WITH", "a query by itself has no output", WRITE_OUTPUT},
    {"FROM", "a query by itself has no output", WRITE_OUTPUT},
    {"VALUES", "a query by itself has no output", WRITE_OUTPUT},
    {"TABLE", "a query by itself has no output", WRITE_OUTPUT},
    {"PIVOT", "PIVOT is not supported",
     "Write one aggregate with FILTER a column: sum(value) FILTER (WHERE event_type = 'click')."},
    {"PIVOT_WIDER", "PIVOT is not supported",
     "Write one aggregate with FILTER a column: sum(value) FILTER (WHERE event_type = 'click')."},
    {"UNPIVOT", "UNPIVOT is not supported", "Write one SELECT a column, joined by UNION ALL."},
    {"PIVOT_LONGER", "UNPIVOT is not supported", "Write one SELECT a column, joined by UNION ALL."},
    {"INSERT", "INSERT writes to a table", ONLY_OUTPUTS},
    {"UPDATE", "UPDATE changes a table", ONLY_OUTPUTS},
    {"DELETE", "DELETE changes a table", ONLY_OUTPUTS},
    {"MERGE", "MERGE changes a table", ONLY_OUTPUTS},
    {"TRUNCATE", "TRUNCATE changes a table", ONLY_OUTPUTS},
    {"DROP", "DROP removes a definition", "Leave it out: views of a job live as long as its run."},
    {"ALTER", "ALTER changes a definition", USE_VIEW},
    {"COMMENT", "COMMENT ON changes a definition", "Write -- and the comment."},
    {"EXPORT", "EXPORT writes files", ONLY_OUTPUTS},
    {"IMPORT", "IMPORT reads files", ONLY_INPUTS},
    {"ATTACH", "ATTACH opens a database", ONLY_INPUTS},
    {"DETACH", "DETACH closes a database", ONLY_INPUTS},
    {"USE", "USE changes the database", ONLY_INPUTS},
    {"INSTALL", "INSTALL fetches an extension", "Leave it out: a job needs no extensions."},
    {"LOAD", "LOAD loads an extension", "Leave it out: a job needs no extensions."},
    {"UPDATE_EXTENSIONS", "extensions are not updated", "Leave it out: a job needs no extensions."},
    {"PRAGMA", "PRAGMA changes the engine", NO_SETTINGS},
    {"RESET", "RESET changes the engine", NO_SETTINGS},
    {"CHECKPOINT", "CHECKPOINT writes a database", LEAVE_OUT},
    {"FORCE", "CHECKPOINT writes a database", LEAVE_OUT},
    {"VACUUM", "VACUUM changes a table", LEAVE_OUT},
    {"ANALYZE", "ANALYZE changes a table", LEAVE_OUT},
    {"BEGIN", "a job needs no transaction", LEAVE_OUT},
    {"START", "a job needs no transaction", LEAVE_OUT},
    {"COMMIT", "a job needs no transaction", LEAVE_OUT},
    {"END", "a job needs no transaction", LEAVE_OUT},
    {"ROLLBACK", "a job needs no transaction", LEAVE_OUT},
    {"ABORT", "a job needs no transaction", LEAVE_OUT},
    {"PREPARE", "PREPARE is not needed", PARAMETERS},
    {"EXECUTE", "EXECUTE is not needed", PARAMETERS},
    {"DEALLOCATE", "DEALLOCATE is not needed", PARAMETERS},
    {"CALL", "CALL runs a function for its effects", ONLY_OUTPUTS},
    {"EXPLAIN", "EXPLAIN has no output", "Leave it out: 'kindling explain JOB' shows the plan."},
    {"DESCRIBE", "DESCRIBE has no output", INSPECT},
    {"DESC", "DESC has no output", INSPECT},
    {"SHOW", "SHOW has no output", INSPECT},
    {"SUMMARIZE", "SUMMARIZE has no output", INSPECT},
};

bool
script_refuse_statement(const struct script_cursor *cursor)
{
  gsize at = cursor->tokens[0].at;
  for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++)
    if (script_is_word(cursor, 0, refusals[i].word))
      return script_refuse(cursor->ret_fault, at, refusals[i].hint, "%s", refusals[i].message);
  if (script_is_punct(cursor, 0, '('))
    return script_refuse(cursor->ret_fault, at, WRITE_OUTPUT, "%s", refusals[0].message);
  g_autofree char *found = script_found(cursor);
  return script_refuse(cursor->ret_fault, at,
                       "A job holds COPY (query) TO 'name' (FORMAT parquet), CREATE VIEW name AS "
                       "query and SET TimeZone = 'zone'.",
                       "unknown statement %s", found);
}
