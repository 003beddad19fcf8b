/* SPDX-License-Identifier: Apache-2.0
 *
 * The plan: a pure value made from jobs and inventories, from which explain prints, an engine runs and the tests check.
 *
 *     job(s) ----.
 *                +--> plan_build --> struct plan: passes, outputs, files to read, SQL to run, reasons
 *     inventory -'
 *
 * For each output the plan says which grouped aggregations it holds (rollups: scan, keys, grouping sets, aggregates), what
 * is left of its query after them (post-query), which pass it shares, which files of which inputs are read after
 * pruning, how its result is cut into files, and for everything it does not do, why. Reasons are computed, never fixed
 * texts.
 *
 * A connection is used for binding only (types, names, plans of constants): building a plan reads no data and changes
 * nothing but temporary views and which of our own aggregates are registered. docs/design/plan.md has the pictures.
 */
#pragma once

#include "job/job.h"
#include "storage/inventory.h"
#include "util/auto.h"
#include "util/json.h"

/* A grouped aggregation over a scan: what the one-pass kernel takes. */
struct plan_aggregate {
  char *function;    /* lower case: "count_star", "sum", "first", ... */
  char *text;        /* SQL of the call as written */
  GArray *arguments; /* guint: indexes into the scan's select list */
  bool distinct;
  gint filter;      /* index into the scan's select list, or -1 */
  GPtrArray *order; /* struct plan_aggregate_order */
  char *type;       /* DuckDB's type of the result as written */
  /* our own order-independent aggregate that a sum or avg of doubles or 128-bit numbers runs as (plan/exact_sums.h), or NULL */
  char *exact_function;
  /* some argument may raise an error on rows that the rollup's WHERE removes */
  bool argument_can_fail;
};
struct plan_aggregate_order {
  guint input;
  bool descending;
  enum null_order nulls;
};

struct plan_rollup {
  /* "kindling_result_0": the table its post-query reads; unique in the plan */
  char *name;
  /* SELECT <inputs AS c0, c1, ...> FROM ... WHERE ...; CTEs it needs travel with it */
  struct query *scan;
  char *scan_sql;
  GPtrArray *groups;     /* struct expr: keys g0, g1, ... */
  char **group_texts;    /* SQL of the keys; NULL-terminated */
  GArray *group_inputs;  /* guint: each key's index into the scan's select list */
  GPtrArray *group_sets; /* GArray of guint: indexes into groups; [[]] when there is no GROUP BY */
  GPtrArray *aggregates; /* struct plan_aggregate: a0, a1, ... */
  /* the post-query uses gs (bit i set: key i is rolled up in this row) */
  bool needs_grouping_bits;
  char *source;     /* canonical text of FROM and its CTEs: rollups of one source share a pass */
  char *title;      /* FROM for people: "events" or "events join dim" */
  char *where_text; /* SQL of the scan's WHERE, or NULL */
  /* scan and rollup as one DuckDB query with columns g0.., a0.. [, gs] */
  struct query *query;
  char **group_types; /* DuckDB's types of g0, g1, ...; NULL-terminated */
  /* NULL when the kernel takes it; else why not, a clause: "median() is not one of the kernel's aggregates" */
  char *kernel_reason;
  /* From a look at some rows (engine_estimate), of all grouping sets together; 0: not known. Bytes: what the kernel holds. */
  guint64 estimated_groups, estimated_bytes, sampled_rows;
  char *
      estimated_strategy; /* how the kernel would hold them: "table of entities"; NULL: not known */
  char *estimated_refusal; /* why it would not compute them, by the same rows; NULL: it would */
};

/* Why something is not done as well as it could be. */
enum plan_refusal_kind {
  PLAN_NOT_TAKEN, /* a grouped SELECT that the kernel does not take: it runs as it is written */
  PLAN_NOT_EXACT, /* sums of doubles left as they are */
};
struct plan_refusal {
  enum plan_refusal_kind kind;
  gsize at;     /* byte offset in the job's script of what is in the way */
  char *reason; /* "median() is not one of the kernel's aggregates" */
};

/* How an output's result becomes files. */
enum plan_layout {
  /* not partitioned: ordered files cut at the target size */
  PLAN_SINGLE,
  /* partitioned: computed whole, then written partition by partition */
  PLAN_SPLIT,
  /* partitioned by columns that the input's folders have and the query groups by: computed and written partition by
   * partition, each from its own files only */
  PLAN_BY_PARTITION,
};

/* One partition of a PLAN_BY_PARTITION output. */
struct plan_partition {
  /* one for each PARTITION_BY column, canonical text, NULL for NULL; the texts are the inventory's */
  char **values;
  GArray *files; /* guint: indexes into the inventory's files */
  guint64 rows;
};

/* What the kernel computes for one rollup, in terms of its pass's scan. Numbers are indexes into plan_pass.scan_columns. */
enum plan_function {
  PLAN_COUNT_ROWS,
  PLAN_COUNT,
  PLAN_COUNT_DISTINCT,
  PLAN_SUM,
  PLAN_AVERAGE,
  PLAN_MIN,
  PLAN_MAX,
  PLAN_FIRST, /* min_by, max_by, first, last: the argument of the row that comes first by order */
};
struct plan_kernel_order {
  guint column;
  bool descending, nulls_first;
};
struct plan_kernel_aggregate {
  enum plan_function function;
  gint argument;  /* or -1 */
  GArray *others; /* guint: of count(DISTINCT (a, b, c)): b, c; else empty */
  gint filter;    /* BOOLEAN column, or -1 */
  GArray *order;  /* struct plan_kernel_order */
  bool skip_null_argument, skip_null_order; /* as min_by does */
};
struct plan_kernel_rollup {
  guint output, rollup;  /* indexes into plan.outputs and its rollups */
  GArray *keys;          /* guint: g0, g1, ... */
  gint where;            /* BOOLEAN column, or -1: all rows of the scan */
  GPtrArray *aggregates; /* struct plan_kernel_aggregate: a0, a1, ... */
};

/* A column of an output that is nothing but a key or an aggregate of its only rollup. */
struct plan_direct {
  bool is_key;
  guint index; /* of the key or the aggregate */
};

/* Which files of an input an output reads. */
struct plan_input {
  guint inventory;   /* index into plan.inventories */
  GArray *files;     /* guint: indexes into its files, ascending */
  char **predicates; /* SQL of the predicates that left files out; NULL-terminated; may be empty */
  char **columns;    /* columns read, as the table spells them; NULL-terminated */
  guint64 size_bytes, rows;
};

struct plan_column {
  char *name;
  char *type;        /* DuckDB's type of the query as written */
  char *stored_type; /* what is written */
};
void plan_column_free(gpointer column); /* a GDestroyNotify */

struct plan_output {
  const struct job *job; /* borrowed */
  const struct job_output *spec;
  GPtrArray *columns;   /* struct plan_column, in the result's order */
  GArray *partition_by; /* guint: indexes into columns */
  GPtrArray *inputs;    /* struct plan_input */
  GPtrArray *rollups;   /* struct plan_rollup, innermost first; may be empty */
  GPtrArray *refusals;  /* struct plan_refusal */
  /* the query with each rollup replaced by a read of its name; equals the query when there are none */
  struct query *post;
  /* The post-query with the stored types. Each kindling_result_<n> is read as a table with columns g0.., a0.., gs BIGINT, of the
   * types in plan_rollup.group_types and plan_aggregate.type. */
  char *post_sql;
  /* The script as written, the script's views put in front, sums of doubles by our own aggregate: one statement, no
   * sharing. */
  char *plain_sql;
  /* The post-query with every rollup's query put in as a sub-query: what DuckDB runs now. Both statements give the stored
   * types, and need nothing but the inputs' views and the job's time zone. */
  char *sql;
  /* SQL of the final ORDER BY's terms ("\"year\" ASC NULLS LAST"), over the result's columns, so that a partition can be
   * sorted by itself; NULL-terminated; NULL when the query has none or has one that its result columns cannot express
   * (then the layout keeps the whole order) */
  char **order_by;
  enum plan_layout layout;
  char *layout_reason;   /* why not PLAN_BY_PARTITION, or on which columns; a clause */
  GPtrArray *partitions; /* struct plan_partition for PLAN_BY_PARTITION, else empty */
  /* The kernel computes all its rollups, in one pass; post_sql then reads them by their names. Otherwise DuckDB runs sql. */
  bool is_kernel;
  char *kernel_reason; /* "5 keys and 3 aggregates in pass 1", or why DuckDB runs it; a clause */
  /* struct plan_direct, one for each column, when the post-query does nothing but name and order the groups of its only
   * rollup, with types as stored (HUGEINT aside, which is checked when written): then the groups can be written as they come.
   * NULL otherwise. */
  GArray *direct;
  /* guint: the final ORDER BY as keys of that rollup, when all its terms are keys, ascending, NULLS LAST; empty without ORDER
   * BY. NULL otherwise, or when direct is. */
  GArray *direct_order;
  /* guint: the final ORDER BY as keys of its only rollup, likewise, of an output that is not partitioned and whose post-query makes
   * a row or none of each group. ordered_sql is that query without ORDER BY: rows come in order if the groups do. It reads one
   * more column of the rollup's table, place BIGINT, which is its own last one too: that of each group in the order. NULL otherwise. */
  GArray *ordered_keys;
  char *ordered_sql;
  gint pass;         /* index into plan.passes: that of its first rollup; -1: it has none */
  char *pass_reason; /* why it runs by itself, or what it shares; a clause */
};

/* Columns of a pass's scan, and keys of the ORDER BY in a first(), that the kernel takes. */
enum { PLAN_SCAN_COLUMNS_MOST = 512, PLAN_ORDER_MOST = 12 };

struct plan_pass {
  guint number;      /* from 1 */
  char *source;      /* canonical */
  char *title;       /* for people: "events" or "events join dim" */
  char *time_zone;   /* of the jobs: make one of them current before the scan */
  GArray *outputs;   /* guint: indexes into plan.outputs */
  GPtrArray *inputs; /* struct plan_input: the union of what its outputs read */
  guint rollup_count;
  /* The kernel's part; scan_sql is NULL when it takes nothing of this pass. */
  /* SELECT <columns> FROM ... [WHERE what all its rollups ask for]; needs the inputs' views, over the pass's files, and
   * the time zone only. It may raise an error that the outputs' own statements do not: sql then decides. */
  char *scan_sql;
  /* struct plan_column: name is "c0", ..., type and stored_type the type handed over; NULL when scan_sql is */
  GPtrArray *scan_columns;
  GPtrArray *kernel_rollups; /* struct plan_kernel_rollup */
  /* guint: scan columns that are all partition columns of the only input, outermost first, when the scan reads all rows of its
   * files (no WHERE, no join): then the rows of each partition are known. Empty otherwise. */
  GArray *run_columns;
};

struct plan {
  GPtrArray *jobs;        /* const struct job *, borrowed */
  GPtrArray *inventories; /* const struct inventory *, borrowed */
  GPtrArray *outputs;     /* struct plan_output, in script order, job after job */
  GPtrArray *passes;      /* struct plan_pass, in order of first output */
};

struct plan_request {
  struct job *const *jobs; /* bound (job_bind) */
  gsize job_count;
  struct inventory *const *inventories; /* with schema; named as the jobs' inputs */
  gsize inventory_count;
  struct duck_connection *connection; /* holds a view for each inventory under its name */
  /* They are those of plan_create_bare_view, and are left as they are; otherwise each is one over its files afterwards. */
  bool views_are_bare;
  /* What is stored for a DuckDB type; refuses with kind OUTPUT (src/table knows; this room does not). */
  bool (*stored_type)(const char *duck_type, char **ret_stored, GError **error);
  bool (*partition_type)(const char *duck_type, GError **error);
  /* Makes one of our own aggregates (plan/exact_sums.h) known to the connection's database (src/engine has them). Called for what
   * an output's query calls, before anything that calls it is bound; for the next output's again. */
  bool (*register_aggregate)(const char *name, gpointer user, GError **error);
  gpointer user; /* of register_aggregate */
};

/* Errors: OUTPUT for types, named with output and column; SCRIPT for an output of one name in two jobs. */
struct plan *plan_build(const struct plan_request *request, GError **error) WARN_UNUSED;
void plan_free(struct plan *plan);
AUTO_DEFINE(struct plan, plan_free)

/* Whether one of the numbers (guint) of a plan's lists is this one. */
bool plan_is_among(const GArray *numbers, guint wanted);

/* The SELECT behind an input's view, over the files given (NULL: all), columns spelt out, partition columns typed:
 *     SELECT user_id, ..., year, month FROM read_parquet([...], hive_partitioning = true, hive_types = {...}, ...)
 * Folders above the input are never read as partitions. Owned by the caller. */
char *plan_view_sql(const struct inventory *inventory, const guint *files, gsize file_count);
/* Makes an input's view for binding only: its columns, but no files and so no rows, which costs the same for ten files and for
 * ten thousand. */
bool plan_create_bare_view(struct duck_connection *connection, const struct inventory *inventory,
                           GError **error) WARN_UNUSED;
/* The CREATE VIEW that makes the script run in the DuckDB shell, as explain prints it: exact, a glob where a glob gives
 * exactly the inventory's files. */
char *plan_create_view(const struct inventory *inventory);

struct plan_explain_options {
  bool verbose; /* file lists, SQL */
};
/* For people: a tree with reasons. Owned by the caller. */
char *plan_explain(const struct plan *plan, const struct plan_explain_options *options);
/* {"passes":[...],"outputs":[...],"inputs":[...]}: everything above. New reference. */
struct json_object *plan_to_json(const struct plan *plan);
