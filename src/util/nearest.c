/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text.h"
#include <string.h>

#define WORD_LIMIT 64

/* Edits between a and b, where swapping two neighbours is one edit (optimal string alignment).
 * Three rows of the table are kept: the one being filled and the two before it. */
static guint
distance(const char *a, gsize a_length, const char *b, gsize b_length)
{
  guint rows[3][WORD_LIMIT + 1];
  for (gsize j = 0; j <= b_length; j++)
    rows[0][j] = (guint)j;
  for (gsize i = 1; i <= a_length; i++) {
    guint *row = rows[i % 3];
    const guint *above = rows[(i + 2) % 3];
    const guint *second = rows[(i + 1) % 3];
    row[0] = (guint)i;
    for (gsize j = 1; j <= b_length; j++) {
      char x = g_ascii_tolower(a[i - 1]);
      char y = g_ascii_tolower(b[j - 1]);
      guint best = MIN(MIN(above[j], row[j - 1]) + 1, above[j - 1] + (x == y ? 0 : 1));
      bool swapped =
          i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && y == g_ascii_tolower(a[i - 2]);
      row[j] = swapped ? MIN(best, second[j - 2] + 1) : best;
    }
  }
  return rows[a_length % 3][b_length];
}

const char *
text_nearest(const char *word, const char *const *candidates)
{
  gsize length = strlen(word);
  guint best_distance = (guint)((length + 2) / 3 + 1);
  const char *best = NULL;
  if (length == 0 || length > WORD_LIMIT)
    return NULL;
  for (gsize i = 0; candidates[i] != NULL; i++) {
    gsize candidate_length = strlen(candidates[i]);
    if (candidate_length > WORD_LIMIT)
      continue;
    guint edits = distance(word, length, candidates[i], candidate_length);
    if (edits < best_distance) {
      best_distance = edits;
      best = candidates[i];
    }
  }
  return best;
}
