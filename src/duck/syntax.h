/* SPDX-License-Identifier: Apache-2.0
 *
 * DuckDB's own parser: verdicts on scripts, syntax trees of queries and back (json_serialize_sql and
 * json_deserialize_sql). The tree's JSON keys are no stable interface: only src/job/ast.c reads them.
 */
#pragma once

#include "duck/duck.h"
#include "duck/fault.h"
#include "util/json.h"

enum duck_statement {
  DUCK_STATEMENT_SELECT,
  DUCK_STATEMENT_COPY,
  DUCK_STATEMENT_CREATE,
  DUCK_STATEMENT_SET,
  DUCK_STATEMENT_OTHER,
};

/* Splits a script as DuckDB does. On success ret_kinds (GArray of enum duck_statement, the caller's) holds an entry for each
 * statement. The count is always right; a kind is known only for a statement that binds (DuckDB 1.5.5 tells it of
 * prepared statements only), so one that reads a table that does not exist yet is OTHER: compare the count, and the kinds
 * that are not OTHER. On a syntax error returns false with ret_fault set; error stays unset then. Runs nothing. */
bool duck_split_script(struct duck_connection *connection, const char *script, GArray **ret_kinds,
                       struct duck_fault **ret_fault, GError **error) WARN_UNUSED;

/* The tree of exactly one SELECT: the whole answer of json_serialize_sql. New reference; NULL with ret_fault set when
 * it is no SELECT (the fault's message is DuckDB's), several statements, or a syntax error. */
struct json_object *duck_parse(struct duck_connection *connection, const char *query,
                               struct duck_fault **ret_fault, GError **error) WARN_UNUSED;

/* SQL text of a tree as duck_parse gives it, with all "query_location" members dropped first; owned by the caller. */
char *duck_unparse(struct duck_connection *connection, struct json_object *tree,
                   GError **error) WARN_UNUSED;
