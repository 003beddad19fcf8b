/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel_stream.h"
#include "util/error.h"
#include <errno.h>
#include <glib/gstdio.h>

static void
file_free(gpointer data)
{
  struct stream_file *file = data;
  g_free(file->path);
  json_release(&file->statistics);
  g_free(file);
}

struct stream_part *
stream_part_new(struct kernel_stream *stream, char *const *values, guint number)
{
  struct stream_part *part = g_new0(struct stream_part, 1);
  part->stream = stream;
  part->values = values;
  part->number = number;
  g_mutex_init(&part->mutex);
  part->waiting = g_ptr_array_new();
  g_queue_init(&part->pieces);
  part->files = g_ptr_array_new_with_free_func(file_free);
  return part;
}

static void
piece_free(const struct kernel_stream *stream, struct stream_piece *piece)
{
  g_clear_pointer(&piece->groups, g_ptr_array_unref);
  if (piece->rows != NULL)
    stream_rows_free_all(stream, piece->rows);
  g_clear_pointer(&piece->rows, g_ptr_array_unref);
  g_free(piece);
}

static void
slot_clear(const struct kernel_stream *stream, struct stream_slot *slot)
{
  for (guint i = 0; i < slot->share_count; i++) {
    GPtrArray *pieces = slot->shares[i].pieces;
    for (guint k = 0; pieces != NULL && k < pieces->len; k++)
      piece_free(stream, g_ptr_array_index(pieces, k));
    g_clear_pointer(&pieces, g_ptr_array_unref);
  }
  g_free(slot->shares);
  *slot = (struct stream_slot){0};
}

void
stream_part_reset(struct stream_part *part)
{
  struct kernel_stream *stream = part->stream;
  for (guint i = 0; i < part->slot_count; i++)
    slot_clear(stream, &part->slots[i]);
  part->next = 0;
  stream_rows_free_all(stream, part->waiting);
  part->waiting_rows = 0;
  for (struct stream_piece *piece; (piece = g_queue_pop_head(&part->pieces)) != NULL;)
    piece_free(stream, piece);
  if (part->file != NULL) {
    parquet_file_abandon(g_steal_pointer(&part->file));
    (void)g_unlink(part->file_path);
  }
  g_clear_pointer(&part->file_path, g_free);
  for (guint i = 0; i < part->files->len; i++)
    (void)g_unlink(((const struct stream_file *)g_ptr_array_index(part->files, i))->path);
  g_ptr_array_set_size(part->files, 0);
}

void
stream_part_free(struct stream_part *part)
{
  stream_part_reset(part);
  g_free(part->slots);
  g_ptr_array_unref(part->waiting);
  g_ptr_array_unref(part->files);
  g_mutex_clear(&part->mutex);
  g_free(part);
}

static bool
fail_file(const struct stream_part *part, const char *doing)
{
  GError *error = NULL;
  if (errno == EMFILE || errno == ENFILE)
    return stream_give_up(part->stream, "it would have too many files open at once");
  if (errno == ENOMEM)
    return stream_run_out(part->stream, "no memory is left to write its files");
  error_set_errno(&error, ERROR_FAILED, errno, "cannot %s '%s'", doing, part->file_path);
  return stream_fail(part->stream, error);
}

static bool
open_file(struct stream_part *part)
{
  struct kernel_stream *stream = part->stream;
  g_free(part->file_path); /* of a file that could not be written */
  part->file_path = g_strdup_printf("%s/.streamed-%u-%u-%s.parquet", stream->target.staging,
                                    part->number, part->files->len, stream->target.run_id);
  part->file = parquet_file_open(part->file_path, stream->parquet, stream->columns->len,
                                 "kindling " KINDLING_VERSION, &stream->options);
  return part->file != NULL || fail_file(part, "create");
}

static bool
close_file(struct stream_part *part)
{
  struct kernel_stream *stream = part->stream;
  struct stream_file *closed = g_new0(struct stream_file, 1);
  closed->rows = parquet_file_rows(part->file);
  closed->statistics = statistics_of_file(stream->output, stream->parquet, stream->columns->len,
                                          closed->rows, parquet_file_statistics(part->file));
  closed->path = g_strdup(part->file_path);
  g_ptr_array_add(part->files, closed);
  uint64_t bytes = 0;
  if (!parquet_file_close(g_steal_pointer(&part->file), &bytes))
    return fail_file(part, "write");
  closed->size_bytes = bytes;
  g_clear_pointer(&part->file_path, g_free);
  return true;
}

/* Files end between row groups, at most a quarter above their target, as those that DuckDB writes for us. */
static bool
add_group(struct stream_part *part, struct parquet_group *group)
{
  guint64 target = part->stream->target.target_file_bytes;
  if (part->file != NULL &&
      parquet_file_bytes(part->file) + parquet_group_bytes(group) / 2 > target &&
      !close_file(part)) {
    parquet_group_free(group);
    return false;
  }
  if (part->file == NULL && !open_file(part)) {
    parquet_group_free(group);
    return false;
  }
  return parquet_file_add(part->file, group) || fail_file(part, "write");
}

static bool
write_piece(struct stream_part *part, struct stream_piece *piece)
{
  g_ptr_array_set_free_func(piece->groups, NULL);
  bool done = true;
  for (guint i = 0; i < piece->groups->len; i++) {
    if (done)
      done = add_group(part, g_ptr_array_index(piece->groups, i));
    else
      parquet_group_free(g_ptr_array_index(piece->groups, i));
  }
  piece_free(part->stream, piece);
  return done;
}

/* Writes the pieces at the front that are ready. */
static bool
write_ready(struct stream_part *part)
{
  for (;;) {
    struct stream_piece *first = g_queue_peek_head(&part->pieces);
    if (first == NULL || !first->ready)
      return true;
    if (!write_piece(part, g_queue_pop_head(&part->pieces)))
      return false;
  }
}

/* What waits becomes a piece that its caller must encode. */
static void
close_waiting(struct stream_part *part, GPtrArray *to_encode)
{
  if (part->waiting->len == 0)
    return;
  struct stream_piece *piece = g_new0(struct stream_piece, 1);
  piece->rows = part->waiting;
  part->waiting = g_ptr_array_new();
  part->waiting_rows = 0;
  g_queue_push_tail(&part->pieces, piece);
  g_ptr_array_add(to_encode, piece);
}

static void
move_piece_on(struct stream_part *part, struct stream_piece *piece, GPtrArray *to_encode)
{
  if (piece->groups != NULL) {
    close_waiting(part, to_encode);
    piece->ready = true;
    g_queue_push_tail(&part->pieces, piece);
    return;
  }
  for (guint i = 0; i < piece->rows->len; i++)
    part->waiting_rows += ((const struct stream_rows *)g_ptr_array_index(piece->rows, i))->rows;
  g_ptr_array_extend_and_steal(part->waiting, g_steal_pointer(&piece->rows));
  g_free(piece);
  if (part->waiting_rows >= STREAM_SMALL_ROWS)
    close_waiting(part, to_encode);
}

static void
move_share_on(struct stream_part *part, struct stream_share *share, GPtrArray *to_encode)
{
  for (guint i = 0; share->pieces != NULL && i < share->pieces->len; i++)
    move_piece_on(part, g_ptr_array_index(share->pieces, i), to_encode);
  g_clear_pointer(&share->pieces, g_ptr_array_unref);
}

/* What there is of it in order; whether it is complete. */
static bool
move_slot_on(struct stream_part *part, struct stream_slot *slot, bool all, GPtrArray *to_encode)
{
  for (; slot->next < slot->share_count; slot->next++) {
    struct stream_share *share = &slot->shares[slot->next];
    move_share_on(part, share, to_encode);
    if (!share->arrived && !all)
      return false;
  }
  bool complete = slot->shares != NULL || all;
  g_clear_pointer(&slot->shares, g_free);
  slot->share_count = slot->next = 0;
  return complete;
}

/* Moves on what is next in order; with all, what has not arrived is taken for empty. */
static void
advance(struct stream_part *part, bool all, GPtrArray *to_encode)
{
  while (part->next < part->slot_count &&
         move_slot_on(part, &part->slots[part->next], all, to_encode))
    part->next++;
  if (part->next == part->slot_count)
    close_waiting(part, to_encode);
}

/* The pieces are in part's queue, but only their maker touches them before they are ready. */
static bool
encode_pieces(struct stream_part *part, const GPtrArray *pieces)
{
  for (guint i = 0; i < pieces->len; i++) {
    struct stream_piece *piece = g_ptr_array_index(pieces, i);
    piece->groups = stream_groups_new();
    if (!stream_rows_encode(part->stream, piece->rows, piece->groups))
      return stream_run_out(part->stream, "no memory is left for the Parquet pages of its groups");
    stream_rows_free_all(part->stream, piece->rows);
  }
  return true;
}

/* After an advance, without the lock. */
static bool
write_on(struct stream_part *part, const GPtrArray *pieces)
{
  if (!encode_pieces(part, pieces))
    return false;
  g_mutex_lock(&part->mutex);
  for (guint i = 0; i < pieces->len; i++)
    ((struct stream_piece *)g_ptr_array_index(pieces, i))->ready = true;
  bool done = write_ready(part);
  bool complete = part->next == part->slot_count && g_queue_is_empty(&part->pieces);
  if (done && complete && part->file != NULL)
    done = close_file(part);
  g_mutex_unlock(&part->mutex);
  return done;
}

static struct stream_share *
share_of(struct stream_slot *slot, const struct rollup_block *block)
{
  if (slot->shares == NULL) {
    slot->share_count = block == NULL ? 1 : block->parts;
    slot->shares = g_new0(struct stream_share, slot->share_count);
  }
  return &slot->shares[block == NULL ? 0 : block->part];
}

static void
add_piece(struct stream_share *share, GPtrArray *groups, GPtrArray *rows)
{
  struct stream_piece *piece = g_new0(struct stream_piece, 1);
  piece->groups = groups;
  piece->rows = rows;
  if (share->pieces == NULL)
    share->pieces = g_ptr_array_new();
  g_ptr_array_add(share->pieces, piece);
}

bool
stream_part_take(struct stream_part *part, guint slot, const struct rollup_block *block,
                 GPtrArray *groups, GPtrArray *rows)
{
  g_autoptr(GPtrArray) to_encode = g_ptr_array_new();
  g_mutex_lock(&part->mutex);
  struct stream_share *share = share_of(&part->slots[slot], block);
  if (groups != NULL || rows != NULL)
    add_piece(share, groups, rows);
  share->arrived = block == NULL || !block->more;
  advance(part, false, to_encode);
  g_mutex_unlock(&part->mutex);
  return write_on(part, to_encode);
}

bool
stream_part_finish(struct stream_part *part)
{
  g_autoptr(GPtrArray) to_encode = g_ptr_array_new();
  g_mutex_lock(&part->mutex);
  advance(part, true, to_encode);
  g_mutex_unlock(&part->mutex);
  return write_on(part, to_encode);
}
