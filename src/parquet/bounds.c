/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/bounds.h"
#include "parquet/plain.h"

/* ---- Integers */

#define INTEGER_BOUNDS(type)                                                                       \
  do {                                                                                             \
    const type *in = dense->values;                                                                \
    type low = in[0], high = in[0];                                                                \
    for (uint32_t i = 1; i < dense->count; i++) {                                                  \
      low = in[i] < low ? in[i] : low;                                                             \
      high = in[i] > high ? in[i] : high;                                                          \
    }                                                                                              \
    made->min.integer = low;                                                                       \
    made->max.integer = high;                                                                      \
    made->min.is_known = made->max.is_known = true;                                                \
  } while (0)

static bool
wide_is_less(const uint64_t a[2], const uint64_t b[2])
{
  return a[1] != b[1] ? (int64_t)a[1] < (int64_t)b[1] : a[0] < b[0];
}

static void
wide_bounds(const struct parquet_dense *dense, struct parquet_statistics *made)
{
  const char *in = dense->values;
  memcpy(made->min.wide, in, 16);
  memcpy(made->max.wide, in, 16);
  for (uint32_t i = 1; i < dense->count; i++) {
    uint64_t wide[2];
    memcpy(wide, in + 16ull * i, 16);
    if (wide_is_less(wide, made->min.wide))
      memcpy(made->min.wide, wide, 16);
    else if (wide_is_less(made->max.wide, wide))
      memcpy(made->max.wide, wide, 16);
  }
  made->min.is_known = made->max.is_known = true;
}

/* ---- Real numbers: LANES minima at once, since one waits for the one before; a NaN is never smaller nor larger */

enum { LANES = 4 };

#define REAL_BOUNDS(type)                                                                          \
  do {                                                                                             \
    const type *in = dense->values;                                                                \
    type low[LANES], high[LANES];                                                                  \
    bool has_nan = false;                                                                          \
    for (unsigned k = 0; k < LANES; k++) {                                                         \
      low[k] = (type)__builtin_inf();                                                              \
      high[k] = -(type)__builtin_inf();                                                            \
    }                                                                                              \
    uint32_t whole = dense->count / LANES * LANES;                                                 \
    for (uint32_t i = 0; i < whole; i += LANES)                                                    \
      for (unsigned k = 0; k < LANES; k++) {                                                       \
        type value = in[i + k];                                                                    \
        low[k] = value < low[k] ? value : low[k];                                                  \
        high[k] = value > high[k] ? value : high[k];                                               \
        has_nan |= value != value;                                                                 \
      }                                                                                            \
    for (uint32_t i = whole; i < dense->count; i++) {                                              \
      low[0] = in[i] < low[0] ? in[i] : low[0];                                                    \
      high[0] = in[i] > high[0] ? in[i] : high[0];                                                 \
      has_nan |= in[i] != in[i];                                                                   \
    }                                                                                              \
    for (unsigned k = 1; k < LANES; k++) {                                                         \
      low[0] = low[k] < low[0] ? low[k] : low[0];                                                  \
      high[0] = high[k] > high[0] ? high[k] : high[0];                                             \
    }                                                                                              \
    made->has_nan = has_nan;                                                                       \
    made->min.is_known = made->max.is_known = low[0] <= high[0];                                   \
    made->min.real = (double)low[0] + 0.0; /* -0.0 + 0.0 is 0.0 */                                 \
    made->max.real = (double)high[0] + 0.0;                                                        \
  } while (0)

/* ---- Texts: the first 16 bytes as one number decide, as a rule */

struct text {
  unsigned __int128 head;
  const struct parquet_string *string;
};

static inline uint64_t
big_endian(const char *bytes)
{
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return __builtin_bswap64(word);
}

static inline unsigned __int128
head_of(const struct parquet_string *string)
{
  uint32_t length = string->length;
  const char *text = parquet_string_text(string);
  uint64_t high = big_endian(text), low;
  if (length <= sizeof string->inlined) {
    uint32_t rest;
    memcpy(&rest, text + 8, sizeof rest);
    low = (uint64_t)__builtin_bswap32(rest) << 32;
    unsigned __int128 head = (unsigned __int128)high << 64 | low;
    return length == 0 ? 0 : head >> (128 - 8 * length) << (128 - 8 * length);
  }
  low = length >= 16 ? big_endian(text + 8) : big_endian(text + length - 8) << 8 * (16 - length);
  return (unsigned __int128)high << 64 | low;
}

static bool
text_is_less(const char *a, uint32_t a_length, const char *b, uint32_t b_length)
{
  int order = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return order != 0 ? order < 0 : a_length < b_length;
}

static bool
string_is_less(const struct parquet_string *a, const struct parquet_string *b)
{
  return text_is_less(parquet_string_text(a), a->length, parquet_string_text(b), b->length);
}

/* Equal heads: the same text over and over, or texts that differ later on. */
static inline bool
differs_later(const struct text *text, const struct text *bound)
{
  return text->head == bound->head &&
         (text->string->length != bound->string->length || text->string->length > 16);
}

/* To the larger one, by arithmetic: whether the next text is larger is anyone's guess in a sorted column. */
static inline void
raise(struct text *high, const struct text *text)
{
  uint64_t take = -(uint64_t)(text->head > high->head);
  uintptr_t strings = (uintptr_t)high->string ^ (uintptr_t)text->string;
  high->head ^= (high->head ^ text->head) & ((unsigned __int128)take << 64 | take);
  high->string = (const struct parquet_string *)((uintptr_t)high->string ^ (strings & take));
}

static bool
text_bounds(const struct parquet_dense *dense, const struct parquet_allocator *allocator,
            struct parquet_statistics *made)
{
  const struct parquet_string *strings = dense->values;
  struct text low = {head_of(strings), strings}, high = low;
  for (uint32_t i = 1; i < dense->count; i++) {
    struct text text = {head_of(&strings[i]), &strings[i]};
    if (differs_later(&text, &high) && string_is_less(high.string, text.string))
      high = text;
    if (text.head < low.head ||
        (differs_later(&text, &low) && string_is_less(text.string, low.string)))
      low = text;
    raise(&high, &text);
  }
  const struct parquet_string *ends[2] = {low.string, high.string};
  struct parquet_bound *bounds[2] = {&made->min, &made->max};
  for (unsigned k = 0; k < 2; k++) {
    char *copy = parquet_allocate(allocator, ends[k]->length);
    if (copy == NULL) {
      parquet_bounds_clear(made, PARQUET_SHAPE_STRING, allocator);
      return false;
    }
    memcpy(copy, parquet_string_text(ends[k]), ends[k]->length);
    bounds[k]->string.text = copy;
    bounds[k]->string.length = ends[k]->length;
    bounds[k]->is_known = true;
  }
  return true;
}

static void
bool_bounds(const struct parquet_dense *dense, struct parquet_statistics *made)
{
  const uint8_t *in = dense->values;
  uint8_t any = 0, all = 1;
  for (uint32_t i = 0; i < dense->count; i++) {
    any |= in[i];
    all &= in[i];
  }
  made->min = (struct parquet_bound){.is_known = true, .integer = all & 1};
  made->max = (struct parquet_bound){.is_known = true, .integer = any & 1};
}

bool
parquet_bounds_make(const struct parquet_dense *dense, uint64_t null_count,
                    const struct parquet_allocator *allocator,
                    struct parquet_statistics *ret_statistics)
{
  struct parquet_statistics *made = ret_statistics;
  *made = (struct parquet_statistics){.null_count = null_count};
  if (dense->count == 0)
    return true;
  switch (dense->shape) {
  case PARQUET_SHAPE_BOOL:
    bool_bounds(dense, made);
    break;
  case PARQUET_SHAPE_INT32:
    INTEGER_BOUNDS(int32_t);
    break;
  case PARQUET_SHAPE_INT64:
    INTEGER_BOUNDS(int64_t);
    break;
  case PARQUET_SHAPE_FLOAT:
    REAL_BOUNDS(float);
    break;
  case PARQUET_SHAPE_DOUBLE:
    REAL_BOUNDS(double);
    break;
  case PARQUET_SHAPE_WIDE:
    wide_bounds(dense, made);
    break;
  case PARQUET_SHAPE_STRING:
    return text_bounds(dense, allocator, made);
  }
  return true;
}

/* ---- Together */

static bool
bound_is_less(const struct parquet_bound *a, const struct parquet_bound *b,
              enum parquet_shape shape)
{
  switch (shape) {
  case PARQUET_SHAPE_FLOAT:
  case PARQUET_SHAPE_DOUBLE:
    return a->real < b->real;
  case PARQUET_SHAPE_WIDE:
    return wide_is_less(a->wide, b->wide);
  case PARQUET_SHAPE_STRING:
    return text_is_less(a->string.text, a->string.length, b->string.text, b->string.length);
  default:
    return a->integer < b->integer;
  }
}

bool
parquet_bounds_ascend(const struct parquet_statistics *a, const struct parquet_statistics *b,
                      enum parquet_shape shape)
{
  return !bound_is_less(&b->min, &a->min, shape) && !bound_is_less(&b->max, &a->max, shape);
}

static void
bound_clear(struct parquet_bound *bound, enum parquet_shape shape,
            const struct parquet_allocator *allocator)
{
  if (shape == PARQUET_SHAPE_STRING && bound->is_known)
    parquet_release(allocator, (void *)(uintptr_t)bound->string.text, bound->string.length);
  *bound = (struct parquet_bound){.is_known = false};
}

static bool
bound_copy(const struct parquet_bound *from, enum parquet_shape shape,
           const struct parquet_allocator *allocator, struct parquet_bound *ret_copy)
{
  struct parquet_bound copy = *from;
  if (shape == PARQUET_SHAPE_STRING) {
    char *text = parquet_allocate(allocator, from->string.length);
    if (text == NULL)
      return false;
    memcpy(text, from->string.text, from->string.length);
    copy.string.text = text;
  }
  *ret_copy = copy;
  return true;
}

bool
parquet_bounds_merge(struct parquet_statistics *into, const struct parquet_statistics *from,
                     enum parquet_shape shape, const struct parquet_allocator *allocator)
{
  struct parquet_bound min = {.is_known = false}, max = min;
  bool takes_min =
      from->min.is_known && (!into->min.is_known || bound_is_less(&from->min, &into->min, shape));
  bool takes_max =
      from->max.is_known && (!into->max.is_known || bound_is_less(&into->max, &from->max, shape));
  if (takes_min && !bound_copy(&from->min, shape, allocator, &min))
    return false;
  if (takes_max && !bound_copy(&from->max, shape, allocator, &max)) {
    bound_clear(&min, shape, allocator);
    return false;
  }
  if (takes_min) {
    bound_clear(&into->min, shape, allocator);
    into->min = min;
  }
  if (takes_max) {
    bound_clear(&into->max, shape, allocator);
    into->max = max;
  }
  into->null_count += from->null_count;
  into->has_nan |= from->has_nan;
  return true;
}

void
parquet_bounds_clear(struct parquet_statistics *statistics, enum parquet_shape shape,
                     const struct parquet_allocator *allocator)
{
  bound_clear(&statistics->min, shape, allocator);
  bound_clear(&statistics->max, shape, allocator);
}

size_t
parquet_bounds_plain(const struct parquet_bound *bound, enum parquet_shape shape, uint8_t *to,
                     const void **ret_bytes)
{
  *ret_bytes = to;
  switch (shape) {
  case PARQUET_SHAPE_BOOL:
    to[0] = (uint8_t)bound->integer;
    return 1;
  case PARQUET_SHAPE_INT32:
    memcpy(to, &(int32_t){(int32_t)bound->integer}, 4);
    return 4;
  case PARQUET_SHAPE_INT64:
    memcpy(to, &bound->integer, 8);
    return 8;
  case PARQUET_SHAPE_FLOAT:
    memcpy(to, &(float){(float)bound->real}, 4);
    return 4;
  case PARQUET_SHAPE_DOUBLE:
    memcpy(to, &bound->real, 8);
    return 8;
  case PARQUET_SHAPE_WIDE:
    parquet_plain_wide(bound->wide, to);
    return 16;
  case PARQUET_SHAPE_STRING:
    *ret_bytes = bound->string.text;
    return bound->string.length;
  }
  return 0;
}
