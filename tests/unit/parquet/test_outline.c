/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/kit.h"
#include "parquet/outline.h"
#include "parquet/thrift.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What a case makes of an ordinary footer: two columns, one of them nested once, two row groups. */
struct oddity {
  const char *name;
  int file_without, element_without, group_without, chunk_without, data_without; /* a field's id */
  int file_with, chunk_with, element_with; /* a field beyond */
  int codecs[2];                           /* by column */
  int chunks;                              /* instead of 2 */
  int64_t rows;                            /* instead of 5 */
  bool long_list, trails, wrong_type;
  bool is_understood;
  int codec;
};

struct footer {
  struct kit_memory memory;
  struct parquet_bytes bytes;
  struct parquet_thrift thrift;
  const struct oddity *odd;
};

static void
put_element(struct footer *footer, const char *name, int children)
{
  struct parquet_thrift *thrift = &footer->thrift;
  parquet_thrift_element_begin(thrift);
  if (children == 0)
    parquet_thrift_i32(thrift, 1, 2);
  if (footer->odd->element_without != 4)
    parquet_thrift_text(thrift, 4, name);
  if (children > 0)
    parquet_thrift_i32(thrift, 5, children);
  if (footer->odd->element_with == 10) { /* logical type: Decimal(2, 9) */
    parquet_thrift_begin(thrift, 10);
    parquet_thrift_begin(thrift, 5);
    parquet_thrift_i32(thrift, 1, 2);
    parquet_thrift_i32(thrift, 2, 9);
    parquet_thrift_end(thrift);
    parquet_thrift_end(thrift);
  }
  parquet_thrift_end(thrift);
}

static void
put_i32_list(struct footer *footer, int id)
{
  if (footer->odd->data_without == id)
    return;
  parquet_thrift_list(&footer->thrift, id, PARQUET_THRIFT_I32, 2);
  parquet_thrift_element_i32(&footer->thrift, 0);
  parquet_thrift_element_i32(&footer->thrift, 3);
}

static void
put_number(struct footer *footer, int without, int id, int64_t value)
{
  if (without != id)
    parquet_thrift_i64(&footer->thrift, id, value);
}

static void
put_data(struct footer *footer, int column)
{
  struct parquet_thrift *thrift = &footer->thrift;
  int without = footer->odd->data_without;
  parquet_thrift_begin(thrift, 3);
  if (without != 1)
    parquet_thrift_i32(thrift, 1, 2);
  put_i32_list(footer, 2);
  if (without != 3) {
    parquet_thrift_list(thrift, 3, PARQUET_THRIFT_BINARY, 1);
    parquet_thrift_element_text(thrift, "a");
  }
  if (footer->odd->wrong_type)
    parquet_thrift_i64(thrift, 4, footer->odd->codecs[column]);
  else if (without != 4)
    parquet_thrift_i32(thrift, 4, footer->odd->codecs[column]);
  for (int id = 5; id <= 7; id++)
    put_number(footer, without, id, 100 + id);
  put_number(footer, without, 9, 4);
  parquet_thrift_end(thrift);
}

static void
put_group(struct footer *footer)
{
  struct parquet_thrift *thrift = &footer->thrift;
  const struct oddity *odd = footer->odd;
  parquet_thrift_element_begin(thrift);
  if (odd->group_without != 1) {
    int chunks = odd->chunks > 0 ? odd->chunks : 2;
    parquet_thrift_list(thrift, 1, PARQUET_THRIFT_STRUCT, (uint32_t)chunks);
    for (int i = 0; i < chunks; i++) {
      parquet_thrift_element_begin(thrift);
      if (odd->chunk_with == 1)
        parquet_thrift_text(thrift, 1, "another.parquet");
      put_number(footer, odd->chunk_without, 2, 4);
      if (odd->chunk_without != 3)
        put_data(footer, i % 2);
      if (odd->chunk_with > 3)
        parquet_thrift_text(thrift, odd->chunk_with, "");
      parquet_thrift_end(thrift);
    }
  }
  put_number(footer, odd->group_without, 2, 1000);
  put_number(footer, odd->group_without, 3, 3);
  parquet_thrift_end(thrift);
}

static void
footer_make(struct footer *footer, const struct oddity *odd)
{
  struct parquet_thrift *thrift = &footer->thrift;
  *footer = (struct footer){.odd = odd};
  kit_memory_init(&footer->memory);
  footer->bytes = (struct parquet_bytes){.allocator = &footer->memory.allocator};
  footer->thrift = (struct parquet_thrift){.out = &footer->bytes};
  if (odd->file_without != 1)
    parquet_thrift_i32(thrift, 1, 1);
  if (odd->file_without != 2) {
    parquet_thrift_list(thrift, 2, PARQUET_THRIFT_STRUCT, odd->long_list ? 4000 : 4);
    put_element(footer, "schema", 2);
    put_element(footer, "a", 0);
    put_element(footer, "b", 1);
    put_element(footer, "element", 0);
  }
  put_number(footer, odd->file_without, 3, odd->rows != 0 ? odd->rows : 5);
  if (odd->file_without != 4) {
    parquet_thrift_list(thrift, 4, PARQUET_THRIFT_STRUCT, 2);
    put_group(footer);
    put_group(footer);
  }
  if (odd->file_with > 4)
    parquet_thrift_text(thrift, odd->file_with, "x");
  parquet_thrift_end(thrift);
  if (odd->trails)
    parquet_bytes_append(&footer->bytes, "\0", 1);
  assert_false(footer->bytes.is_broken);
}

static const struct oddity oddities[] = {
    {.name = "ordinary", .codecs = {1, 1}, .is_understood = true, .codec = 1},
    {.name = "two codecs", .codecs = {1, 6}, .is_understood = true, .codec = PARQUET_OUTLINE_MIXED},
    {.name = "uncompressed", .is_understood = true},
    {.name = "created by", .file_with = 6, .is_understood = true},
    {.name = "a logical type", .element_with = 10, .is_understood = true},
    {.name = "an unknown codec", .codecs = {0, 8}},
    {.name = "a codec below 0", .codecs = {-1, -1}},
    {.name = "encrypted", .file_with = 8},
    {.name = "signed", .file_with = 9},
    {.name = "a chunk in another file", .chunk_with = 1},
    {.name = "a chunk with a key of its own", .chunk_with = 8},
    {.name = "an encrypted chunk", .chunk_with = 9},
    {.name = "no version", .file_without = 1},
    {.name = "no schema", .file_without = 2},
    {.name = "no rows", .file_without = 3},
    {.name = "no row groups", .file_without = 4},
    {.name = "no name", .element_without = 4},
    {.name = "no chunks", .group_without = 1},
    {.name = "no bytes", .group_without = 2},
    {.name = "no rows of a group", .group_without = 3},
    {.name = "no offset of a chunk", .chunk_without = 2},
    {.name = "no facts of a chunk", .chunk_without = 3},
    {.name = "no type", .data_without = 1},
    {.name = "no encodings", .data_without = 2},
    {.name = "no path", .data_without = 3},
    {.name = "no codec", .data_without = 4},
    {.name = "no values", .data_without = 5},
    {.name = "no sizes", .data_without = 6},
    {.name = "no page", .data_without = 9},
    {.name = "a codec of another type", .wrong_type = true},
    {.name = "a chunk too many", .chunks = 3},
    {.name = "a chunk too few", .chunks = 1},
    {.name = "fewer than no rows", .rows = -1},
    {.name = "a list that is longer than the footer", .long_list = true},
    {.name = "bytes after the end", .trails = true},
};

static void
test_oddities(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof oddities / sizeof oddities[0]; i++) {
    const struct oddity *odd = &oddities[i];
    struct footer footer;
    struct parquet_outline outline;
    footer_make(&footer, odd);
    bool understood = parquet_outline_read(footer.bytes.at, footer.bytes.size, &outline);
    if (understood != odd->is_understood)
      fail_msg("%s: %sunderstood", odd->name, understood ? "" : "not ");
    if (understood) {
      assert_int_equal(outline.rows, 5);
      assert_int_equal(outline.row_groups, 2);
      assert_int_equal(outline.codec, odd->codec);
    }
    parquet_bytes_free(&footer.bytes);
  }
}

/* From the list's header to the end of its last element. */
static void
test_schema(void **state)
{
  (void)state;
  struct footer plain, typed;
  struct parquet_outline outlines[2];
  footer_make(&plain, &oddities[0]);
  footer_make(&typed, &oddities[4]);
  assert_true(parquet_outline_read(plain.bytes.at, plain.bytes.size, &outlines[0]));
  assert_true(parquet_outline_read(typed.bytes.at, typed.bytes.size, &outlines[1]));
  struct reader_span span = {plain.bytes.at, plain.bytes.at + plain.bytes.size};
  struct reader_span list = reader_find(span, 2, NULL);
  assert_ptr_equal(outlines[0].schema, list.at);
  reader_skip(&list, PARQUET_THRIFT_LIST);
  assert_ptr_equal(outlines[0].schema + outlines[0].schema_bytes, list.at);
  assert_true(outlines[1].schema_bytes > outlines[0].schema_bytes);
  parquet_bytes_free(&plain.bytes);
  parquet_bytes_free(&typed.bytes);
}

/* In a block of just that size, so that a byte too many is seen. */
static bool
reads(const uint8_t *bytes, size_t size, struct parquet_outline *ret_outline)
{
  uint8_t *copy = malloc(size + (size == 0));
  assert_non_null(copy);
  if (size > 0)
    memcpy(copy, bytes, size);
  bool understood = parquet_outline_read(copy, size, ret_outline);
  if (understood) {
    assert_true(ret_outline->schema >= copy);
    assert_true(ret_outline->schema_bytes <= size - (size_t)(ret_outline->schema - copy));
  }
  free(copy);
  return understood;
}

static void
test_damage(void **state)
{
  (void)state;
  struct footer footer;
  struct parquet_outline outline;
  footer_make(&footer, &oddities[4]);
  for (size_t size = 0; size < footer.bytes.size; size++)
    assert_false(reads(footer.bytes.at, size, &outline));
  unsigned understood = 0;
  for (size_t i = 0; i < footer.bytes.size * 8; i++) {
    footer.bytes.at[i / 8] ^= (uint8_t)(1 << i % 8);
    understood += reads(footer.bytes.at, footer.bytes.size, &outline);
    footer.bytes.at[i / 8] ^= (uint8_t)(1 << i % 8);
  }
  assert_true(understood > 0 && understood < footer.bytes.size * 8);
  parquet_bytes_free(&footer.bytes);
}

/* Structs in structs, and lists in lists, end somewhere. */
static void
test_depth(void **state)
{
  (void)state;
  enum { DEPTH = 100 * 1000 };
  static const uint8_t nested[] = {0x1c, 0x19};
  struct parquet_outline outline;
  uint8_t *bytes = malloc(DEPTH);
  assert_non_null(bytes);
  for (size_t i = 0; i < sizeof nested; i++) {
    memset(bytes, nested[i], DEPTH);
    bytes[0] = 0x5c; /* field 5, which is skipped */
    assert_false(parquet_outline_read(bytes, DEPTH, &outline));
  }
  free(bytes);
}

static void
test_codec_names(void **state)
{
  (void)state;
  assert_string_equal(parquet_codec_name(0), "UNCOMPRESSED");
  assert_string_equal(parquet_codec_name(6), "ZSTD");
  assert_null(parquet_codec_name(8));
  assert_null(parquet_codec_name(PARQUET_OUTLINE_NO_CODEC));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_oddities), cmocka_unit_test(test_schema),
                                     cmocka_unit_test(test_damage), cmocka_unit_test(test_depth),
                                     cmocka_unit_test(test_codec_names)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
