/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <string.h>

#define SLOT_BYTES 16u /* of a record in its table's hash, about */

static bool
same_keys(const struct unit *a, const struct unit *b)
{
  return a->small_count == b->small_count &&
         (a->small_count == 0 ||
          memcmp(a->small, b->small, a->small_count * sizeof *a->small) == 0);
}

/* A predicate leaves out more rows than groups. Few groups are kept more cheaply in a table of their own than as a part of the states of
 * all groups. */
static bool
is_rare(const struct rollup_pass *pass, const struct family *family, const struct unit *unit)
{
  unsigned column = pass->layout.codes[unit->where];
  float groups = 2 * pass->knowledge.columns[column].true_share;
  uint32_t own = (family->word_count + unit->key_words) * (uint32_t)sizeof(uint64_t) +
                 unit->state_bytes + SLOT_BYTES;
  return groups * (float)own < (float)unit->state_bytes;
}

static struct unit *
find_host(const struct rollup_pass *pass, const struct family *family, const struct unit *unit)
{
  for (unsigned u = 0; u < family->unit_count; u++) {
    struct unit *host = family->units[u];
    if (host->table_bytes == 0 || !same_keys(host, unit))
      continue;
    if (host->groups_where == unit->where ||
        (host->groups_where < 0 && !is_rare(pass, family, unit)))
      return host;
  }
  return NULL;
}

static void
settle(const struct rollup_pass *pass, const struct family *family, struct unit *unit)
{
  struct unit *host = find_host(pass, family, unit);
  host = host == NULL ? unit : host;
  unit->host = host->number;
  unit->state_at = host->table_bytes;
  host->table_bytes += unit->state_bytes;
}

bool
hosts_make(struct rollup_pass *pass, struct family *family)
{
  for (unsigned round = 0; round < 2; round++) /* those without a predicate are hosts of any */
    for (unsigned u = 0; u < family->unit_count; u++)
      if (family->units[u]->kind == UNIT_TABLE && (family->units[u]->where < 0) == (round == 0))
        settle(pass, family, family->units[u]);
  for (unsigned u = 0; u < family->unit_count; u++) {
    struct unit *host = family->units[u];
    if (host->table_bytes == 0)
      continue;
    host->table = rollup_table_new(pass->spec.budget, family->word_count + host->key_words,
                                   family->word_count, host->table_bytes);
    if (host->table == NULL)
      return false;
  }
  for (unsigned u = 0; u < family->unit_count; u++)
    family->units[u]->table = pass->units[family->units[u]->host].table;
  return true;
}
