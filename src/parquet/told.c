/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/told.h"

static bool
may_tell_bounds(const struct parquet_statistics *statistics, enum parquet_shape shape)
{
  if (!statistics->min.is_known || !statistics->max.is_known || statistics->has_nan)
    return false;
  return shape != PARQUET_SHAPE_STRING ||
         (statistics->min.string.length <= PARQUET_BOUND_TEXT_MOST &&
          statistics->max.string.length <= PARQUET_BOUND_TEXT_MOST);
}

static uint8_t
tell(const struct parquet_bound *bound, enum parquet_shape shape, double zero, uint8_t *to)
{
  struct parquet_bound told = *bound;
  if ((shape == PARQUET_SHAPE_FLOAT || shape == PARQUET_SHAPE_DOUBLE) && told.real == 0)
    told.real = zero;
  uint8_t bytes[PARQUET_BOUND_BYTES];
  const void *at;
  size_t size = parquet_bounds_plain(&told, shape, bytes, &at);
  memcpy(to, at, size);
  return (uint8_t)size;
}

struct parquet_told
parquet_told_of(const struct parquet_statistics *statistics, enum parquet_shape shape)
{
  struct parquet_told told = {.null_count = statistics->null_count,
                              .has_bounds = may_tell_bounds(statistics, shape)};
  if (told.has_bounds) {
    told.min_size = tell(&statistics->min, shape, -0.0, told.min);
    told.max_size = tell(&statistics->max, shape, 0.0, told.max);
  }
  return told;
}

void
parquet_told_put(struct parquet_thrift *thrift, int id, const struct parquet_told *told)
{
  parquet_thrift_begin(thrift, id);
  parquet_thrift_i64(thrift, 3, (int64_t)told->null_count);
  if (told->has_bounds) {
    parquet_thrift_binary(thrift, 5, told->max, told->max_size);
    parquet_thrift_binary(thrift, 6, told->min, told->min_size);
    parquet_thrift_bool(thrift, 7, true); /* is_max_value_exact */
    parquet_thrift_bool(thrift, 8, true);
  }
  parquet_thrift_end(thrift);
}
