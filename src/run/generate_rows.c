/* SPDX-License-Identifier: Apache-2.0
 *
 * Only +, -, *, / and sqrt on doubles, which IEEE 754 rounds alike everywhere; pow() would differ between machines in
 * the last bit. The random columns are DuckDB's hash of 8 x row + column, with the seed's bits flipped into it:
 * hash(row, column) of two arguments has correlated columns (0.97 between neighbours, measured). */
#include "run/generate_parts.h"

#define ROWS_A_FILE    5000000u
#define WEEKDAY_WEIGHT 100u
#define WEEKEND_EXTRA  30u
#define GROWTH         50u /* of the last day over the first */

static guint64
weight_of(guint32 day, guint index, guint days)
{
  bool weekend = day % 7 == 6 || day % 7 == 0; /* day 1 of GDate is a Monday */
  return WEEKDAY_WEIGHT + (weekend ? WEEKEND_EXTRA : 0) + (guint64)GROWTH * index / days;
}

static void
add_day(GArray *files, guint32 day, guint64 lo, guint64 hi)
{
  guint part = 0;
  for (guint64 at = lo; at < hi; at += ROWS_A_FILE) {
    struct generate_file file = {.day = day,
                                 .part = part++,
                                 .lo = at,
                                 .hi = MIN(hi, at + ROWS_A_FILE),
                                 .day_lo = lo,
                                 .day_rows = hi - lo};
    g_array_append_val(files, file);
  }
}

GArray *
generate_files(guint64 rows, guint32 first_day, guint days)
{
  guint64 total = 0;
  for (guint i = 0; i < days; i++)
    total += weight_of(first_day + i, i, days);
  GArray *files = g_array_new(FALSE, FALSE, sizeof(struct generate_file));
  guint64 before = 0;
  for (guint i = 0; i < days; i++) {
    guint64 after = before + weight_of(first_day + i, i, days);
    add_day(files, first_day + i, rows * before / total, rows * after / total);
    before = after;
  }
  return files;
}

const char generate_macros_sql[] =
    "CREATE MACRO share_of(h) AS CAST(h >> 11 AS DOUBLE) * 1.1102230246251565e-16";

/* Murmur's finaliser, so that seeds 1 and 2 have nothing in common. */
static guint64
mix(guint64 seed)
{
  seed += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
  seed = (seed ^ (seed >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
  seed = (seed ^ (seed >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
  return seed ^ (seed >> 31);
}

#define U64 "%" G_GUINT64_FORMAT

char *
generate_rows_sql(const struct generate_file *file, guint64 users, guint64 seed)
{
  const guint32 epoch = 719163; /* 1970-01-01 */
  gint64 midnight_ms = ((gint64)file->day - epoch) * 86400000;
  g_autofree char *key = g_strdup_printf("CAST(" U64 " AS UBIGINT)", mix(seed));
  return g_strdup_printf(
      "SELECT printf('user_%%08d', CAST(floor(" U64
      " * (a * sqrt(a) * sqrt(sqrt(a)))) AS BIGINT)) AS user_id,"
      " (['view', 'view', 'view', 'view', 'view', 'click', 'click', 'click', 'search',"
      " 'add_to_cart', 'purchase', 'login'])[1 + CAST(floor(12 * b) AS BIGINT)] AS event_type,"
      " (['electronics', 'books', 'clothing', 'home', 'sports', 'toys', 'beauty', 'grocery',"
      " 'automotive', 'garden', 'music', 'games', 'health', 'office', 'pets', 'jewelry', 'tools',"
      " 'movies', 'baby', 'shoes'])[1 + CAST(floor(20 * (c * sqrt(c))) AS BIGINT)] AS category,"
      " floor(d * d * d * 50000) / 100 AS \"value\","
      " make_timestamp(1000 * (%" G_GINT64_FORMAT " + least(86399999, CAST(floor((i - " U64
      " + e) * (CAST(86400000 AS DOUBLE) / " U64 ")) AS BIGINT)))) AS \"timestamp\""
      " FROM (SELECT i, share_of(hash(xor(n, k))) AS a, share_of(hash(xor(n + 1, k))) AS b,"
      " share_of(hash(xor(n + 2, k))) AS c, share_of(hash(xor(n + 3, k))) AS d,"
      " share_of(hash(xor(n + 4, k))) AS e"
      " FROM (SELECT range AS i, CAST(range * 8 AS UBIGINT) AS n, %s AS k"
      " FROM range(" U64 ", " U64 ")))",
      users, midnight_ms, file->day_lo, file->day_rows, key, file->lo, file->hi);
}
