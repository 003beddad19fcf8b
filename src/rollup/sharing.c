/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

/* Rows of a run that a family of its own costs, counted in visits of a unit to a combination: to number its combinations and
 * measure them; with an entity, to sort its rows and find its entities as well. */
#define FAMILY_COST        1u
#define ENTITY_FAMILY_COST 4u
/* More different wishes than this are not compared with each other. */
#ifndef WISHES_MOST
#define WISHES_MOST 48u
#endif

struct bond {
  uint64_t saved;
  uint32_t combos; /* of both together; 0: not counted yet */
};

struct sharing *
sharing_new(unsigned units)
{
  struct sharing *sharing = calloc(1, sizeof *sharing);
  if (sharing == NULL)
    return NULL;
  sharing->wish_of = calloc(units + 1, sizeof *sharing->wish_of);
  if (sharing->wish_of != NULL)
    return sharing;
  free(sharing);
  return NULL;
}

void
sharing_free(struct sharing *sharing)
{
  if (sharing == NULL)
    return;
  free(sharing->wishes);
  free(sharing->wish_of);
  free(sharing);
}

static bool
same_list(const unsigned *a, unsigned a_count, const unsigned *b, unsigned b_count)
{
  return a_count == b_count && memcmp(a, b, a_count * sizeof *a) == 0;
}

static bool
same_space(const struct space *a, const struct space *b)
{
  return memcmp(a, b, sizeof *a) == 0;
}

/* Whether rows can be in an order that suits both. */
static bool
agree(const struct wish *a, const struct wish *b)
{
  bool same_entity = a->entity_count == 0 || b->entity_count == 0 ||
                     same_list(a->entity, a->entity_count, b->entity, b->entity_count);
  return same_entity && (!a->streams || !b->streams ||
                         same_list(a->order, a->order_count, b->order, b->order_count));
}

bool
sharing_add(const struct knowledge *knowledge, struct sharing *sharing, unsigned unit,
            struct wish *wish)
{
  wish->space = space_of_sample(knowledge, &wish->space);
  for (unsigned w = 0; w < sharing->wish_count; w++) {
    struct wish *known = &sharing->wishes[w];
    if (!same_space(&known->space, &wish->space) || known->streams != wish->streams ||
        (known->entity_count == 0) != (wish->entity_count == 0) || !agree(known, wish))
      continue;
    known->members++;
    sharing->wish_of[unit] = w;
    return true;
  }
  struct wish *wishes = realloc(sharing->wishes, (sharing->wish_count + 1) * sizeof *wishes);
  if (wishes == NULL)
    return false;
  sharing->wishes = wishes;
  wishes[sharing->wish_count] = *wish;
  wishes[sharing->wish_count].members = 1;
  wishes[sharing->wish_count].joins = sharing->wish_count;
  sharing->wish_of[unit] = sharing->wish_count++;
  return true;
}

/* What two families save by being one; 0: nothing. */
static struct bond
bond_of(const struct knowledge *knowledge, const struct wish *a, const struct wish *b)
{
  struct bond bond = {0};
  if (!agree(a, b))
    return bond;
  uint64_t own = a->entity_count > 0 && b->entity_count > 0 ? ENTITY_FAMILY_COST : FAMILY_COST;
  own *= knowledge->sample.rows;
  uint32_t most = a->combos > b->combos ? a->combos : b->combos;
  if ((uint64_t)(most - a->combos) * a->members + (uint64_t)(most - b->combos) * b->members >= own)
    return bond;
  struct space all = space_union(&a->space, &b->space);
  bond.combos = same_space(&all, &a->space)   ? a->combos
                : same_space(&all, &b->space) ? b->combos
                                              : space_combos(knowledge, &all);
  uint64_t more = (uint64_t)(bond.combos - a->combos) * a->members +
                  (uint64_t)(bond.combos - b->combos) * b->members;
  bond.saved = more < own ? own - more : 0;
  return bond;
}

static void
join(struct wish *to, struct wish *from, unsigned number, uint32_t combos)
{
  if (to->entity_count == 0) {
    to->entity_count = from->entity_count;
    memcpy(to->entity, from->entity, sizeof to->entity);
  }
  if (from->streams && !to->streams) {
    to->streams = true;
    to->order_count = from->order_count;
    memcpy(to->order, from->order, sizeof to->order);
  }
  to->space = space_union(&to->space, &from->space);
  to->members += from->members;
  to->combos = combos;
  from->members = 0;
  from->joins = number;
}

/* The two that save most become one, until none save anything. */
static void
merge(const struct knowledge *knowledge, struct sharing *sharing, unsigned count,
      struct bond (*bonds)[WISHES_MOST])
{
  struct wish *wishes = sharing->wishes;
  for (unsigned a = 0; a < count; a++)
    for (unsigned b = a + 1; b < count; b++)
      bonds[a][b] = bond_of(knowledge, &wishes[a], &wishes[b]);
  for (;;) {
    unsigned to = 0, from = 0;
    for (unsigned a = 0; a < count; a++)
      for (unsigned b = a + 1; b < count; b++)
        if (wishes[a].members > 0 && wishes[b].members > 0 &&
            bonds[a][b].saved > bonds[to][from].saved) {
          to = a;
          from = b;
        }
    if (to == from)
      return;
    join(&wishes[to], &wishes[from], to, bonds[to][from].combos);
    for (unsigned other = 0; other < count; other++) {
      unsigned a = other < to ? other : to, b = other < to ? to : other;
      if (a != b && wishes[other].members > 0)
        bonds[a][b] = bond_of(knowledge, &wishes[a], &wishes[b]);
    }
  }
}

/* Those that were too many to be compared with each other, each with what the others have become. */
static void
merge_rest(const struct knowledge *knowledge, struct sharing *sharing)
{
  struct wish *wishes = sharing->wishes;
  for (unsigned late = WISHES_MOST; late < sharing->wish_count; late++) {
    struct bond best = {0};
    unsigned to = 0;
    for (unsigned w = 0; w < WISHES_MOST; w++) {
      struct bond bond = {0};
      if (wishes[w].members > 0)
        bond = bond_of(knowledge, &wishes[w], &wishes[late]);
      if (bond.saved <= best.saved)
        continue;
      best = bond;
      to = w;
    }
    if (best.saved > 0)
      join(&wishes[to], &wishes[late], to, best.combos);
  }
}

bool
sharing_settle(const struct knowledge *knowledge, struct sharing *sharing)
{
  unsigned count = sharing->wish_count < WISHES_MOST ? sharing->wish_count : WISHES_MOST;
  struct bond(*bonds)[WISHES_MOST] = calloc(WISHES_MOST, sizeof *bonds);
  if (bonds == NULL)
    return false;
  for (unsigned w = 0; w < sharing->wish_count; w++)
    sharing->wishes[w].combos = space_combos(knowledge, &sharing->wishes[w].space);
  merge(knowledge, sharing, count, bonds);
  merge_rest(knowledge, sharing);
  free(bonds);
  return true;
}

unsigned
sharing_group(const struct sharing *sharing, unsigned unit)
{
  unsigned wish = sharing->wish_of[unit];
  while (sharing->wishes[wish].joins != wish)
    wish = sharing->wishes[wish].joins;
  return wish;
}
