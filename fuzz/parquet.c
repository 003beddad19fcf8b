/* SPDX-License-Identifier: Apache-2.0
 *
 * The Parquet writer. The input says how columns are made; what must hold whatever it says:
 *     a file of them, with any codec, read by the tests' own reader (tests/unit/parquet/reader.h) is what went in, and its
 *     statistics are those of the values;
 *     when memory ends at any request, nothing leaks and nothing but that failure is told;
 *     the same bytes as a page of any content, compressed by our Snappy, decompress to themselves.
 */
#include "parquet/kit.h"
#include "parquet/snappy.h"

enum { COLUMNS_MOST = 4, GROUPS_MOST = 2, TYPES = 15, ROWS_MOST = 12000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input, byte by byte; then numbers that follow from it. */
struct dice {
  const uint8_t *at, *end;
  uint64_t seed;
};

static uint8_t
next_byte(struct dice *dice)
{
  dice->seed = dice->seed * 6364136223846793005ull + 1442695040888963407ull;
  if (dice->at == dice->end)
    return (uint8_t)(dice->seed >> 56);
  dice->seed ^= *dice->at;
  return *dice->at++;
}

static uint32_t
roll(struct dice *dice, uint32_t sides)
{
  uint32_t number = next_byte(dice);
  if (sides > 256)
    number |= (uint32_t)next_byte(dice) << 8 | (uint32_t)next_byte(dice) << 16;
  return number % sides;
}

/* How a column's values follow one another. */
struct habit {
  uint32_t kinds; /* how many values there are, about */
  uint32_t run;   /* how often a value stays */
  bool is_sorted;
  uint32_t null_percent; /* where NULLs are at all */
  uint32_t null_from;
  uint32_t text_most;
};

struct column {
  uint8_t *values; /* an exact block */
  uint64_t *validity;
  char *texts;
};

static const uint8_t sizes[TYPES] = {1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 2, 4, 8, 16, 16};

static void
put_value(struct column *column, enum parquet_type type, uint32_t row, uint32_t kind,
          const struct habit *habit)
{
  uint8_t *to = column->values + (size_t)sizes[type] * row;
  uint64_t mixed = (uint64_t)kind * 0x9e3779b97f4a7c15ull;
  uint64_t words[2] = {habit->is_sorted ? kind : mixed, mixed >> 60};
  double real = kind % 64 == 63 ? __builtin_nan("") : (double)(int32_t)mixed / 100;
  float single = (float)real;
  if (type == PARQUET_STRING) {
    char *text = column->texts + (size_t)row * (habit->text_most + 1);
    uint32_t length = kind % (habit->text_most + 1);
    for (uint32_t i = 0; i < length; i++)
      text[i] = (char)('a' + (kind >> (i % 7)) % 3);
    struct parquet_string string = kit_string(text, length);
    memcpy(to, &string, sizeof string);
    return;
  }
  if (type == PARQUET_BOOL)
    words[0] &= 1;
  if (type == PARQUET_DOUBLE)
    memcpy(words, &real, sizeof real);
  if (type == PARQUET_FLOAT)
    memcpy(words, &single, sizeof single);
  memcpy(to, words, sizes[type]);
}

static struct habit
take_habit(struct dice *dice, uint32_t rows)
{
  struct habit habit = {.kinds = 1u << roll(dice, 24), .run = 1, .text_most = roll(dice, 48)};
  if (roll(dice, 2) == 0)
    habit.run = 1 + roll(dice, 64);
  habit.is_sorted = roll(dice, 3) == 0;
  habit.null_percent = roll(dice, 4) == 0 ? 100 : roll(dice, 101);
  habit.null_from = roll(dice, 2) == 0 ? 0 : roll(dice, rows);
  return habit;
}

static struct column
make_column(struct dice *dice, enum parquet_type type, uint32_t rows)
{
  struct habit habit = take_habit(dice, rows);
  bool has_validity = roll(dice, 2) == 0;
  struct column column = {malloc((size_t)sizes[type] * rows), NULL, NULL};
  if (has_validity)
    column.validity = calloc((rows + 63) / 64, sizeof *column.validity);
  if (type == PARQUET_STRING)
    column.texts = malloc((size_t)rows * (habit.text_most + 1));
  uint32_t kind = 0;
  for (uint32_t row = 0; row < rows; row++) {
    if (row % habit.run == 0)
      kind = habit.is_sorted ? kind + roll(dice, 3) : roll(dice, 1u << 24) % habit.kinds;
    put_value(&column, type, row, kind, &habit);
    bool is_null = row >= habit.null_from && roll(dice, 100) < habit.null_percent;
    if (has_validity)
      column.validity[row / 64] |= (uint64_t)!is_null << (row % 64);
  }
  return column;
}

static void
column_free(struct column *column)
{
  free(column->values);
  free(column->validity);
  free(column->texts);
}

static void
check_out_of_memory(struct dice *dice, const struct kit_table *table)
{
  struct kit_memory memory;
  kit_memory_init(&memory);
  memory.fails_at = 1 + roll(dice, 200);
  const struct parquet_options options = {.codec = (enum parquet_codec)roll(dice, 3),
                                          .allocator = &memory.allocator};
  if (kit_write(table, &options, kit_path()))
    kit_check(table, kit_path_made());
  READER_MUST(memory.live_blocks == 0);
}

static void
check_table(struct dice *dice)
{
  struct parquet_column columns[COLUMNS_MOST];
  struct column made[COLUMNS_MOST * GROUPS_MOST];
  struct parquet_values values[COLUMNS_MOST * GROUPS_MOST];
  uint32_t rows[GROUPS_MOST], count = 1 + roll(dice, COLUMNS_MOST);
  uint32_t group_count = 1 + roll(dice, GROUPS_MOST);
  for (uint32_t i = 0; i < count; i++)
    columns[i] = (struct parquet_column){"x", (enum parquet_type)roll(dice, TYPES), 3, 1};
  for (uint32_t i = 0; i < group_count; i++) {
    rows[i] = 1 + roll(dice, roll(dice, 4) == 0 ? ROWS_MOST : 256);
    for (uint32_t k = 0; k < count; k++) {
      made[i * count + k] = make_column(dice, columns[k].type, rows[i]);
      values[i * count + k] =
          (struct parquet_values){made[i * count + k].values, made[i * count + k].validity};
    }
  }
  const struct kit_table table = {columns, count, values, rows, group_count};
  kit_round_trip(&table);
  check_out_of_memory(dice, &table);
  for (uint32_t i = 0; i < group_count * count; i++)
    column_free(&made[i]);
}

/* The input itself as a page. Texts have lengths that fit, as src/parquet makes them. */
static void
check_snappy(const uint8_t *data, size_t size)
{
  static _Alignas(8) uint8_t table[PARQUET_SNAPPY_TABLE_BYTES];
  if (size == 0)
    return;
  uint8_t *packed = malloc(parquet_snappy_bound(size)), *back = malloc(size), *page = malloc(size);
  READER_MUST(packed != NULL && back != NULL && page != NULL);
  memcpy(page, data, size);
  size_t values_at = data[0] % size;
  for (size_t at = values_at; at < size;) {
    uint32_t length = 0, left = (uint32_t)(size - at);
    if (left < 4) {
      values_at = size; /* no whole record is left: all of it is levels */
      break;
    }
    length = page[at] % 40;
    length = left - 4 - (length < left - 4 ? length : left - 4) < 4 ? left - 4 : length;
    memcpy(page + at, &length, 4);
    at += 4 + (size_t)length;
  }
  for (int content = 0; content <= PARQUET_CONTENT_TEXTS; content++) {
    const struct parquet_raw raw = {page, size, values_at, (enum parquet_content)content};
    size_t bytes = parquet_snappy_compress(&raw, table, packed);
    READER_MUST(bytes <= parquet_snappy_bound(size));
    reader_snappy((struct reader_span){packed, packed + bytes}, back, size);
    READER_MUST(memcmp(back, page, size) == 0);
  }
  free(packed);
  free(back);
  free(page);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  struct dice dice = {data, data + size, 1};
  check_table(&dice);
  check_snappy(data, size);
  return 0;
}
