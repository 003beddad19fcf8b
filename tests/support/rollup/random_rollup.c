/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/random_rollup.h"
#include <string.h>

static bool
is_number(enum rollup_type type)
{
  return type != ROLLUP_BOOL && type != ROLLUP_STRING;
}

static bool
has_key(const struct rollup_spec *spec, unsigned column)
{
  for (unsigned k = 0; k < spec->key_count; k++)
    if (spec->keys[k] == column)
      return true;
  return false;
}

static void
choose_keys(struct choose *choose, struct random_pass *pass, struct rollup_spec *spec)
{
  unsigned columns = pass->spec.column_count, wanted = choose_below(choose, 5);
  unsigned *keys = arena_alloc(&pass->arena, columns * sizeof *keys);
  spec->keys = keys;
  const struct rollup_runs *runs = &pass->spec.runs;
  if (choose_percent(choose, 60)) /* the shape that can be streamed */
    for (unsigned c = 0; c < runs->column_count; c++)
      keys[spec->key_count++] = runs->columns[c];
  for (unsigned i = 0; i < wanted; i++) {
    unsigned column = choose_below(choose, columns);
    if (!has_key(spec, column) && spec->key_count < 6)
      keys[spec->key_count++] = column;
  }
  for (unsigned k = spec->key_count; k > 1; k--) {
    unsigned other = choose_below(choose, k), kept = keys[k - 1];
    keys[k - 1] = keys[other];
    keys[other] = kept;
  }
}

static void
add_set(uint64_t *sets, unsigned *count, uint64_t set)
{
  for (unsigned s = 0; s < *count; s++)
    if (sets[s] == set)
      return;
  sets[(*count)++] = set;
}

static void
choose_sets(struct choose *choose, struct random_pass *pass, struct rollup_spec *spec)
{
  uint64_t *sets = arena_alloc(&pass->arena, 64 * sizeof *sets), all = (1U << spec->key_count) - 1;
  unsigned form = choose_below(choose, 10), count = 0;
  if (form == 0) { /* CUBE */
    for (uint64_t set = 0; set <= all; set++)
      add_set(sets, &count, set);
  } else if (form == 1) { /* ROLLUP */
    for (unsigned keys = 0; keys <= spec->key_count; keys++)
      add_set(sets, &count, (1U << keys) - 1);
  } else if (form == 2) {
    for (unsigned i = 1 + choose_below(choose, 4); i > 0; i--)
      add_set(sets, &count, choose_below(choose, (uint32_t)all + 1));
  } else {
    add_set(sets, &count, all);
  }
  spec->sets = sets;
  spec->set_count = count;
}

static void
choose_order(struct choose *choose, struct random_pass *pass, struct rollup_aggregate *aggregate)
{
  unsigned count = 1 + choose_below(choose, 2);
  struct rollup_order *order = arena_alloc(&pass->arena, (count + 1) * sizeof *order);
  for (unsigned i = 0; i <= count; i++) {
    order[i].column = choose_below(choose, pass->spec.column_count);
    order[i].descending = choose_percent(choose, 50);
    order[i].nulls_first = choose_percent(choose, 50);
  }
  order[count].column = (unsigned)aggregate->argument; /* ties are between equal arguments */
  aggregate->order = order;
  aggregate->order_count = count + 1;
  aggregate->skip_null_argument = choose_percent(choose, 40);
  aggregate->skip_null_order = choose_percent(choose, 40);
}

/* Rows of several columns, perhaps the same one twice. */
static void
choose_others(struct choose *choose, struct random_pass *pass, struct rollup_aggregate *aggregate)
{
  unsigned count = 1 + choose_below(choose, 3);
  unsigned *others = arena_alloc(&pass->arena, count * sizeof *others);
  for (unsigned i = 0; i < count; i++)
    others[i] = choose_below(choose, pass->spec.column_count);
  aggregate->others = others;
  aggregate->other_count = count;
}

static void
choose_aggregate(struct choose *choose, struct random_pass *pass,
                 struct rollup_aggregate *aggregate)
{
  *aggregate = (struct rollup_aggregate){.argument = -1, .filter = -1, .scale = 1};
  if (choose_percent(choose, 25))
    aggregate->filter = (int)choose_below(choose, 2);
  aggregate->function = (enum rollup_function)choose_below(choose, ROLLUP_FIRST + 1);
  if (aggregate->function == ROLLUP_COUNT_ROWS)
    return;
  unsigned column = choose_below(choose, pass->spec.column_count);
  aggregate->argument = (int)column;
  if (aggregate->function == ROLLUP_FIRST)
    choose_order(choose, pass, aggregate);
  if (aggregate->function == ROLLUP_COUNT_DISTINCT && choose_percent(choose, 40))
    choose_others(choose, pass, aggregate);
  bool adds = aggregate->function == ROLLUP_SUM || aggregate->function == ROLLUP_AVERAGE;
  enum rollup_type type = pass->rows.types[column];
  if (adds && !is_number(type))
    aggregate->function = ROLLUP_COUNT;
  bool is_integer = type != ROLLUP_FLOAT && type != ROLLUP_DOUBLE;
  if (aggregate->function == ROLLUP_AVERAGE && is_integer && choose_percent(choose, 40))
    aggregate->scale = 100;
  aggregate->is_decimal =
      aggregate->function == ROLLUP_SUM && type == ROLLUP_INT128 && choose_percent(choose, 50);
}

/* One distinct count for many groups of small keys, or of a column with many values for each of another. */
static void
choose_crowd(struct choose *choose, struct random_pass *pass, struct rollup_spec *spec,
             struct rollup_aggregate *aggregate)
{
  unsigned most = 0, *keys = arena_alloc(&pass->arena, pass->spec.column_count * sizeof *keys);
  bool by_large = !pass->crowds && choose_percent(choose, 40);
  spec->keys = keys;
  spec->key_count = 0;
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    if (pass->distinct[c] > pass->distinct[most])
      most = c;
    bool is_small = pass->distinct[c] <= 12;
    if (spec->key_count < 6 && (is_small ? !by_large || choose_percent(choose, 30)
                                         : by_large && choose_percent(choose, 50)))
      keys[spec->key_count++] = c;
  }
  aggregate->function = ROLLUP_COUNT_DISTINCT;
  aggregate->argument = (int)most;
  aggregate->other_count = 0;
  if (!pass->crowds && choose_percent(choose, 30))
    choose_others(choose, pass, aggregate);
  if (pass->crowds) { /* runs may be found for its sake */
    pass->spec.find_runs = true;
    pass->spec.rows = pass->rows.rows;
  }
}

bool
random_stream_wanted(void *user, const struct rollup_block *block)
{
  return user != NULL && block != NULL;
}

static bool
is_told(const struct rollup_runs *runs, unsigned column)
{
  for (unsigned c = 0; c < runs->column_count; c++)
    if (runs->columns[c] == column)
      return true;
  return false;
}

/* Keys that are to cut the runs come first: those told, or, for the kernel to find, some with few values. */
static unsigned
lead_order(struct choose *choose, const struct random_pass *pass, const struct rollup_spec *spec,
           unsigned *order)
{
  const struct rollup_runs *runs = &pass->spec.runs;
  unsigned wanted = pass->spec.find_runs ? 1 + choose_below(choose, 3) : 0, led = 0;
  bool told = runs->column_count > 0 && (wanted == 0 || choose_percent(choose, 50));
  for (unsigned k = 0; k < spec->key_count; k++)
    if (told ? is_told(runs, spec->keys[k]) : led < wanted && pass->distinct[spec->keys[k]] <= 60)
      order[led++] = k;
  return told && led < runs->column_count ? 0 : led;
}

static void
shuffle(struct choose *choose, unsigned *order, unsigned count)
{
  for (unsigned k = count; k > 1; k--) {
    unsigned other = choose_below(choose, k), kept = order[k - 1];
    order[k - 1] = order[other];
    order[other] = kept;
  }
}

static void
choose_stream(struct choose *choose, struct random_pass *pass, struct rollup_spec *spec)
{
  unsigned *order = arena_alloc(&pass->arena, (spec->key_count + 1) * sizeof *order);
  bool can = spec->set_count == 1 && spec->sets[0] == (1U << spec->key_count) - 1;
  unsigned led = can ? lead_order(choose, pass, spec, order) : 0, count = led;
  if (led == 0 || !choose_percent(choose, 70))
    return;
  for (unsigned k = 0; k < spec->key_count; k++) {
    bool leads = false;
    for (unsigned i = 0; i < led; i++)
      leads = leads || order[i] == k;
    if (!leads)
      order[count++] = k;
  }
  shuffle(choose, order, led);
  shuffle(choose, order + led, count - led);
  if (choose_percent(choose,
                     60)) /* the key with most values first: one order that the kernel gives */
    for (unsigned k = led + 1; k < count; k++)
      if (pass->distinct[spec->keys[order[k]]] > pass->distinct[spec->keys[order[led]]]) {
        unsigned kept = order[led];
        order[led] = order[k];
        order[k] = kept;
      }
  if (count > 0 && choose_percent(choose, 20))
    count--;
  spec->stream_order = order;
  spec->stream_order_count = count;
  spec->stream_fixed = choose_below(choose, (led < count ? led : count) + 1);
  spec->stream = random_stream_wanted;
}

void
random_rollup(struct choose *choose, struct random_pass *pass, struct rollup_spec *ret_spec)
{
  *ret_spec = (struct rollup_spec){.where = -1};
  if (choose_percent(choose, 30))
    ret_spec->where = (int)choose_below(choose, 2);
  choose_keys(choose, pass, ret_spec);
  unsigned count = choose_below(choose, 6);
  struct rollup_aggregate *aggregates = arena_alloc(&pass->arena, (count + 1) * sizeof *aggregates);
  for (unsigned a = 0; a < count; a++)
    choose_aggregate(choose, pass, &aggregates[a]);
  if (count > 0 && (pass->crowds || choose_percent(choose, 20)))
    choose_crowd(choose, pass, ret_spec, &aggregates[0]);
  choose_sets(choose, pass, ret_spec);
  ret_spec->aggregates = aggregates;
  ret_spec->aggregate_count = count;
  if (!pass->crowds)
    choose_stream(choose, pass, ret_spec);
}

static uint32_t
longest_text(const struct sheet *rows, unsigned column)
{
  uint32_t longest = 0;
  const struct rollup_string *texts = rows->values[column];
  struct rollup_column values = sheet_column(rows, column);
  for (uint32_t i = 0; rows->types[column] == ROLLUP_STRING && i < rows->rows; i++)
    if (rollup_is_valid(&values, i) && texts[i].length > longest)
      longest = texts[i].length;
  return longest;
}

static bool
is_long_text(const struct random_pass *pass, unsigned column, uint32_t small)
{
  enum { LONGEST = 247 };
  return pass->distinct[column] > small && longest_text(&pass->rows, column) > LONGEST;
}

/* Texts in an order are small columns, or fit words. */
static bool
can_refuse(const struct random_pass *pass, const struct rollup_aggregate *aggregate, uint32_t small)
{
  if (aggregate->argument < 0 || aggregate->function == ROLLUP_COUNT ||
      aggregate->function == ROLLUP_COUNT_DISTINCT)
    return false;
  bool can = is_long_text(pass, (unsigned)aggregate->argument, small);
  for (unsigned i = 0; i < aggregate->order_count; i++)
    can = can || is_long_text(pass, aggregate->order[i].column, small);
  return can;
}

static bool
counts(const struct rollup_aggregate *aggregate, unsigned column)
{
  bool found = aggregate->argument == (int)column;
  for (unsigned i = 0; i < aggregate->other_count; i++)
    found = found || aggregate->others[i] == column;
  return found && aggregate->function == ROLLUP_COUNT_DISTINCT;
}

static bool
counts_distinct(const struct rollup_spec *spec, unsigned column)
{
  for (unsigned a = 0; a < spec->aggregate_count; a++)
    if (counts(&spec->aggregates[a], column))
      return true;
  return false;
}

bool
random_rollup_is_core(const struct random_pass *pass, const struct rollup_spec *spec,
                      uint32_t small)
{
  enum { WORDS_MOST = 64, TEXT_WORDS = 31, OTHER_WORDS = 3 };
  unsigned words = 0;
  for (unsigned a = 0; a < spec->aggregate_count; a++)
    if (can_refuse(pass, &spec->aggregates[a], small))
      return false;
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    if ((!has_key(spec, c) && !counts_distinct(spec, c)) || pass->distinct[c] <= small)
      continue;
    if (is_long_text(pass, c, small))
      return false;
    words += pass->rows.types[c] == ROLLUP_STRING ? TEXT_WORDS : OTHER_WORDS;
  }
  return words <= WORDS_MOST;
}
