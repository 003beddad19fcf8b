/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/rollup: what sort.h is made of. Keys are 64-bit numbers put together from the bits that vary.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sorts by bits [low, low + bits), stable: least significant digit first. keys and other are count long; gives back the
 * one of the two that holds the result. */
uint64_t *radix_sort(uint64_t *keys, uint64_t *other, uint32_t count, unsigned low, unsigned bits);

/* keys[i] = keys[i] << popcount(mask) | the bits of words[r] under mask, pushed together; r is rows[i], or i without rows.
 * When is_first is true, keys[i] counts as 0. plain forces the code without newer instructions. */
void radix_append_bits(uint64_t *keys, const uint64_t *words, uint64_t mask, const uint32_t *rows,
                       uint32_t count, bool is_first, bool plain);

/* The highest bits of mask, at most count of them. */
uint64_t radix_leading_bits(uint64_t mask, unsigned count);
