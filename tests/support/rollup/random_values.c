/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/random_values.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static uint64_t
integer_value(struct choose *choose, unsigned kind, uint32_t i, uint32_t count, unsigned bits)
{
  uint64_t top = UINT64_C(1) << (bits - 1);
  const uint64_t extremes[] = {0, 1, UINT64_MAX, top, top - 1, top + 1, UINT64_C(2) << (bits - 1)};
  switch (kind) {
  case 0:
    return i;
  case 1:
    return i - (uint64_t)(count / 2);
  case 2:
    return choose_bits(choose);
  case 3:
    return i < 7 ? extremes[i] - (i == 6) : choose_bits(choose) >> (choose_bits(choose) % 64);
  case 4:
    return (uint64_t)i * 1000003;
  default:
    return UINT64_C(19000) + i;
  }
}

static void
fill_integers(struct choose *choose, enum rollup_type type, char *values, uint32_t count)
{
  unsigned width = rollup_type_bytes(type), kind = choose_below(choose, 6);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t low = integer_value(choose, kind, i, count, width >= 8 ? 64 : width * 8);
    memcpy(values + (size_t)i * width, &low, width < 8 ? width : 8);
    if (type == ROLLUP_INT128) {
      uint64_t high = (int64_t)low < 0 ? UINT64_MAX : 0;
      if (kind == 2 || kind == 3)
        high = choose_bits(choose) >> (choose_bits(choose) % 64);
      if (kind == 2) /* far from the ends, so that sums stay within 128 bits */
        high = (uint64_t)((int64_t)high >> 20);
      if (kind == 3 && i < 3) /* least, 1, most */
        high = (const uint64_t[]){UINT64_C(1) << 63, 0, UINT64_MAX >> 1}[i];
      memcpy(values + (size_t)i * width + 8, &high, sizeof high);
    }
    if (type == ROLLUP_BOOL)
      values[i] = (char)(low & 1);
  }
}

static double
double_value(struct choose *choose, unsigned kind, uint32_t i)
{
  static const double specials[] = {0.0,
                                    -0.0,
                                    1.0,
                                    -1.0,
                                    0.1,
                                    INFINITY,
                                    1e15,
                                    -INFINITY,
                                    -1e15,
                                    0x1p-1074,
                                    -0x1p-1074,
                                    1e-300,
                                    0x1.fffffffffffffp+1023,
                                    3.3333333333333335};
  enum { SPECIALS = sizeof specials / sizeof *specials };
  uint64_t bits = choose_bits(choose);
  double value;
  switch (kind) {
  case 0:
    return (double)(bits % 100000) / 100;
  case 1:
    return specials[i % SPECIALS];
  case 2: /* NaNs of several payloads and signs among others */
    bits = UINT64_C(0x7ff8000000000000) | (bits & UINT64_C(0x8000000000000fff));
    memcpy(&value, &bits, sizeof value);
    return i % 3 == 0 ? value : specials[i % SPECIALS];
  case 3: /* any exponent */
    bits &= ~(UINT64_C(1) << 62);
    memcpy(&value, &bits, sizeof value);
    return value;
  default:
    return (double)i - 3;
  }
}

static void
fill_doubles(struct choose *choose, enum rollup_type type, char *values, uint32_t count)
{
  unsigned kind = choose_below(choose, 5);
  for (uint32_t i = 0; i < count; i++) {
    double value = double_value(choose, kind, i);
    float single = (float)value;
    if (type == ROLLUP_FLOAT)
      memcpy(values + (size_t)i * sizeof single, &single, sizeof single);
    else
      memcpy(values + (size_t)i * sizeof value, &value, sizeof value);
  }
}

static int
write_text(unsigned kind, uint64_t bits, uint32_t i, char *text, size_t size)
{
  static const char *const specials[] = {"",
                                         "a",
                                         "B",
                                         "\xc3\x84",
                                         "\xe6\x97\xa5\xe6\x9c\xac",
                                         "x y",
                                         "it's",
                                         "abcdefghijkl",
                                         "abcdefghijklm",
                                         "abcdefgh",
                                         "abcdefghi",
                                         "\xf0\x9f\x94\xa5",
                                         "aa",
                                         "a\x01",
                                         "abcdefghijkk"};
  enum { SPECIALS = sizeof specials / sizeof *specials };
  static const char fill[] =
      "................................................................................"
      "................................................................................"
      "................................................................................"
      "................................................................................";
  switch (kind) {
  case 0:
    return snprintf(text, size, "v%u", i);
  case 1:
    return snprintf(text, size, "user_%08u", i);
  case 2:
    return i < SPECIALS ? snprintf(text, size, "%s", specials[i]) : snprintf(text, size, "%x", i);
  case 3: /* equal beginnings */
    return snprintf(text, size, "the same beginning of all %u", i);
  case 4: /* equal ends, any length */
    return snprintf(text, size, "%u%.*s", i, (int)(bits % 60), fill);
  case 5: /* about as long as the kernel's words may be */
    return snprintf(text, size, "%.*s%u", (int)(230 + bits % 20), fill, i);
  case 6: /* longer */
    return snprintf(text, size, "%.*s%u", (int)(bits % 270), fill, i);
  default:
    return snprintf(text, size, "%llx", (unsigned long long)bits);
  }
}

static void
fill_texts(struct choose *choose, struct arena *arena, struct rollup_string *values, uint32_t count)
{
  static const unsigned kinds[] = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 7};
  unsigned kind = kinds[choose_below(choose, sizeof kinds / sizeof *kinds)];
  bool nuls = choose_percent(choose, 4);
  for (uint32_t i = 0; i < count; i++) {
    char text[300];
    uint32_t length = (uint32_t)write_text(kind, choose_bits(choose), i, text, sizeof text);
    if (nuls && i % 3 == 0) /* ends in NUL bytes, or is nothing but */
      text[length++] = '\0';
    const char *kept = arena_copy(arena, text, length);
    values[i] = rollup_string_of(kept, length);
  }
}

void *
random_values(struct choose *choose, struct arena *arena, enum rollup_type type, uint32_t count)
{
  void *values = arena_alloc(arena, (size_t)count * rollup_type_bytes(type));
  if (type == ROLLUP_STRING)
    fill_texts(choose, arena, values, count);
  else if (type == ROLLUP_FLOAT || type == ROLLUP_DOUBLE)
    fill_doubles(choose, type, values, count);
  else
    fill_integers(choose, type, values, count);
  return values;
}
