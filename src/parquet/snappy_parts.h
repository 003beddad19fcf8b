/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the instructions of Snappy's format, and the encoders of snappy.c. Each appends at `to` and returns the
 * new end. All may write up to PARQUET_SNAPPY_SLACK bytes beyond it.
 */
#pragma once

#include "parquet/snappy.h"

enum {
  PARQUET_SNAPPY_SLACK = 64,
  PARQUET_SNAPPY_FAR = 65535, /* the longest way back of a copy in 3 bytes */
  PARQUET_SNAPPY_COPY_MOST = 64,
};

static inline uint64_t
parquet_load64(const uint8_t *from)
{
  uint64_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

/* A copy of 1 to 64 bytes from 1 to 65535 bytes back; writes 4 bytes. */
static inline uint8_t *
parquet_snappy_copy(uint8_t *to, uint32_t offset, uint32_t length)
{
  if (length >= 4 && length <= 11 && offset < 2048) {
    to[0] = (uint8_t)(1 | (length - 4) << 2 | offset >> 8 << 5);
    to[1] = (uint8_t)offset;
    return to + 2;
  }
  uint32_t copy = 2 | (length - 1) << 2 | offset << 8;
  memcpy(to, &copy, sizeof copy);
  return to + 3;
}

/* Copies of any length from 4 on. */
uint8_t *parquet_snappy_copies(uint8_t *to, uint32_t offset, size_t length);
/* 0 bytes append nothing. */
uint8_t *parquet_snappy_literal(uint8_t *to, const uint8_t *from, size_t length);

uint8_t *parquet_snappy_bytes(uint8_t *to, const uint8_t *from, size_t size, void *table);
uint8_t *parquet_snappy_words(uint8_t *to, const uint8_t *from, size_t size, void *table);
uint8_t *parquet_snappy_texts(uint8_t *to, const uint8_t *from, size_t size);
