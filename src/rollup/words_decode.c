/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/words.h"
#include <string.h>

#define SIGN_8  0x80u
#define SIGN_16 0x8000u
#define SIGN_32 0x80000000u
#define SIGN_64 0x8000000000000000u

static uint32_t
float_bits(uint64_t word)
{
  uint32_t bits = (uint32_t)word;
  return bits ^ ((bits & SIGN_32) != 0 ? SIGN_32 : UINT32_MAX);
}

static uint64_t
double_bits(uint64_t word)
{
  return word ^ ((word & SIGN_64) != 0 ? SIGN_64 : UINT64_MAX);
}

void
words_ordered_value(enum rollup_type type, uint64_t word, void *ret_value)
{
  uint64_t bits = word;
  switch (type) {
  case ROLLUP_INT8:
    bits ^= SIGN_8;
    break;
  case ROLLUP_INT16:
    bits ^= SIGN_16;
    break;
  case ROLLUP_INT32:
    bits ^= SIGN_32;
    break;
  case ROLLUP_INT64:
    bits ^= SIGN_64;
    break;
  case ROLLUP_FLOAT:
    bits = float_bits(word);
    break;
  case ROLLUP_DOUBLE:
    bits = double_bits(word);
    break;
  case ROLLUP_BOOL:
  case ROLLUP_UINT8:
  case ROLLUP_UINT16:
  case ROLLUP_UINT32:
  case ROLLUP_UINT64:
    break;
  case ROLLUP_INT128:
  case ROLLUP_STRING:
    return;
  }
  memcpy(ret_value, &bits, rollup_type_bytes(type));
}

/* Nearly all texts have two words: no loop, no call. */
static inline bool
decode_short(const uint64_t *words, size_t stride, void *ret_value, char *text)
{
  uint64_t last = words[stride];
  if (last == UINT64_MAX)
    return false;
  uint64_t bytes[2] = {__builtin_bswap64(words[0]), __builtin_bswap64(last & ~UINT64_C(0xff))};
  struct rollup_string string = {.length = (uint32_t)(last & 0xff) - 1};
  if (string.length <= sizeof string.inlined) {
    memcpy(string.inlined, bytes, sizeof string.inlined);
  } else {
    memcpy(text, bytes, sizeof bytes);
    memcpy(string.pointer.prefix, bytes, sizeof string.pointer.prefix);
    string.pointer.address = text;
  }
  memcpy(ret_value, &string, sizeof string);
  return true;
}

static bool
decode_string(const uint64_t *words, size_t stride, unsigned word_count, void *ret_value,
              char *text)
{
  uint64_t last = words[(word_count - 1) * stride];
  if (last == UINT64_MAX)
    return false;
  uint32_t length = (uint32_t)(last & 0xff) - 1;
  struct rollup_string string = {.length = length};
  char *bytes = length <= sizeof string.inlined ? string.inlined : text;
  for (uint32_t done = 0; done < length; done += 8) {
    uint64_t word = __builtin_bswap64(words[done / 8 * stride]);
    uint32_t left = length - done;
    memcpy(bytes + done, &word, left < 8 ? left : 8);
  }
  if (bytes == text)
    string = rollup_string_of(text, length);
  memcpy(ret_value, &string, sizeof string);
  return true;
}

bool
words_decode(enum rollup_type type, const uint64_t *words, size_t stride, unsigned word_count,
             void *ret_value, char *text)
{
  if (type == ROLLUP_STRING && word_count == 2)
    return decode_short(words, stride, ret_value, text);
  if (type == ROLLUP_STRING)
    return decode_string(words, stride, word_count, ret_value, text);
  if (words[0] != 0)
    return false;
  if (type != ROLLUP_INT128) {
    words_ordered_value(type, words[stride], ret_value);
    return true;
  }
  uint64_t value[2] = {words[2 * stride], words[stride] ^ SIGN_64};
  memcpy(ret_value, value, sizeof value);
  return true;
}
