/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain tables for terminals, in the manner of
 *
 *     output            rows  files     size
 *     daily-activity  14,571,605     31  210 MB
 *
 * Columns are two spaces apart and as wide as their widest cell; lines are never wrapped or cut, and carry no spaces at
 * their ends. Cells are made printable (report/width.h). Widths are those of the terminal, wide letters included.
 */
#pragma once

#include "util/auto.h"
#include "util/compiler.h"
#include <stdbool.h>

enum table_align { TABLE_LEFT, TABLE_RIGHT };

struct table;
struct table *table_new(void);
void table_free(struct table *table);
AUTO_DEFINE(struct table, table_free)

/* All columns come before the first row. */
void table_column(struct table *table, const char *heading, enum table_align align);
/* Starts a row; its cells follow by table_cell, left to right. Missing cells are empty, surplus ones are dropped. */
void table_row(struct table *table);
/* text may be NULL: "". Copied. */
void table_cell(struct table *table, const char *text);
/* Takes the text over: table_cell_take(table, text_count(rows)). */
void table_cell_take(struct table *table, char *text);
void table_cell_format(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);

/* One line for the headings (bold with colour; left out when all are empty), one a row, each ending in a newline. Owned by
 * the caller. */
char *table_text(const struct table *table, bool colour);
