/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/exact_sum_inline.h"
#include "rollup/kernel.h"
#include <string.h>

/* The rows of a run in the order of its segments; without an entity a row's segment is its combination. */
struct rows {
  const struct grouping *grouping;
  const struct measure *measure;
  const uint8_t *valid; /* NULL: all are */
  uint32_t count;
};

#define AHEAD 40u

/* Runs body for every valid row: `row`, `segment`, its segment, and `ahead`, a row that will come soon: rows in order are anywhere
 * in a run's columns, and are fetched before they are needed. Written once for both layouts. */
#define FOR_ROWS(rows, ...)                                                                        \
  do {                                                                                             \
    const struct grouping *g_ = (rows)->grouping;                                                  \
    const uint8_t *valid_ = (rows)->valid;                                                         \
    if (g_->order == NULL) {                                                                       \
      for (uint32_t row = 0; row < (rows)->count; row++) {                                         \
        uint32_t segment = g_->combo == NULL ? 0 : g_->combo[row], ahead = row;                    \
        (void)ahead;                                                                               \
        if (valid_ == NULL || valid_[row] != 0) {                                                  \
          __VA_ARGS__;                                                                             \
        }                                                                                          \
      }                                                                                            \
    } else {                                                                                       \
      for (uint32_t segment = 0; segment < g_->segment_count; segment++)                           \
        for (uint32_t at_ = g_->segment_start[segment]; at_ < g_->segment_start[segment + 1];      \
             at_++) {                                                                              \
          uint32_t row = g_->order[at_];                                                           \
          uint32_t ahead = g_->order[at_ + AHEAD < g_->row_end ? at_ + AHEAD : at_];               \
          (void)ahead;                                                                             \
          if (valid_ == NULL || valid_[row] != 0) {                                                \
            __VA_ARGS__;                                                                           \
          }                                                                                        \
        }                                                                                          \
    }                                                                                              \
  } while (0)

static void
count_rows(const struct rows *rows, uint64_t *counts)
{
  const struct grouping *grouping = rows->grouping;
  if (grouping->order == NULL || rows->valid != NULL) {
    FOR_ROWS(rows, (void)row; counts[segment]++);
    return;
  }
  for (uint32_t i = 0; i < grouping->segment_count; i++)
    counts[i] = grouping->segment_start[i + 1] - grouping->segment_start[i];
}

static void
sum_reals(const struct rows *rows, struct exact_sum *sums)
{
  const uint64_t *numbers = rows->grouping->piece->numbers[rows->measure->number];
  struct exact_sum_memory *memory = rows->measure->kind.sum_memory;
  FOR_ROWS(rows, __builtin_prefetch(&numbers[ahead]); double value;
           memcpy(&value, &numbers[row], sizeof value);
           exact_sum_add_inline(&sums[segment], value, memory));
}

static void
sum_integers(const struct rows *rows, struct element_integer *sums)
{
  const uint64_t *numbers = rows->grouping->piece->numbers[rows->measure->number];
  bool is_signed = !rows->measure->is_unsigned;
  FOR_ROWS(rows, __builtin_prefetch(&numbers[ahead]);
           uint64_t low = sums[segment].low + numbers[row];
           sums[segment].high += (low < numbers[row]) - (is_signed && (int64_t)numbers[row] < 0);
           sums[segment].low = low; sums[segment].count++);
}

static void
sum_integers_128(const struct rows *rows, struct integer_sum *sums)
{
  const uint64_t *high = rows->grouping->piece->numbers[rows->measure->number];
  const uint64_t *low = rows->grouping->piece->numbers[rows->measure->number + 1];
  FOR_ROWS(rows, __builtin_prefetch(&high[ahead]); __builtin_prefetch(&low[ahead]);
           integer_sum_add(&sums[segment], element_integer_of(high[row], low[row])));
}

/* False: a value that has no window. */
static bool
sum_windows(const struct rows *rows, struct element_window *windows)
{
  __extension__ typedef __int128 int128;
  __extension__ typedef unsigned __int128 uint128;
  const uint64_t *numbers = rows->grouping->piece->numbers[rows->measure->number];
  unsigned base = rows->measure->kind.sum_base;
  bool misfit = false;
  FOR_ROWS(rows, __builtin_prefetch(&numbers[ahead]); uint64_t bits = numbers[row];
           unsigned exponent = (unsigned)(bits >> 52) & 0x7ff; unsigned shift = exponent - base;
           bool fits = shift <= WINDOW_SHIFTS; misfit |= !fits && bits << 1 != 0;
           uint64_t mantissa = fits ? (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52 : 0;
           uint128 sign = (uint128) - (int128)(bits >> 63);
           uint128 sum = ((uint128)windows[segment].high << 64 | windows[segment].low) +
                         ((((uint128)mantissa << (shift & 63)) ^ sign) - sign);
           windows[segment].low = (uint64_t)sum; windows[segment].high = (uint64_t)(sum >> 64));
  return !misfit;
}

/* False: a value at the end of its type. */
static bool
find_numbers(const struct rows *rows, uint64_t *extremes)
{
  const uint64_t *numbers = rows->grouping->piece->numbers[rows->measure->number];
  enum element_type type = rows->measure->kind.type;
  bool has_extreme = false;
  FOR_ROWS(rows, __builtin_prefetch(&numbers[ahead]); uint64_t own = extreme_of(type, numbers[row]);
           has_extreme |= own == 0;
           extremes[segment] = own > extremes[segment] ? own : extremes[segment]);
  return !has_extreme;
}

/* False: as find_numbers. */
static bool
find_numbers_128(const struct rows *rows, struct element_extreme *extremes)
{
  const uint64_t *high = rows->grouping->piece->numbers[rows->measure->number];
  const uint64_t *low = rows->grouping->piece->numbers[rows->measure->number + 1];
  enum element_type type = rows->measure->kind.type;
  bool has_extreme = false;
  FOR_ROWS(rows, __builtin_prefetch(&high[ahead]); __builtin_prefetch(&low[ahead]);
           element_word_128 own =
               extreme_of_128(type, (element_word_128)high[row] << 64 | low[row]);
           has_extreme |= own == 0;
           if (own > element_extreme_get(&extremes[segment])) extremes[segment] =
               (struct element_extreme){.low = (uint64_t)own, .high = (uint64_t)(own >> 64)});
  return !has_extreme;
}

static void
find_codes(const struct rows *rows, uint64_t *extremes)
{
  const struct piece *piece = rows->grouping->piece;
  unsigned slot = (unsigned)rows->measure->code;
  bool least = rows->measure->kind.type == ELEMENT_MIN;
  struct rank_view view = {.dictionary = rows->measure->kind.dictionary};
  FOR_ROWS(rows, uint64_t code = piece_code(piece, slot, row); uint64_t kept = extremes[segment];
           uint64_t rank = rank_of(&view, code);
           uint64_t own = kept == 0 ? 0 : rank_of(&view, kept - 1);
           if (kept == 0 || (least ? rank < own : rank > own)) extremes[segment] = code + 1);
}

static void
collect_codes(const struct rows *rows, uint64_t *sets)
{
  const struct piece *piece = rows->grouping->piece;
  unsigned slot = (unsigned)rows->measure->code;
  unsigned words = rows->measure->kind.set_words;
  FOR_ROWS(rows, unsigned code = piece_code(piece, slot, row);
           sets[segment * words + code / 64] |= UINT64_C(1) << code % 64);
}

static uint64_t
order_word(const struct first_order *order, const struct piece *piece, struct rank_view *view,
           uint32_t row)
{
  if (order->code < 0)
    return piece_values(piece, order->is_text)[order->number][row];
  return rank_of(view, piece_code(piece, (unsigned)order->code, row));
}

/* Whether row a comes before row b; the words before `from` are equal. */
static bool
comes_first_from(const struct measure *measure, const struct piece *piece, unsigned from,
                 uint32_t a, uint32_t b)
{
  for (unsigned i = from; i < measure->order_count; i++) {
    const struct first_order *order = &measure->order[i];
    bool null_a = !piece_is_valid(piece, order->valid, a);
    bool null_b = !piece_is_valid(piece, order->valid, b);
    if (null_a != null_b)
      return null_a == order->nulls_first;
    if (null_a)
      continue;
    struct rank_view view = {.dictionary = order->dictionary};
    uint64_t left = order_word(order, piece, &view, a);
    uint64_t right = order_word(order, piece, &view, b);
    if (left != right)
      return order->descending ? left > right : left < right;
  }
  return false;
}

/* Nearly always words without NULLs decide: the first one, or of texts that begin alike one of the next. */
static inline bool
comes_first(const struct measure *measure, const struct piece *piece, unsigned from, uint32_t a,
            uint32_t b)
{
  unsigned i = from;
  for (; i < measure->order_count; i++) {
    const struct first_order *order = &measure->order[i];
    if (order->code >= 0 || piece->has_null[order->valid])
      break;
    const uint64_t *words = piece_values(piece, order->is_text)[order->number];
    if (words[a] != words[b])
      return (words[a] < words[b]) != order->descending;
  }
  return i < measure->order_count && comes_first_from(measure, piece, i, a, b);
}

/* The words that all texts of a piece begin with, as addresses do, need not be compared. */
static unsigned
common_words(const struct measure *measure, const struct piece *piece)
{
  unsigned i = 0;
  while (i < measure->order_count && measure->order[i].is_text &&
         piece->vary[measure->order[i].number] == 0)
    i++;
  return i;
}

static bool
counts_for_first(const struct measure *measure, const struct piece *piece, uint32_t row)
{
  if (measure->skip_null_argument && !piece_is_valid(piece, measure->valid, row))
    return false;
  return !measure->skip_null_order || measure->order_count == 0 ||
         piece_is_valid(piece, measure->order[0].valid, row);
}

static void
find_first(const struct rows *rows, uint32_t *first)
{
  const struct measure *measure = rows->measure;
  const struct piece *piece = rows->grouping->piece;
  bool all_count = !measure->skip_null_argument && !measure->skip_null_order;
  unsigned from = common_words(measure, piece);
  FOR_ROWS(rows,
           if ((all_count || counts_for_first(measure, piece, row)) &&
               (first[segment] == UINT32_MAX ||
                comes_first(measure, piece, from, row, first[segment]))) first[segment] = row);
}

void
measure_fold_first(const struct measure *measure, const struct piece *piece, uint32_t *to,
                   uint32_t row)
{
  if (row != UINT32_MAX && (*to == UINT32_MAX || comes_first(measure, piece, 0, row, *to)))
    *to = row;
}

void
measure_write_first(const struct measure *measure, const struct piece *piece, uint32_t row,
                    uint64_t *ret_words)
{
  memset(ret_words, 0, measure->kind.bytes);
  uint64_t marks = FIRST_HAS_ROW;
  if (!piece_is_valid(piece, measure->valid, row))
    marks |= FIRST_NULL_ARGUMENT;
  if (measure->code >= 0)
    first_put(ret_words, measure->kind.argument, piece_code(piece, (unsigned)measure->code, row));
  for (unsigned w = 0; measure->code < 0 && w < measure->words; w++)
    ret_words[measure->kind.argument.word + w] =
        piece_values(piece, measure->is_text)[(unsigned)measure->number + w][row];
  for (unsigned i = 0; i < measure->order_count; i++) {
    const struct first_order *order = &measure->order[i];
    if (!piece_is_valid(piece, order->valid, row))
      marks |= FIRST_NULL_KEY << order->mark;
    first_put(ret_words, order->place,
              order->code >= 0 ? piece_code(piece, (unsigned)order->code, row)
                               : piece_values(piece, order->is_text)[order->number][row]);
  }
  ret_words[0] |= marks;
}

/* Nearly always the first word decides, and it has no NULLs. */
static inline bool
loses_at_once(const struct first_order *order, const struct piece *piece, const uint64_t *own,
              uint32_t row)
{
  if (order->code >= 0 || piece->has_null[order->valid] ||
      (own[0] & (FIRST_HAS_ROW | FIRST_NULL_KEY)) != FIRST_HAS_ROW)
    return false;
  uint64_t word = piece_values(piece, order->is_text)[order->number][row];
  return order->descending ? word < own[order->place.word] : word > own[order->place.word];
}

void
measure_merge_first(const struct measure *measure, const struct piece *piece, const uint32_t *rows,
                    void *base, size_t stride, const uint32_t *index, uint32_t count)
{
  uint64_t words[FIRST_WORDS_MOST];
  for (uint32_t i = 0; i < count; i++) {
    if (rows[i] == UINT32_MAX || index[i] == UINT32_MAX)
      continue;
    uint64_t *own = (uint64_t *)(void *)((char *)base + index[i] * stride);
    if (measure->order_count > 0 && loses_at_once(&measure->order[0], piece, own, rows[i]))
      continue;
    measure_write_first(measure, piece, rows[i], words);
    element_merge_state(&measure->kind, own, words);
  }
}

/* A set must hold every code that any worker has given out so far. */
static enum rollup_status
check_set(struct rollup_pass *pass, const struct measure *measure)
{
  uint32_t values = dictionary_count(measure->kind.dictionary);
  if (values <= measure->kind.set_words * 64)
    return ROLLUP_DONE;
  (void)pthread_mutex_lock(&pass->lock);
  pass->knowledge.columns[measure->column].set_words = set_words_for(values);
  (void)pthread_mutex_unlock(&pass->lock);
  return pass_again(pass, "column %u has more than %u values", measure->column,
                    measure->kind.set_words * 64);
}

static enum rollup_status
learn(struct rollup_pass *pass, unsigned column, bool is_window)
{
  (void)pthread_mutex_lock(&pass->lock);
  struct column_knowledge *known = &pass->knowledge.columns[column];
  known->has_extreme |= !is_window;
  known->window_base = is_window ? 0 : known->window_base;
  (void)pthread_mutex_unlock(&pass->lock);
  return pass_again(pass,
                    is_window ? "column %u has NULLs or doubles of very different sizes"
                              : "column %u has a value at the end of its type",
                    column);
}

static enum rollup_status
compute(struct rollup_pass *pass, const struct rows *rows, void *elements)
{
  const struct measure *measure = rows->measure;
  switch (measure->kind.type) {
  case ELEMENT_COUNT:
    count_rows(rows, elements);
    break;
  case ELEMENT_REAL:
    sum_reals(rows, elements);
    break;
  case ELEMENT_WINDOW:
    if (rows->valid != NULL || !sum_windows(rows, elements))
      return learn(pass, measure->column, true);
    break;
  case ELEMENT_INTEGER:
    sum_integers(rows, elements);
    break;
  case ELEMENT_INTEGER_128:
    sum_integers_128(rows, elements);
    break;
  case ELEMENT_MIN_128:
  case ELEMENT_MAX_128:
    if (!find_numbers_128(rows, elements))
      return learn(pass, measure->column, false);
    break;
  case ELEMENT_MIN:
  case ELEMENT_MAX:
    if (measure->code >= 0)
      find_codes(rows, elements);
    else if (!find_numbers(rows, elements))
      return learn(pass, measure->column, false);
    break;
  case ELEMENT_FIRST:
    find_first(rows, elements);
    break;
  case ELEMENT_SET:
    collect_codes(rows, elements);
    break;
  }
  return ROLLUP_DONE;
}

/* By combination, from the segments. */
static bool
fold_combos(struct rollup_worker *worker, const struct measure *measure, unsigned index,
            struct grouping *grouping)
{
  if (grouping->order == NULL) {
    grouping->combo_elements[index] = grouping->elements[index];
    return true;
  }
  struct scratch *scratch = &worker->combo_measures[index];
  if (grouping->combo_elements[index] == NULL) {
    size_t bytes = element_run_bytes(&measure->kind);
    if (!scratch_need(worker->pass->spec.budget, scratch, grouping->combo_count * bytes))
      return false;
    element_clear(&measure->kind, scratch->data, grouping->combo_count);
    grouping->combo_elements[index] = scratch->data;
  }
  if (measure->kind.type == ELEMENT_FIRST) {
    const uint32_t *rows = grouping->elements[index];
    for (uint32_t i = 0; i < grouping->segment_count; i++)
      measure_fold_first(measure, grouping->piece,
                         (uint32_t *)scratch->data + grouping->segment_combo[i], rows[i]);
    return true;
  }
  element_merge_narrow(&measure->kind, scratch->data, grouping->segment_combo,
                       grouping->elements[index], grouping->segment_count);
  return true;
}

enum rollup_status
measures_compute(struct rollup_worker *worker, const struct family *family,
                 struct grouping *grouping)
{
  struct rollup_pass *pass = worker->pass;
  for (unsigned i = 0; i < family->measure_count; i++)
    grouping->elements[i] = NULL;
  for (unsigned i = 0; i < family->measure_count; i++) {
    const struct measure *measure = &family->measures[i];
    enum rollup_status status =
        measure->kind.type == ELEMENT_SET ? check_set(pass, measure) : ROLLUP_DONE;
    if (status != ROLLUP_DONE)
      return status;
    struct scratch *scratch = &worker->measures[i];
    size_t bytes = element_run_bytes(&measure->kind);
    if (!scratch_need(pass->spec.budget, scratch, grouping->segment_count * bytes))
      return pass_no_memory(pass);
    grouping->elements[i] = scratch->data;
    element_clear(&measure->kind, scratch->data, grouping->segment_count);
    bool by_valid = measure->valid >= 0 && grouping->piece->has_null[measure->valid] &&
                    measure->kind.type != ELEMENT_FIRST;
    struct rows rows = {.grouping = grouping,
                        .measure = measure,
                        .valid = by_valid ? grouping->piece->valids[measure->valid] : NULL,
                        .count = grouping->piece->rows};
    if (measure->marks > 0)
      rows.valid = worker->groups[measure->marks - 1].marks.data;
    status = compute(pass, &rows, scratch->data);
    if (status != ROLLUP_DONE)
      return status;
    if (measure->is_for_cells && !fold_combos(worker, measure, i, grouping))
      return pass_no_memory(pass);
  }
  return ROLLUP_DONE;
}
