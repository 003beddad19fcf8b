/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and printing of quantities, SQL quoting, and small text helpers that GLib lacks.
 * All functions that return char * give the caller a new string.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* "512MB", "4 GiB", "80%" (of total_bytes; refused when that is 0), "1000000" (bytes), "1.5GB". kB, MB, GB, TB are
 * powers of 1000, KiB, MiB, GiB, TiB of 1024; case is ignored. Zero, negative and overflowing sizes are
 * refused. Errors: USAGE. */
bool text_parse_size(const char *text, guint64 total_bytes, guint64 *ret_bytes, GError **error);
/* "90s", "30m", "12h", "7d", "2w"; at most 100 years. Errors: USAGE. */
bool text_parse_duration(const char *text, gint64 *ret_ms, GError **error);
/* Whole decimal number within [lowest, highest]. Errors: USAGE. */
bool text_parse_count(const char *text, guint64 lowest, guint64 highest, guint64 *ret_count,
                      GError **error);

char *text_bytes(guint64 bytes);    /* "371 MB", "1.2 GB", "812 B" (powers of 1000) */
char *text_count(guint64 count);    /* "14,571,605" */
char *text_seconds(double seconds); /* "0.24 s", "3.1 s", "2 min 05 s", "1 h 02 min" */
char *text_utc(gint64 ms);          /* "2026-11-25T03:01:11Z" */

/* 'it''s' and "a""b": the only places where SQL is quoted. */
char *text_sql_string(const char *value);
char *text_sql_name(const char *name);
/* A file's path as DuckDB's readers take it, quoted: '*', '?' and '[' would otherwise be a pattern, and another file be
 * read without a word: '/data/[[]a]/x.parquet'. (A backslash beside one of these finds no file.) */
char *text_sql_file(const char *path);

/* For messages: at most so many bytes, cut between letters, with "..." where something is left out. */
char *text_shorten(const char *text, gsize bytes);

/* The candidate nearest to word (typed wrong, left out, added or swapped: at most a third of its letters,
 * rounded up; case ignored), or NULL. Borrowed from candidates (NULL-terminated). For "did you mean". */
const char *text_nearest(const char *word, const char *const *candidates);

/* Line and column (both from 1; the column in characters) of a byte offset in UTF-8 text. */
struct text_position {
  guint line;
  guint column;
};
struct text_position text_position_of(const char *text, gsize offset);
