/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/element.h"
#include "rollup/exact_sum_inline.h"
#include <string.h>

uint32_t
element_run_bytes(const struct element_kind *kind)
{
  return kind->type == ELEMENT_FIRST ? (uint32_t)sizeof(uint32_t) : kind->bytes;
}

void
element_clear(const struct element_kind *kind, void *elements, size_t count)
{
  if (count == 0)
    return;
  if (kind->type != ELEMENT_REAL) {
    memset(elements, kind->type == ELEMENT_FIRST ? 0xff : 0, count * element_run_bytes(kind));
    return;
  }
  struct exact_sum *sums = elements;
  for (size_t i = 0; i < count; i++)
    sums[i] = exact_sum_at(kind->sum_base);
}

/* Without memory for ranks the pass fails (pass_check_memory). */
uint64_t
rank_of(struct rank_view *view, uint64_t code)
{
  if (view->dictionary == NULL)
    return code;
  if (__builtin_expect(code >= view->count, 0)) {
    view->count = dictionary_count(view->dictionary);
    view->ranks = dictionary_ranks(view->dictionary);
    if (view->ranks == NULL) {
      view->count = 0;
      return code;
    }
  }
  return view->ranks[code];
}

static inline void
merge_code(uint64_t *target, uint64_t source, bool least, struct rank_view *view)
{
  if (source == 0)
    return;
  if (*target != 0) {
    uint64_t left = rank_of(view, source - 1);
    uint64_t right = rank_of(view, *target - 1);
    if (least ? left >= right : left <= right)
      return;
  }
  *target = source;
}

static inline void
merge_number(uint64_t *target, uint64_t source)
{
  *target = source > *target ? source : *target;
}

static inline void
merge_window(struct element_window *target, const struct element_window *source)
{
  __extension__ typedef unsigned __int128 uint128;
  uint128 sum =
      ((uint128)target->high << 64 | target->low) + ((uint128)source->high << 64 | source->low);
  target->low = (uint64_t)sum;
  target->high = (uint64_t)(sum >> 64);
}

static inline void
merge_integer(struct element_integer *target, const struct element_integer *source)
{
  uint64_t low = target->low + source->low;
  target->high += source->high + (low < target->low);
  target->low = low;
  target->count += source->count;
}

static inline void
merge_extreme(struct element_extreme *target, const struct element_extreme *source)
{
  if (element_extreme_get(source) > element_extreme_get(target))
    *target = *source;
}

static void
merge_set(uint64_t *target, const uint64_t *source, unsigned words)
{
  for (unsigned w = 0; w < words; w++)
    target[w] |= source[w];
}

/* Whether a comes before b. */
static bool
comes_first(const struct element_kind *kind, const uint64_t *a, const uint64_t *b)
{
  for (unsigned i = 0; i < kind->order_count; i++) {
    const struct first_order *order = &kind->order[i];
    bool null_a = (a[0] & FIRST_NULL_KEY << order->mark) != 0;
    bool null_b = (b[0] & FIRST_NULL_KEY << order->mark) != 0;
    if (null_a != null_b)
      return null_a == order->nulls_first;
    if (null_a)
      continue;
    struct rank_view view = {.dictionary = order->dictionary};
    uint64_t left = rank_of(&view, first_get(a, order->place));
    uint64_t right = rank_of(&view, first_get(b, order->place));
    if (left != right)
      return order->descending ? left > right : left < right;
  }
  return false;
}

void
element_merge_state(const struct element_kind *kind, void *target, const void *source)
{
  switch (kind->type) {
  case ELEMENT_COUNT:
    *(uint64_t *)target += *(const uint64_t *)source;
    break;
  case ELEMENT_REAL:
    exact_sum_merge_inline(target, source, kind->sum_memory);
    break;
  case ELEMENT_WINDOW:
    merge_window(target, source);
    break;
  case ELEMENT_INTEGER:
    merge_integer(target, source);
    break;
  case ELEMENT_INTEGER_128:
    integer_sum_merge(target, source);
    break;
  case ELEMENT_MIN_128:
  case ELEMENT_MAX_128:
    merge_extreme(target, source);
    break;
  case ELEMENT_MIN:
  case ELEMENT_MAX: {
    struct rank_view view = {.dictionary = kind->dictionary};
    if (kind->dictionary == NULL)
      merge_number(target, *(const uint64_t *)source);
    else
      merge_code(target, *(const uint64_t *)source, kind->type == ELEMENT_MIN, &view);
    break;
  }
  case ELEMENT_FIRST: {
    const uint64_t *from = source, *to = target;
    if ((from[0] & FIRST_HAS_ROW) != 0 &&
        ((to[0] & FIRST_HAS_ROW) == 0 || comes_first(kind, from, to)))
      memcpy(target, source, kind->bytes);
    break;
  }
  case ELEMENT_SET:
    merge_set(target, source, kind->set_words);
    break;
  }
}

void
element_free(const struct element_kind *kind, void *element)
{
  if (kind->type == ELEMENT_REAL)
    exact_sum_clear(element);
}

#define EACH(body)                                                                                 \
  for (size_t i = 0; i < count; i++)                                                               \
    if (narrow != NULL || index[i] != UINT32_MAX) {                                                \
      void *target = (char *)base + (narrow != NULL ? narrow[i] : index[i]) * stride;              \
      body;                                                                                        \
    }

static inline __attribute__((always_inline)) void
merge(const struct element_kind *kind, void *base, size_t stride, const uint32_t *index,
      const uint16_t *narrow, const void *sources, size_t count)
{
  switch (kind->type) {
  case ELEMENT_COUNT: {
    const uint64_t *counts = sources;
    EACH(*(uint64_t *)target += counts[i])
    break;
  }
  case ELEMENT_REAL: {
    const struct exact_sum *sums = sources;
    EACH(exact_sum_merge_inline(target, &sums[i], kind->sum_memory))
    break;
  }
  case ELEMENT_WINDOW: {
    const struct element_window *windows = sources;
    EACH(merge_window(target, &windows[i]))
    break;
  }
  case ELEMENT_INTEGER: {
    const struct element_integer *sums = sources;
    EACH(merge_integer(target, &sums[i]))
    break;
  }
  case ELEMENT_INTEGER_128: {
    const struct integer_sum *sums = sources;
    EACH(integer_sum_merge(target, &sums[i]))
    break;
  }
  case ELEMENT_MIN_128:
  case ELEMENT_MAX_128: {
    const struct element_extreme *extremes = sources;
    EACH(merge_extreme(target, &extremes[i]))
    break;
  }
  case ELEMENT_MIN:
  case ELEMENT_MAX: {
    const uint64_t *extremes = sources;
    struct rank_view view = {.dictionary = kind->dictionary};
    bool least = kind->type == ELEMENT_MIN;
    if (kind->dictionary == NULL) {
      EACH(merge_number(target, extremes[i]))
    } else {
      EACH(merge_code(target, extremes[i], least, &view))
    }
    break;
  }
  case ELEMENT_SET: {
    const uint64_t *sets = sources;
    EACH(merge_set(target, &sets[i * kind->set_words], kind->set_words))
    break;
  }
  case ELEMENT_FIRST:
    break;
  }
}

void
element_merge(const struct element_kind *kind, void *base, size_t stride, const uint32_t *index,
              const void *sources, size_t count)
{
  merge(kind, base, stride, index, NULL, sources, count);
}

void
element_merge_narrow(const struct element_kind *kind, void *base, const uint16_t *index,
                     const void *sources, size_t count)
{
  if (count > 0)
    merge(kind, base, kind->bytes, NULL, index, sources, count);
}
