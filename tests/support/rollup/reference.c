/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/reference.h"
#include "rollup/exact_sum.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool
is_floating(enum rollup_type type)
{
  return type == ROLLUP_FLOAT || type == ROLLUP_DOUBLE;
}

static enum rollup_type
aggregate_type(const struct rollup_pass_spec *pass, const struct rollup_aggregate *aggregate)
{
  switch (aggregate->function) {
  case ROLLUP_COUNT_ROWS:
  case ROLLUP_COUNT:
  case ROLLUP_COUNT_DISTINCT:
    return ROLLUP_INT64;
  case ROLLUP_SUM:
    return is_floating(pass->columns[aggregate->argument]) ? ROLLUP_DOUBLE : ROLLUP_INT128;
  case ROLLUP_AVERAGE:
    return ROLLUP_DOUBLE;
  case ROLLUP_MIN:
  case ROLLUP_MAX:
  case ROLLUP_FIRST:
    break;
  }
  return pass->columns[aggregate->argument];
}

enum rollup_type
reference_type(const struct rollup_pass_spec *pass, const struct rollup_spec *spec, unsigned column)
{
  if (column < spec->key_count)
    return pass->columns[spec->keys[column]];
  unsigned aggregate = column - spec->key_count;
  return aggregate < spec->aggregate_count ? aggregate_type(pass, &spec->aggregates[aggregate])
                                           : ROLLUP_INT64;
}

void
reference_init(const struct rollup_pass_spec *pass, const struct rollup_spec *spec,
               struct result *result)
{
  unsigned columns = spec->key_count + spec->aggregate_count + 1;
  enum rollup_type *types = calloc(columns, sizeof *types);
  for (unsigned c = 0; c < columns; c++)
    types[c] = reference_type(pass, spec, c);
  result_init(result, spec->key_count, columns, types);
  free(types);
}

/* What all functions below work on: some rows of the table. */
struct group {
  const struct rollup_pass_spec *pass;
  const struct rollup_spec *spec;
  const struct sheet *rows;
  uint64_t set;
  uint32_t *row; /* row numbers */
  size_t count;
  bool overflows;
};

static struct cell
cell_at(const struct group *group, unsigned column, uint32_t row)
{
  struct rollup_column values = sheet_column(group->rows, column);
  return cell_of(group->pass->columns[column], &values, row);
}

static bool
holds(const struct group *group, int column, uint32_t row)
{
  if (column < 0)
    return true;
  struct cell cell = cell_at(group, (unsigned)column, row);
  return !cell.is_null && cell.bytes[0] != 0;
}

#define INTEGER_AS(ctype)                                                                          \
  do {                                                                                             \
    ctype value;                                                                                   \
    memcpy(&value, cell->bytes, sizeof value);                                                     \
    return (__int128)value;                                                                        \
  } while (0)

static __int128
integer_of(enum rollup_type type, const struct cell *cell)
{
  switch (type) {
  case ROLLUP_INT8:
    INTEGER_AS(int8_t);
  case ROLLUP_INT16:
    INTEGER_AS(int16_t);
  case ROLLUP_INT32:
    INTEGER_AS(int32_t);
  case ROLLUP_INT64:
    INTEGER_AS(int64_t);
  case ROLLUP_INT128:
    INTEGER_AS(__int128);
  case ROLLUP_UINT16:
    INTEGER_AS(uint16_t);
  case ROLLUP_UINT32:
    INTEGER_AS(uint32_t);
  case ROLLUP_UINT64:
    INTEGER_AS(uint64_t);
  default:
    INTEGER_AS(uint8_t);
  }
}

static double
double_of(enum rollup_type type, const struct cell *cell)
{
  float single;
  double number;
  memcpy(&single, cell->bytes, sizeof single);
  memcpy(&number, cell->bytes, sizeof number);
  return type == ROLLUP_FLOAT ? (double)single : number;
}

static void
set_cell(struct cell *cell, const void *value, size_t bytes)
{
  cell->is_null = false;
  memcpy(cell->bytes, value, bytes);
}

static void
set_count(struct cell *cell, int64_t count)
{
  set_cell(cell, &count, sizeof count);
}

static void
sum_doubles(const struct rollup_aggregate *aggregate, enum rollup_type type,
            const struct cell *values, size_t count, struct cell *ret_cell)
{
  struct rollup_budget budget = {.limit_bytes = UINT64_MAX};
  struct exact_sum_memory memory = {.budget = &budget};
  struct exact_sum sum = {0};
  for (size_t i = 0; i < count; i++)
    exact_sum_add(&sum, double_of(type, &values[i]), &memory);
  double result =
      aggregate->function == ROLLUP_SUM ? exact_sum_result(&sum) : exact_sum_average(&sum);
  set_cell(ret_cell, &result, sizeof result);
  exact_sum_clear(&sum);
}

/* DuckDB divides in long double, but averages of SMALLINT (and of the decimals stored like it) in double.
 * Source: DuckDB, extension/core_functions/aggregate/algebraic/avg.cpp. */
static double
divide(enum rollup_type type, __int128 sum, size_t count, double scale)
{
  if (type == ROLLUP_INT16)
    return (double)sum / ((double)count * scale);
  return (double)((long double)sum / ((long double)count * (long double)scale));
}

/* Of a sum that left 128 bits so many times, upwards or downwards. */
static double
divide_far(__int128 sum, int64_t wraps, size_t count, double scale)
{
  long double above = ldexpl((long double)(wraps - (sum < 0)), 128);
  long double below = (long double)(unsigned __int128)sum;
  return (double)((above + below) / ((long double)count * (long double)scale));
}

static bool
has_39_digits(__int128 sum)
{
  const __int128 limit = (__int128)10000000000000000000U * 10000000000000000000U;
  return sum >= limit || sum <= -limit;
}

static void
sum_integers(struct group *group, const struct rollup_aggregate *aggregate, enum rollup_type type,
             const struct cell *values, size_t count, struct cell *ret_cell)
{
  __int128 sum = 0;
  int64_t wraps = 0;
  for (size_t i = 0; i < count; i++) {
    __int128 value = integer_of(type, &values[i]);
    if (__builtin_add_overflow(sum, value, &sum))
      wraps += value < 0 ? -1 : 1;
  }
  if (aggregate->function == ROLLUP_SUM) {
    bool is_far = type == ROLLUP_INT128 && aggregate->is_decimal && has_39_digits(sum);
    group->overflows = group->overflows || wraps != 0 || is_far;
    set_cell(ret_cell, &sum, sizeof sum);
  } else {
    double average = wraps == 0 ? divide(type, sum, count, aggregate->scale)
                                : divide_far(sum, wraps, count, aggregate->scale);
    set_cell(ret_cell, &average, sizeof average);
  }
}

static int
compare_cells(const void *a, const void *b, void *user)
{
  return cell_compare(*(const enum rollup_type *)user, a, b);
}

static int64_t
count_distinct(enum rollup_type type, struct cell *values, size_t count)
{
  if (count > 1)
    qsort_r(values, count, sizeof *values, compare_cells, &type);
  int64_t distinct = 0;
  for (size_t i = 0; i < count; i++)
    distinct += i == 0 || cell_compare(type, &values[i - 1], &values[i]) != 0;
  return distinct;
}

struct counted {
  const struct group *group;
  const struct rollup_aggregate *aggregate;
};

static int
compare_rows(const void *a, const void *b, void *user)
{
  const struct counted *counted = user;
  for (unsigned i = 0; i <= counted->aggregate->other_count; i++) {
    unsigned column =
        i == 0 ? (unsigned)counted->aggregate->argument : counted->aggregate->others[i - 1];
    struct cell x = cell_at(counted->group, column, *(const uint32_t *)a);
    struct cell y = cell_at(counted->group, column, *(const uint32_t *)b);
    int order = cell_compare(counted->group->pass->columns[column], &x, &y);
    if (order != 0)
      return order;
  }
  return 0;
}

static void
count_rows(const struct group *group, const struct rollup_aggregate *aggregate,
           struct cell *ret_cell)
{
  struct counted counted = {group, aggregate};
  uint32_t *rows = calloc(group->count + 1, sizeof *rows);
  size_t count = 0;
  for (size_t i = 0; i < group->count; i++)
    if (holds(group, aggregate->filter, group->row[i]))
      rows[count++] = group->row[i];
  if (count > 1)
    qsort_r(rows, count, sizeof *rows, compare_rows, &counted);
  int64_t distinct = 0;
  for (size_t i = 0; i < count; i++)
    distinct += i == 0 || compare_rows(&rows[i - 1], &rows[i], &counted) != 0;
  set_count(ret_cell, distinct);
  free(rows);
}

/* Is row a before row b? */
static int
compare_order(const struct group *group, const struct rollup_aggregate *aggregate, uint32_t a,
              uint32_t b)
{
  for (unsigned i = 0; i < aggregate->order_count; i++) {
    const struct rollup_order *order = &aggregate->order[i];
    struct cell x = cell_at(group, order->column, a), y = cell_at(group, order->column, b);
    int compared = cell_compare(group->pass->columns[order->column], &x, &y);
    if (compared == 0)
      continue;
    if (x.is_null || y.is_null)
      return order->nulls_first ? -compared : compared;
    return order->descending ? -compared : compared;
  }
  return 0;
}

static void
first_by_order(const struct group *group, const struct rollup_aggregate *aggregate,
               struct cell *ret_cell)
{
  int64_t best = -1;
  for (size_t i = 0; i < group->count; i++) {
    uint32_t row = group->row[i];
    if (!holds(group, aggregate->filter, row))
      continue;
    if (aggregate->skip_null_argument && cell_at(group, (unsigned)aggregate->argument, row).is_null)
      continue;
    if (aggregate->skip_null_order && aggregate->order_count > 0 &&
        cell_at(group, aggregate->order[0].column, row).is_null)
      continue;
    if (best < 0 || compare_order(group, aggregate, row, (uint32_t)best) < 0)
      best = row;
  }
  if (best >= 0)
    *ret_cell = cell_at(group, (unsigned)aggregate->argument, (uint32_t)best);
}

static void
least_or_most(const struct rollup_aggregate *aggregate, enum rollup_type type,
              const struct cell *values, size_t count, struct cell *ret_cell)
{
  int wanted = aggregate->function == ROLLUP_MIN ? -1 : 1;
  size_t best = 0;
  for (size_t i = 1; i < count; i++)
    if (cell_compare(type, &values[i], &values[best]) * wanted > 0)
      best = i;
  *ret_cell = values[best];
}

static void
compute_values(struct group *group, const struct rollup_aggregate *aggregate, struct cell *values,
               size_t count, struct cell *ret_cell)
{
  enum rollup_type type = group->pass->columns[aggregate->argument];
  switch (aggregate->function) {
  case ROLLUP_COUNT:
    set_count(ret_cell, (int64_t)count);
    break;
  case ROLLUP_COUNT_DISTINCT:
    set_count(ret_cell, count_distinct(type, values, count));
    break;
  case ROLLUP_SUM:
  case ROLLUP_AVERAGE:
    if (count > 0 && is_floating(type))
      sum_doubles(aggregate, type, values, count, ret_cell);
    else if (count > 0)
      sum_integers(group, aggregate, type, values, count, ret_cell);
    break;
  default:
    if (count > 0)
      least_or_most(aggregate, type, values, count, ret_cell);
  }
}

static void
compute_aggregate(struct group *group, const struct rollup_aggregate *aggregate,
                  struct cell *ret_cell)
{
  if (aggregate->function == ROLLUP_FIRST) {
    first_by_order(group, aggregate, ret_cell);
    return;
  }
  if (aggregate->other_count > 0) {
    count_rows(group, aggregate, ret_cell);
    return;
  }
  struct cell *values = calloc(group->count + 1, sizeof *values);
  size_t count = 0;
  int64_t rows = 0;
  for (size_t i = 0; i < group->count; i++) {
    if (!holds(group, aggregate->filter, group->row[i]))
      continue;
    rows++;
    if (aggregate->argument >= 0)
      values[count] = cell_at(group, (unsigned)aggregate->argument, group->row[i]);
    count += aggregate->argument >= 0 && !values[count].is_null;
  }
  if (aggregate->function == ROLLUP_COUNT_ROWS)
    set_count(ret_cell, rows);
  else
    compute_values(group, aggregate, values, count, ret_cell);
  free(values);
}

static void
compute_group(struct group *group, struct result *result)
{
  const struct rollup_spec *spec = group->spec;
  struct cell *cells = result_add(result);
  int64_t rolled_up = 0;
  for (unsigned k = 0; k < spec->key_count; k++) {
    if ((group->set >> k & 1) == 0)
      rolled_up |= INT64_C(1) << k;
    else
      cells[k] = cell_at(group, spec->keys[k], group->row[0]);
  }
  for (unsigned a = 0; a < spec->aggregate_count; a++)
    compute_aggregate(group, &spec->aggregates[a], &cells[spec->key_count + a]);
  set_count(&cells[spec->key_count + spec->aggregate_count], rolled_up);
}

static int
compare_keys(const void *a, const void *b, void *user)
{
  const struct group *group = user;
  for (unsigned k = 0; k < group->spec->key_count; k++) {
    if ((group->set >> k & 1) == 0)
      continue;
    unsigned column = group->spec->keys[k];
    struct cell x = cell_at(group, column, *(const uint32_t *)a);
    struct cell y = cell_at(group, column, *(const uint32_t *)b);
    int order = cell_compare(group->pass->columns[column], &x, &y);
    if (order != 0)
      return order;
  }
  return 0;
}

/* A set without keys has one group even of no rows. */
static void
compute_set(struct group *all, struct reference *reference)
{
  if (all->count > 1)
    qsort_r(all->row, all->count, sizeof *all->row, compare_keys, all);
  size_t begin = 0;
  for (size_t i = 1; i <= all->count; i++) {
    if (i < all->count && compare_keys(&all->row[begin], &all->row[i], all) == 0)
      continue;
    struct group group = *all;
    group.row = all->row + begin;
    group.count = i - begin;
    compute_group(&group, &reference->result);
    reference->overflows = reference->overflows || group.overflows;
    begin = i;
  }
  if (all->count == 0 && all->set == 0)
    compute_group(all, &reference->result);
}

void
reference_compute(const struct rollup_pass_spec *pass, const struct rollup_spec *spec,
                  const struct sheet *rows, struct reference *ret_reference)
{
  *ret_reference = (struct reference){0};
  reference_init(pass, spec, &ret_reference->result);
  struct group all = {.pass = pass, .spec = spec, .rows = rows};
  all.row = calloc(rows->rows + 1U, sizeof *all.row);
  for (uint32_t i = 0; i < rows->rows; i++)
    if (holds(&all, spec->where, i))
      all.row[all.count++] = i;
  for (unsigned s = 0; s < spec->set_count; s++) {
    all.set = spec->sets[s];
    compute_set(&all, ret_reference);
  }
  free(all.row);
  result_sort(&ret_reference->result);
}

void
reference_clear(struct reference *reference)
{
  result_clear(&reference->result);
}
