/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/random_pass.h"
#include "support/rollup/random_rollup.h"
#include "support/rollup/random_values.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLAGS = 2 }; /* the first columns are BOOL: predicates */

static enum rollup_type
random_type(struct choose *choose)
{
  static const enum rollup_type often[] = {ROLLUP_STRING, ROLLUP_INT32, ROLLUP_INT64,
                                           ROLLUP_DOUBLE};
  return choose_percent(choose, 50) ? often[choose_below(choose, 4)]
                                    : (enum rollup_type)choose_below(choose, ROLLUP_STRING + 1);
}

static uint32_t
random_distinct(struct choose *choose, uint32_t most)
{
  static const uint32_t limits[] = {1, 3, 12, 60, 400};
  unsigned which = choose_below(choose, 8);
  return which < 5 ? 1 + choose_below(choose, limits[which]) : 1 + choose_below(choose, most);
}

/* How often which value comes. */
struct spread {
  uint32_t values, nulls_percent, hot_percent;
  bool in_order;
};

static uint32_t
pick(struct choose *choose, const struct spread *spread, uint32_t row, uint32_t rows)
{
  if (choose_bits(choose) % 100 < spread->hot_percent)
    return 0;
  if (spread->in_order)
    return (uint32_t)((uint64_t)row * spread->values / rows);
  return (uint32_t)(choose_bits(choose) % spread->values);
}

static void
fill_column(struct choose *choose, struct random_pass *pass, unsigned column, uint32_t most_values)
{
  static const uint32_t nulls[] = {0, 0, 0, 5, 40, 100}, hot[] = {0, 0, 0, 50, 95};
  struct sheet *rows = &pass->rows;
  bool is_flag = column < FLAGS;
  struct spread spread = {.values = is_flag ? 2 : random_distinct(choose, most_values),
                          .nulls_percent = nulls[choose_below(choose, is_flag ? 5 : 6)],
                          .hot_percent = hot[choose_below(choose, 5)],
                          .in_order = choose_percent(choose, 15)};
  enum rollup_type type = rows->types[column];
  size_t width = rollup_type_bytes(type);
  const char *values = random_values(choose, &pass->arena, type, spread.values);
  for (uint32_t i = 0; i < rows->rows; i++) {
    bool is_null = choose_bits(choose) % 100 < spread.nulls_percent;
    uint32_t value = pick(choose, &spread, i, rows->rows);
    sheet_set(rows, column, i, is_null ? NULL : values + value * width);
  }
  pass->distinct[column] = spread.values + (spread.nulls_percent > 0);
}

/* The value of a run column for a number: different for different numbers; number 0 is NULL when wanted. */
static struct cell
run_value(enum rollup_type type, uint32_t number, bool has_null)
{
  struct cell cell = {.is_null = has_null && number == 0};
  uint64_t integer = number;
  char text[12] = {0};
  struct rollup_string string =
      rollup_string_of(text, (uint32_t)snprintf(text, sizeof text, "r%u", number));
  if (type == ROLLUP_STRING)
    memcpy(cell.bytes, &string, sizeof string);
  else
    memcpy(cell.bytes, &integer, sizeof integer);
  return cell;
}

/* The caller may be wrong about the rows of a run, or not know of it: the kernel then does without runs. */
static void
tell_lies(struct choose *choose, struct random_pass *pass, uint64_t *rows_of)
{
  struct rollup_batch *list = &pass->spec.runs.values;
  uint32_t run = choose_below(choose, list->rows);
  switch (choose_below(choose, 3)) {
  case 0:
    rows_of[run] += 1 + choose_below(choose, 3);
    break;
  case 1:
    rows_of[run] -= rows_of[run] > 0;
    break;
  default:
    list->rows -= list->rows > 1;
  }
}

/* Runs are (number / inner, number % inner), in an order of the list that is not that of the rows. */
static void
set_runs(struct choose *choose, struct random_pass *pass, unsigned first, unsigned columns,
         uint32_t count)
{
  struct sheet *rows = &pass->rows;
  struct arena *arena = &pass->arena;
  uint32_t inner = columns == 2 ? 1 + choose_below(choose, count) : 1;
  bool has_null = choose_percent(choose, 15);
  uint32_t shift = choose_below(choose, count);
  struct sheet list;
  sheet_init(&list, columns, rows->types + first, count);
  uint64_t *rows_of = arena_alloc(arena, count * sizeof *rows_of);
  pass->run_of = arena_alloc(arena, (rows->rows + 1) * sizeof *pass->run_of);
  for (unsigned c = 0; c < columns; c++) {
    for (uint32_t r = 0; r < count; r++) {
      uint32_t number = columns == 2 && c == 1 ? r % inner : r / inner;
      struct cell cell = run_value(rows->types[first + c], number, has_null);
      sheet_set(&list, c, r, cell.is_null ? NULL : cell.bytes);
    }
    pass->distinct[first + c] = c == 1 ? inner : count / inner + 1;
  }
  for (uint32_t i = 0; i < rows->rows; i++) {
    uint32_t at = pass->clustered ? (uint32_t)((uint64_t)i * count / rows->rows)
                                  : (uint32_t)(choose_bits(choose) % count);
    uint32_t run = pass->run_of[i] = (at + shift) % count;
    rows_of[run]++;
    for (unsigned c = 0; c < columns; c++) {
      struct rollup_column values = sheet_column(&list, c);
      struct cell cell = cell_of(list.types[c], &values, run);
      sheet_set(rows, first + c, i, cell.is_null ? NULL : cell.bytes);
    }
  }
  struct rollup_column *values = arena_alloc(arena, columns * sizeof *values);
  unsigned *numbers = arena_alloc(arena, columns * sizeof *numbers);
  for (unsigned c = 0; c < columns; c++) {
    size_t bytes = (size_t)count * rollup_type_bytes(list.types[c]);
    values[c].values = arena_copy(arena, list.values[c], bytes);
    values[c].validity = arena_copy(arena, list.validity[c], (count + 63) / 64 * sizeof(uint64_t));
    numbers[c] = first + c;
  }
  sheet_clear(&list);
  pass->spec.runs = (struct rollup_runs){numbers, columns, {count, values}, rows_of};
  if (choose_percent(choose, 6))
    tell_lies(choose, pass, rows_of);
}

static void
choose_types(struct choose *choose, enum rollup_type *types, unsigned count, unsigned run_columns)
{
  static const enum rollup_type of_runs[] = {ROLLUP_INT64, ROLLUP_INT32, ROLLUP_STRING};
  for (unsigned c = 0; c < count; c++) {
    types[c] = c < FLAGS ? ROLLUP_BOOL : random_type(choose);
    if (c >= FLAGS && c < FLAGS + run_columns)
      types[c] = of_runs[choose_below(choose, 3)];
  }
}

void
random_pass_make(struct choose *choose, const struct random_size *size,
                 struct random_pass *ret_pass)
{
  struct random_pass *pass = ret_pass;
  *pass = (struct random_pass){0};
  static const uint32_t divisors[] = {1, 1, 3, 10, 100};
  uint32_t rows =
      choose_percent(choose, 4)
          ? choose_below(choose, 3)
          : 1 + choose_below(choose, size->most_rows / divisors[choose_below(choose, 5)]);
  unsigned run_columns = choose_percent(choose, 60) ? 1 + choose_below(choose, 2) : 0;
  unsigned columns = FLAGS + run_columns + 1 + choose_below(choose, size->most_columns);
  enum rollup_type *types = arena_alloc(&pass->arena, columns * sizeof *types);
  choose_types(choose, types, columns, run_columns);
  sheet_init(&pass->rows, columns, types, rows);
  pass->distinct = arena_alloc(&pass->arena, columns * sizeof *pass->distinct);
  pass->clustered = choose_percent(choose, 60);
  pass->crowds = size->crowds;
  if (run_columns > 0) {
    static const uint32_t most_runs[] = {1, 4, 12, 60};
    uint32_t runs = 1 + choose_below(choose, most_runs[choose_below(choose, 4)]);
    set_runs(choose, pass, FLAGS, run_columns, runs);
  }
  for (unsigned c = 0; c < columns; c++)
    if (c < FLAGS || c >= FLAGS + run_columns)
      fill_column(choose, pass, c, size->most_values);
  pass->spec.find_runs = choose_percent(choose, 50);
  if (choose_percent(choose, 60)) /* a guess, at times a wrong one */
    pass->spec.rows = choose_percent(choose, 90) ? rows : choose_below(choose, 3 * rows + 1);
  pass->spec.columns = types;
  pass->spec.column_count = columns;
  pass->spec.rollup_count = 1 + choose_below(choose, size->most_rollups);
  struct rollup_spec *rollups =
      arena_alloc(&pass->arena, pass->spec.rollup_count * sizeof *rollups);
  for (unsigned r = 0; r < pass->spec.rollup_count; r++)
    random_rollup(choose, pass, &rollups[r]);
  pass->spec.rollups = rollups;
}

void
random_pass_clear(struct random_pass *pass)
{
  sheet_clear(&pass->rows);
  arena_clear(&pass->arena);
  *pass = (struct random_pass){0};
}

static void
print_rollup(const struct rollup_spec *spec)
{
  static const char *const functions[] = {"count(*)", "count", "count distinct", "sum", "avg",
                                          "min",      "max",   "first"};
  (void)printf("  rollup keys");
  for (unsigned k = 0; k < spec->key_count; k++)
    (void)printf(" c%u", spec->keys[k]);
  (void)printf(" sets");
  for (unsigned s = 0; s < spec->set_count; s++)
    (void)printf(" %llx", (unsigned long long)spec->sets[s]);
  (void)printf(" where %d%s\n", spec->where, spec->stream != NULL ? " stream by" : "");
  for (unsigned k = 0; spec->stream != NULL && k < spec->stream_order_count; k++)
    (void)printf("    key %u\n", spec->stream_order[k]);
  for (unsigned a = 0; a < spec->aggregate_count; a++) {
    const struct rollup_aggregate *aggregate = &spec->aggregates[a];
    (void)printf("    %s c%d filter %d", functions[aggregate->function], aggregate->argument,
                 aggregate->filter);
    for (unsigned i = 0; i < aggregate->other_count; i++)
      (void)printf(" with c%u", aggregate->others[i]);
    for (unsigned i = 0; i < aggregate->order_count; i++)
      (void)printf(" order c%u%s%s", aggregate->order[i].column,
                   aggregate->order[i].descending ? " desc" : "",
                   aggregate->order[i].nulls_first ? " nulls first" : "");
    (void)printf("%s%s\n", aggregate->skip_null_argument ? " skip null argument" : "",
                 aggregate->skip_null_order ? " skip null order" : "");
  }
}

void
random_pass_print(const struct random_pass *pass)
{
  static const char *const types[] = {"bool",   "int8",   "int16",  "int32",  "int64",
                                      "int128", "uint8",  "uint16", "uint32", "uint64",
                                      "float",  "double", "string"};
  (void)printf("  %u rows, %u runs by %u columns%s; columns", pass->rows.rows,
               pass->spec.runs.values.rows, pass->spec.runs.column_count,
               pass->clustered ? ", clustered" : "");
  for (unsigned c = 0; c < pass->spec.column_count; c++)
    (void)printf(" c%u %s (%u)", c, types[pass->spec.columns[c]], pass->distinct[c]);
  (void)printf("\n");
  for (unsigned r = 0; r < pass->spec.rollup_count; r++)
    print_rollup(&pass->spec.rollups[r]);
}
