/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: the footer of one local file, read without DuckDB.
 */
#pragma once

#include "duck/footer.h"

/* Kept from file to file; begins as {0}, the bytes are freed by the caller. */
struct footer_buffer {
  guint8 *bytes;
  gsize size;
};

/* The footer without columns, and its schema as bytes that are equal for equal schemas. NULL, without a reason: DuckDB has to
 * read it (no local file, encrypted, damaged, or anything that parquet/outline.h does not understand). */
struct duck_footer *footer_read_local(const char *path, struct footer_buffer *buffer,
                                      GBytes **ret_schema);
