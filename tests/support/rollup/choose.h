/* SPDX-License-Identifier: Apache-2.0
 *
 * Choices from a string of bytes (a fuzzer's), and when that has ended, or there is none, from a seed.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct choose {
  const uint8_t *bytes;
  size_t left;
  uint64_t state;
};

struct choose choose_from_seed(uint64_t seed);
/* The bytes are not copied. */
struct choose choose_from_bytes(const uint8_t *bytes, size_t size);

/* [0, limit); limit is at least 1. */
uint32_t choose_below(struct choose *choose, uint32_t limit);
/* Never from the bytes: for what is too much to be steered, values of rows above all. */
uint64_t choose_bits(struct choose *choose);
bool choose_percent(struct choose *choose, uint32_t percent);
