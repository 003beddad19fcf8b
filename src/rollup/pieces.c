/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/ranges.h"

struct piece *
piece_pop(pthread_mutex_t *lock, struct piece **list)
{
  (void)pthread_mutex_lock(lock);
  struct piece *piece = *list;
  if (piece != NULL)
    *list = piece->next;
  (void)pthread_mutex_unlock(lock);
  return piece;
}

void
piece_push(pthread_mutex_t *lock, struct piece **list, struct piece *piece)
{
  (void)pthread_mutex_lock(lock);
  piece->next = *list;
  *list = piece;
  (void)pthread_mutex_unlock(lock);
}

struct piece *
piece_take(struct rollup_pass *pass)
{
  struct piece *piece = piece_pop(&pass->lock, &pass->spare);
  if (piece == NULL)
    return piece_new(pass->spec.budget, &pass->layout);
  piece_empty(&pass->layout, piece);
  return piece;
}

void
piece_put_back(struct rollup_pass *pass, struct piece *piece)
{
  if (pass->found.is_on)
    piece_free(pass->spec.budget, piece);
  else
    piece_push(&pass->lock, &pass->spare, piece);
}

void
pieces_put_back(struct rollup_pass *pass, struct piece *list)
{
  for (struct piece *piece = list, *next; piece != NULL; piece = next) {
    next = piece->next;
    piece_put_back(pass, piece);
  }
}

struct piece *
pieces_join(struct rollup_pass *pass, struct piece *list)
{
  struct piece *whole = list;
  uint64_t more = 0;
  for (struct piece *piece = list->next; piece != NULL; piece = piece->next)
    more += piece->rows;
  bool joined = more == 0 || piece_reserve(pass->spec.budget, &pass->layout, whole, more);
  for (struct piece *piece = list->next, *next; piece != NULL; piece = next) {
    next = piece->next;
    joined = joined && piece_join(pass->spec.budget, &pass->layout, whole, piece);
    piece_put_back(pass, piece);
  }
  whole->next = NULL;
  if (joined)
    return whole;
  piece_put_back(pass, whole);
  return NULL;
}

bool
pieces_append(struct rollup_pass *pass, struct piece **list, const struct piece *from,
              uint32_t first, uint32_t rows)
{
  struct piece *piece = *list;
  if (piece == NULL || (piece->rows > 0 && piece->rows + rows > CUT_ROWS)) {
    if ((piece = piece_take(pass)) == NULL)
      return false;
    piece->next = *list;
    *list = piece;
  }
  if (!piece_reserve(pass->spec.budget, &pass->layout, piece, rows))
    return false;
  piece_join_slice(&pass->layout, piece, from, first, rows);
  return true;
}
