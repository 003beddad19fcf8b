/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside separate*.c only: one SELECT under separation.
 */
#pragma once

#include "plan/separate.h"
#include "plan/sources.h"

#define RESULT_PREFIX "kindling_result_"

struct separation {
  struct separator *separator;
  struct query *query;    /* changed only when all has gone well */
  char *table;            /* kindling_result_<n> */
  GPtrArray *carried;     /* struct cte, borrowed: those that FROM needs, in order */
  GPtrArray *sources;     /* struct source */
  GPtrArray *names;       /* char *: the columns of its result */
  GPtrArray *groups;      /* struct expr: g0, g1, ... */
  GPtrArray *group_texts; /* char *: their canonical texts */
  GPtrArray *sets;        /* GArray of guint */
  GPtrArray *calls;       /* struct expr: a0, a1, ... */
  GPtrArray *call_texts;
  bool grouping_bits;
  bool is_distinct; /* SELECT DISTINCT without groups and aggregates: its entries are the keys */
  char *reason;     /* set: not for the kernel */
  gssize reason_at;
};

/* Where an expression stands: a name in it may mean an input column or a select alias. */
enum separation_place { PLACE_SELECT, PLACE_GROUP, PLACE_ORDER };

/* All return false when the SELECT is refused (reason set), so that a caller returns at once. */
bool separation_refuse(struct separation *node, gssize at, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* What no rollup has: samples, stars, sub-queries, ... (separate_check.c). */
bool separation_check(struct separation *node);
/* The CTEs that FROM needs, of those visible, travel with the scan. */
bool separation_carry(struct separation *node, GPtrArray *visible);
/* A table's name as a value: its whole row. After the sources are known. */
bool separation_check_rows(struct separation *node);
/* After the keys are known. */
bool separation_check_having(struct separation *node);
bool separation_group(struct separation *node, struct expr *expr);
/* *slot becomes an expression over the rollup's result; the alias stays. */
bool separation_rewrite(struct separation *node, struct expr **slot);

char *separation_text(const struct separation *node, const struct expr *expr);
bool separation_is_group(const struct separation *node, const char *text);
bool separation_is_aggregate(const struct separation *node, const struct expr *expr);
bool separation_has_aggregate(const struct separation *node, struct expr *expr);
/* The select-list entry that a number or an alias stands for, or NULL. */
struct expr *separation_entry(const struct separation *node, const struct expr *expr,
                              enum separation_place place);
/* Puts select-list entries in for their aliases (WHERE may use them). */
void separation_expand(const struct separation *node, struct expr **slot);

/* The rollup of a node whose groups and calls are known. NULL with error set, or with reason set. */
struct plan_rollup *separation_rollup(struct separation *node, GError **error);
